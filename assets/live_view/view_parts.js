/* What the picture of the view is made of: each member's canvases as they stand on the screen, and the words for them. */

import { named } from "./curves.js";
import { percent } from "./numbers.js";

/** The view as composePicture takes it. */
export function partsOf({ words, session, members: { columns }, theme }) {
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
