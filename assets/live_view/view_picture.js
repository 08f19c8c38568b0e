/* The view as one picture, saved by the browser: each member's canvases, drawn large, and the words for them. */

import { named } from "./curves.js";
import { percent } from "./numbers.js";
import { composePicture, PIXELS_ACROSS, savePicture } from "./picture.js";

export function savePictureOf(view) {
  const { header } = view.session.record;
  if (header) {
    drawAcross(view, PIXELS_ACROSS);
    savePicture(composePicture(partsOf(view)), `moe-lab-step-${header.step}.png`);
    drawAcross(view, 0);
  }
}

/** Draw all members again with at least so many pixels across, in the same turn: nobody sees them change. */
function drawAcross(view, pixels) {
  view.members.columns.flatMap((column) => column.surfaces).forEach((surface) => surface.sharpen(pixels));
  view.drawMembers(true);
}

/** The view as composePicture takes it. */
function partsOf({ words, session, members: { columns }, theme }) {
  const { header } = session.record;
  const step = words("picture_step", { step: header.step.toLocaleString("en") });
  return {
    title: `${header.task.title}. ${step}`,
    lines: [words("picture_strokes", { plain: header.plain_hidden, wide: header.wide_hidden })],
    runs: columns.map((column, member) => ({
      ...column.pictured(columns.length > 1),
      scores: scoresOf(session.records[member].header, words),
    })),
    theme,
  };
}

function scoresOf({ task, metrics }, words) {
  const [mixture, plain, wide] = [metrics.test_score, metrics.plain_test_score, metrics.wide_test_score].map((score) =>
    score === null ? "–" : percent(score),
  );
  return words("picture_scores", { score: words(named("score", task)), mixture, plain, wide });
}
