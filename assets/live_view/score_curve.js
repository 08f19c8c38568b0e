/* One small chart of the score alone, with a head that says which line is whose, and the steps below it. */

import { lastStepOf } from "./axes.js";
import { Chart } from "./chart.js";
import { named, SCORE } from "./curves.js";
import { element, setAttribute, setText } from "./dom.js";
import { Strokes } from "./strokes.js";
import { Surface } from "./surface.js";

const LINES = ["test", "plain", "wide"];

export class ScoreCurve {
  /** `resized` is called when the chart has another size. */
  constructor(words, resized) {
    this.words = words;
    this.canvas = element("canvas", { role: "img" });
    this.surface = new Surface(this.canvas, resized);
    this.chart = new Chart(this.surface, { ...SCORE, steps: true });
    this.title = element("span", { class: "chart-title" });
    this.strokes = new Strokes(words, LINES, resized);
    this.strokes.name({ test: words("mixture"), plain: words("plain"), wide: words("wide") });
    const head = element("div", { class: "chart-head" }, this.title, this.strokes.root);
    this.root = element("div", { class: "panel score-curve" }, head, element("div", { class: "plot" }, this.canvas));
  }

  update(record, theme) {
    const name = this.words(named("score", record.header.task));
    setText(this.title, name);
    setAttribute(this.canvas, "aria-label", name);
    if (this.surface.isVisible) {
      const lastStep = lastStepOf([record]);
      const { hidden } = this.strokes;
      this.chart.draw(record, theme, { domain: SCORE.domain([record]), lastStep, marks: [], hidden });
    }
  }

  dispose() {
    this.surface.dispose();
  }
}
