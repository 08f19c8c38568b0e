/* What each mode of the plane has to show of a frame, before anything is drawn. */

import { answerColour, classGrey, classOf } from "./answers.js";
import { css, expertColour, mix } from "./palette.js";

const THICKEST_VEIL = 0.66; // at a strength of 1 / E, where the router could as well have chosen any other
const LIGHT_VEIL = 0.4; // over one expert's answers, where it is not asked

/**
 * What a mode draws: labels (the regions that are filled, bordered and named), their colours, a veil (how thick, by
 * cell), whether the labels are experts, and for two classes the levels of one expert's answers.
 */
export function pictureOf(view) {
  const { record, theme, mode, expert } = view;
  const { owner, strength, prediction, plain_prediction: plain, focus_answer: answer } = record.arrays;
  const chance = record.header.fair_share;
  const classes = record.header.task.num_outputs;
  const sure = (level) => (chance < 1 ? Math.max(0, (level / 255 - chance) / (1 - chance)) : 1);
  if (mode === "owner") {
    const veil = { levels: strength, thickness: (level) => THICKEST_VEIL * (1 - sure(level)) };
    return { labels: owner, colour: (label) => ownerColour(label, view), veil, owners: true, classes };
  }
  if (mode === "expert") {
    const asked = record.arrays.focus_strength;
    return {
      source: answer,
      labels: classes === 2 ? answer.map((level) => classOf(level, classes)) : answer,
      levels: classes === 2 ? answer : null,
      colour: (label) => css(answerColour(expert, label, classes, theme)),
      veil: { levels: asked, thickness: (level) => LIGHT_VEIL * (1 - level / 255) },
      owned: expert,
      classes,
    };
  }
  // A frame that was not asked for the plain network's answer has none, and the mixture's would pass for it.
  const labels = mode === "plain" ? (plain ?? new Uint8Array(prediction.length)) : prediction;
  return { labels, colour: (label) => css(classGrey(label, classes, theme)), alone: mode === "plain", classes };
}

function ownerColour(expert, { theme, highlight }) {
  const dimmed = highlight !== null && highlight !== expert;
  return css(dimmed ? mix(theme.background, expertColour(expert), 0.22) : expertColour(expert));
}
