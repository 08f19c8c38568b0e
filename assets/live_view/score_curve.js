/* One small chart of the score alone, with a head that says which line is whose, and the steps below it. */

import { lastStepOf } from "./axes.js";
import { Chart } from "./chart.js";
import { named, SCORE } from "./curves.js";
import { element, setAttribute, setText } from "./dom.js";
import { linesAt } from "./step_entries.js";
import { StepReader } from "./step_reader.js";
import { Strokes } from "./strokes.js";
import { Surface } from "./surface.js";

/** What each line is called, which has its key of words. */
const LINES = { test: "mixture", plain: "plain", wide: "wide" };

export class ScoreCurve {
  /** `resized` is called when the chart has another size. */
  constructor(words, resized) {
    this.words = words;
    this.canvas = element("canvas", { role: "img" });
    this.surface = new Surface(this.canvas, resized);
    this.chart = new Chart(this.surface, { ...SCORE, steps: true });
    this.title = element("span", { class: "chart-title" });
    const nameOf = (kind) => words(LINES[kind]);
    const kinds = Object.keys(LINES);
    this.strokes = new Strokes(words, kinds, resized);
    this.strokes.name(Object.fromEntries(kinds.map((kind) => [kind, nameOf(kind)])));
    const head = element("div", { class: "chart-head" }, this.title, this.strokes.root);
    this.root = element("div", { class: "panel score-curve" }, head, element("div", { class: "plot" }, this.canvas));
    const { canvas, surface, title } = this;
    const at = (record, row) => linesAt(SCORE, record, row, { hidden: this.strokes.hidden, nameOf });
    const chart = { canvas, surface, title, steps: true, at };
    this.reader = new StepReader(words, this.root.lastChild, [chart], (step) => this.reader.show(step));
  }

  update(record, theme) {
    const name = this.words(named("score", record.header.task));
    setText(this.title, name);
    setAttribute(this.canvas, "aria-label", name);
    if (this.surface.isVisible) {
      const lastStep = lastStepOf([record]);
      const { hidden } = this.strokes;
      this.chart.draw(record, theme, { domain: SCORE.domain([record]), lastStep, marks: [], hidden });
      this.reader.update({ record, theme, lastStep, marks: [] });
    }
  }

  dispose() {
    this.surface.dispose();
    this.reader.dispose();
  }
}
