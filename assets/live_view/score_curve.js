/* One small chart of the score alone, with a head that says which line is whose, and the steps below it. */

import { lastStepOf } from "./axes.js";
import { Chart } from "./chart.js";
import { named, SCORE } from "./curves.js";
import { element, setAttribute, setText } from "./dom.js";
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
    const legend = LINES.map((kind) => {
      const word = words(kind === "test" ? "mixture" : kind);
      return element("span", { class: "entry" }, element("span", { class: `sample ${kind}` }), word);
    });
    const head = element("div", { class: "chart-head" }, this.title, ...legend);
    this.root = element("div", { class: "panel score-curve" }, head, element("div", { class: "plot" }, this.canvas));
  }

  update(record, theme) {
    const name = this.words(named("score", record.header.task));
    setText(this.title, name);
    setAttribute(this.canvas, "aria-label", name);
    if (this.surface.isVisible) {
      const lastStep = lastStepOf([record]);
      this.chart.draw(record, theme, { domain: SCORE.domain([record]), lastStep, marks: [] });
    }
  }

  dispose() {
    this.surface.dispose();
  }
}
