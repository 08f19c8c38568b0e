/* What the picture of the view is made of: the canvases that stand on the screen, and the words that name them. */

import { named } from "./curves.js";
import { percent } from "./numbers.js";

const SCORES = ["test_score", "plain_test_score", "wide_test_score"];

/** The view as composePicture takes it. columns: one for each member of the run. */
export function partsOf({ words, session, columns, theme }) {
  const { header } = session.record;
  const step = header.step.toLocaleString("en");
  return {
    title: `${header.task.title}, ${words("step_name").toLowerCase()} ${step}`,
    lines: [words("picture_strokes", { plain: header.plain_hidden, wide: header.wide_hidden })],
    runs: columns.map((column, member) => runOf(words, column, session.records[member], columns.length > 1)),
    theme,
  };
}

function scoresOf(words, { task, metrics }) {
  const printed = SCORES.map((name) => (metrics[name] === null ? "–" : percent(metrics[name])));
  const [mixture, plain, wide] = printed;
  return words("picture_scores", { score: words(named("score", task)), mixture, plain, wide });
}

function runOf(words, { head, stage, cards, curves }, { header, arrays }, isOneOfSeveral) {
  const shows = header.picture !== "none";
  const hasThumbnails = !cards.root.classList.contains("no-thumbnails");
  return {
    name: isOneOfSeveral ? head.textContent : "",
    scores: scoresOf(words, header),
    picture: shows ? { title: stage.title.textContent, canvas: stage.canvas } : null,
    cards: Array.from(arrays.load, (load, expert) => ({
      expert,
      words: percent(load),
      canvas: hasThumbnails ? cards.cards[expert].thumbnail.canvas : null,
    })),
    curves: curves.panels
      .map(({ title, canvas }) => ({ title: title.textContent, canvas }))
      .filter(({ canvas }) => canvas.width > 0),
  };
}
