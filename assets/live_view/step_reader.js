/*
 * Exact values off the charts of one run: what its history holds at the recorded step that is nearest to the pointer, or
 * to where the arrow keys have gone on a slider that lies over the charts and that a pointer does not meet. A line marks
 * the step in every chart; nothing is drawn anew but these lines and the words beside them.
 */

import { EDGE, nearestRow, presentRow, stepAxis } from "./axes.js";
import { element, setAttribute, setText } from "./dom.js";
import { marksNear, markText } from "./marks.js";
import { StepValues } from "./step_values.js";

const LEAP = 10; // recorded steps, with the keys for a page up and down
const MOVES = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -LEAP,
  PageUp: LEAP,
  Home: -Infinity,
  End: Infinity,
};

export class StepReader {
  /**
   * box: what holds the charts. charts: [{ canvas, surface, title, steps, at(record, row) }]; steps: whether they are
   * printed below it; at: what it has in a row of the curves, see step_entries.js.
   *
   * `read` is called with the step that is to be read in this run and in those beside it, or null. Each then has `show`
   * called with it.
   */
  constructor(words, box, charts, read) {
    this.words = words;
    this.box = box;
    this.read = read;
    this.step = null; // that is read
    this.charts = charts.map((chart) => ({ ...chart, values: new StepValues(chart.canvas) }));
    const named = { "aria-label": words("step_slider"), title: words("step_slider_hint"), "data-testid": "step-slider" };
    const range = { "aria-valuemin": "0", "aria-valuemax": "0", "aria-valuenow": "0" };
    this.slider = element("div", { class: "step-slider", role: "slider", tabindex: "0", ...named, ...range });
    this.near = element("p", { class: "step-marks", "aria-hidden": "true", hidden: "" });
    box.append(this.near, this.slider);
    this.listen();
  }

  listen() {
    const { box, slider } = this;
    for (const name of ["pointerdown", "pointermove"]) {
      box.addEventListener(name, (event) => this.point(event));
    }
    // What a finger read stays when it is lifted, until something else is touched.
    box.addEventListener("pointerleave", ({ pointerType }) => pointerType !== "touch" && this.read(null));
    box.addEventListener("pointercancel", () => this.read(null));
    this.onOutside = (event) => this.step !== null && !event.composedPath().includes(box) && this.read(null);
    document.addEventListener("pointerdown", this.onOutside, true);
    slider.addEventListener("focus", () => slider.matches(":focus-visible") && this.move(0));
    slider.addEventListener("blur", () => this.read(null));
    slider.addEventListener("keydown", (event) => this.key(event));
  }

  /** drawn: { record, theme, lastStep, marks } of the charts as they stand now. */
  update(drawn) {
    this.drawn = drawn;
    this.show(this.step);
    if (this.hasRows && !this.slider.matches(":focus")) {
      this.place(presentRow(drawn.record) ?? 0, "");
    }
  }

  get hasRows() {
    return this.drawn?.record.rows.length > 0;
  }

  show(step) {
    this.step = step;
    const row = step !== null && this.hasRows ? this.rowOf(step) : null;
    this.charts.forEach((chart) => (row === null ? chart.values.hide() : this.showIn(chart, row)));
    const marks = row === null ? [] : this.marksAt(row);
    this.near.hidden = marks.length === 0;
    setText(this.near, marks.join("\n"));
  }

  showIn(chart, row) {
    const { width, height } = chart.surface;
    const { x, bottom } = this.axisOf(chart);
    const place = { x: x(this.stepOf(row)), top: EDGE, bottom, width, height };
    chart.values.show(place, chart.steps ? this.stepText(row) : "", chart.at(this.drawn.record, row));
  }

  axisOf({ surface, steps }) {
    const { theme, lastStep } = this.drawn;
    return stepAxis(surface, theme, lastStep, steps);
  }

  stepOf(row) {
    const { record } = this.drawn;
    return record.rows[row][record.column("step")];
  }

  /** The row of a step, or null for one that this run has not come to: it began anew, or ended before those beside it. */
  rowOf(step) {
    const { rows } = this.drawn.record;
    const row = nearestRow(this.drawn.record, step);
    const spacing = rows.length > 1 ? this.stepOf(1) - this.stepOf(0) : 0;
    return Math.abs(this.stepOf(row) - step) <= spacing ? row : null;
  }

  stepText(row) {
    return this.words("step_title", { step: this.stepOf(row).toLocaleString("en") });
  }

  /** What happened so near to it that its marks are one in the first chart. */
  marksAt(row) {
    const { x } = this.axisOf(this.charts[0]);
    return marksNear(this.drawn.marks, x, x(this.stepOf(row))).map((mark) => markText(mark, this.words));
  }

  point({ target, offsetX }) {
    const chart = this.charts.find(({ canvas }) => canvas === target);
    this.read(chart && this.hasRows ? this.stepOf(nearestRow(this.drawn.record, this.axisOf(chart).stepAt(offsetX))) : null);
  }

  key(event) {
    if (event.key in MOVES && !event.ctrlKey && !event.metaKey && !event.altKey) {
      this.move(MOVES[event.key]);
      event.preventDefault();
      event.stopPropagation(); // these keys also step the run, or rewind it
    }
  }

  /** By so many recorded steps from the one that is read, or else from the present one. */
  move(by) {
    if (!this.hasRows) {
      return;
    }
    const { record } = this.drawn;
    const from = (this.step !== null ? this.rowOf(this.step) : null) ?? presentRow(record) ?? 0;
    const row = Math.min(record.rows.length - 1, Math.max(0, from + by));
    this.read(this.stepOf(row));
    this.place(row, this.said(row));
  }

  /** The slider is at a row, whose values it says when a key brought it there. */
  place(row, said) {
    setAttribute(this.slider, "aria-valuemax", this.stepOf(this.drawn.record.rows.length - 1));
    setAttribute(this.slider, "aria-valuenow", this.stepOf(row));
    setAttribute(this.slider, "aria-valuetext", said || this.stepText(row));
  }

  /** All charts at a row in words, and what happened there. */
  said(row) {
    const of = (chart) => {
      const { entries, note } = chart.at(this.drawn.record, row);
      const values = entries.map(({ name, text }) => [name, text].filter(Boolean).join(" ")).join(", ");
      const title = [chart.title.textContent, note].filter(Boolean).join(", ");
      return this.words("step_chart", { title, values });
    };
    const marks = this.marksAt(row).map((text) => text.replace(/\.$/, "")); // some are sentences already
    return [this.stepText(row), ...this.charts.map(of), ...marks].join(". ");
  }

  dispose() {
    document.removeEventListener("pointerdown", this.onOutside, true);
  }
}
