/*
 * The colours of one expert's own answers. Classes are greys, since colours belong to experts; an expert's answers are
 * those greys mixed with its colour: pale for the first class, deep for the last.
 *
 * For two classes an answer is the probability of class 1 in 255 levels, for more it is the class.
 */

import { expertColour, mix } from "./palette.js";

const TWO = 2; // classes
const tables = new Map();

/** The grey of a class, when it stands for the whole mixture's answer or the plain network's. */
export function classGrey(label, classes, theme) {
  return mix(theme.background, theme.text, 0.06 + 0.34 * rank(label, classes));
}

/** The colour of an answer of one expert. */
export function answerColour(expert, answer, classes, theme) {
  return colours(expert, classes, theme)[answer];
}

/** What an expert's pictures have for the least, and for the most. */
export function palest(expert, theme) {
  return mix(theme.background, expertColour(expert), 0.24);
}

export function deepest(expert, theme) {
  return mix(mix(theme.background, theme.text, 0.72), expertColour(expert), 0.62);
}

/** The class that an answer amounts to. */
export function classOf(answer, classes) {
  return classes === TWO ? Number(answer > 127) : answer;
}

/** Fill an image of as many pixels as there are answers. */
export function paintAnswers({ data }, answers, expert, classes, theme) {
  const table = colours(expert, classes, theme);
  answers.forEach((answer, i) => {
    const [red, green, blue] = table[answer];
    data[4 * i] = red;
    data[4 * i + 1] = green;
    data[4 * i + 2] = blue;
    data[4 * i + 3] = 255;
  });
}

function colours(expert, classes, theme) {
  const key = `${expert} ${classes} ${theme.key}`;
  if (!tables.has(key)) {
    const [pale, deep] = [palest(expert, theme), deepest(expert, theme)];
    const steps = classes === TWO ? 256 : classes;
    const share = (level) => (classes === TWO ? steep(level / 255) : rank(level, classes));
    tables.set(
      key,
      Array.from({ length: steps }, (_, level) => mix(pale, deep, share(level))),
    );
  }
  return tables.get(key);
}

function rank(label, classes) {
  return label / Math.max(1, classes - 1);
}

/** A soft step around one half, so that both sides can be told even where the expert is unsure. */
function steep(share) {
  return 1 / (1 + Math.exp(-7 * (share - 0.5)));
}
