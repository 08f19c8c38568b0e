/*
 * The column of the first screen: the mixture's owners beside what a plain network of the same work predicts, the score
 * of each below its picture, and one small curve.
 */

import { element, setAttribute, setText } from "./dom.js";
import { percent } from "./numbers.js";
import { ScoreCurve } from "./score_curve.js";
import { Stage } from "./stage.js";

const SIDES = [
  { name: "mixture", mode: "owner", score: "test_score" },
  { name: "plain", mode: "plain", score: "plain_test_score" },
];

export class Pair {
  constructor(words, _member, events) {
    this.sides = SIDES.map((side) => {
      const stage = new Stage(words, events, side.mode);
      const score = element("span", { class: "pair-score", "data-testid": `${side.name}-score` });
      const caption = element("p", { class: "pair-caption" }, element("span", {}, words(`pair_${side.name}`)), score);
      return { ...side, stage, number: score, root: element("div", { class: "side" }, stage.root, caption) };
    });
    this.curve = new ScoreCurve(words, events.resized);
    this.curve.root.append(element("p", { class: "veil" }, words("guess_veil")));
    const pair = element("div", { class: "pair" }, ...this.sides.map(({ root }) => root));
    this.root = element("div", { class: "column" }, pair, this.curve.root);
  }

  take() {}

  get isVisible() {
    return this.sides[0].stage.surface.isVisible;
  }

  /** What would answer the guess is not drawn before it is made: numbers, and the data that a picture may be wrong of. */
  draw(moment) {
    const { record, theme } = moment;
    setAttribute(this.root, "data-veiled", moment.veiled);
    for (const { stage, number, score } of this.sides) {
      stage.draw(moment);
      const value = record.header.metrics[score];
      if (moment.numbersDue) {
        setText(number, moment.veiled ? "?" : value === null ? "–" : percent(value));
      }
    }
    if (moment.numbersDue && !moment.veiled) {
      this.curve.update(record, theme);
    }
  }

  dispose() {
    this.sides.forEach(({ stage }) => stage.dispose());
    this.curve.dispose();
    this.root.remove();
  }
}
