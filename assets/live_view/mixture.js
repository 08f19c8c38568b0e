/*
 * The card of the whole mixture: what it answers everywhere, its score beside those of the two plain networks, and
 * where experts have a capacity, the share of assignments that was dropped.
 */

import { named } from "./curves.js";
import { element, setAttribute, setText } from "./dom.js";
import { percent } from "./numbers.js";
import { Thumbnail } from "./thumbnail.js";

const SCORES = [
  ["test_score", "mixture"],
  ["plain_test_score", "plain"],
  ["wide_test_score", "wide"],
  ["dropped_fraction", "dropped"],
];

export class MixtureCard {
  /** `choose` is called when the card is clicked. */
  constructor(words, choose) {
    this.words = words;
    this.thumbnail = new Thumbnail();
    this.numbers = SCORES.map(([, name]) => ({
      name: element("span", { class: "score-name" }, words(name)),
      value: element("span", { class: "score-value" }),
    }));
    const face = element("span", { class: "face" }, this.thumbnail.canvas, element("span", { class: "cross" }));
    const scores = this.numbers.map(({ name, value }, i) =>
      element("span", { class: i === 0 ? "score own" : "score", "data-score": SCORES[i][1] }, name, value),
    );
    this.dropped = scores.at(-1);
    this.root = element(
      "button",
      { type: "button", class: "mixture", "data-testid": "mixture-card", title: words("mixture_hint") },
      face,
      ...scores,
    );
    this.root.addEventListener("click", choose);
  }

  update({ record, theme, focus, numbersDue }) {
    const { header, arrays } = record;
    const { task, metrics } = header;
    setAttribute(this.root, "aria-pressed", focus.mode === "prediction");
    this.root.classList.toggle("no-thumbnails", !["plane", "line"].includes(header.picture));
    this.root.disabled = header.picture !== "plane";
    if (!numbersDue) {
      return;
    }
    setText(this.numbers[0].name, this.words("mixture_score", { score: this.words(named("score", task)) }));
    this.dropped.hidden = (metrics.dropped_fraction ?? null) === null;
    SCORES.forEach(([column], i) => {
      const value = metrics[column];
      setText(this.numbers[i].value, value === null || value === undefined ? "–" : percent(value));
    });
    if (this.drawn !== arrays.prediction || this.drawnKey !== theme.key) {
      this.drawn = arrays.prediction;
      this.drawnKey = theme.key;
      if (header.picture === "plane") {
        this.thumbnail.classes(arrays.prediction, task.num_outputs, theme);
      } else if (header.picture === "line") {
        this.thumbnail.line(arrays.prediction, task.bounds, null, theme);
      }
    }
  }
}
