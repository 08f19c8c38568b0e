/* One small chart of the score alone, with the steps below it and nothing else. */

import { lastStepOf } from "./axes.js";
import { Chart } from "./chart.js";
import { named, SCORE } from "./curves.js";
import { element, setAttribute } from "./dom.js";
import { Surface } from "./surface.js";

export class ScoreCurve {
  /** `resized` is called when the chart has another size. */
  constructor(words, resized) {
    this.words = words;
    this.canvas = element("canvas", { role: "img" });
    this.surface = new Surface(this.canvas, resized);
    this.chart = new Chart(this.surface, { ...SCORE, steps: true });
    this.root = element("div", { class: "plot score-curve" }, this.canvas);
  }

  update(record, theme) {
    setAttribute(this.canvas, "aria-label", this.words(named("score", record.header.task)));
    if (this.surface.isVisible) {
      const lastStep = lastStepOf([record]);
      this.chart.draw(record, theme, { domain: SCORE.domain([record]), lastStep, marks: [] });
    }
  }

  dispose() {
    this.surface.dispose();
  }
}
