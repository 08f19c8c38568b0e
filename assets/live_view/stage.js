/* The large picture and what belongs to it: the switch between owner and prediction, the legend, and the pointer. */

import { element, setAttribute, setText } from "./dom.js";
import { Matrix } from "./matrix.js";
import { css } from "./palette.js";
import { Plane } from "./plane.js";
import { drawShapes } from "./shapes.js";
import { Surface } from "./surface.js";

const MODES = ["owner", "prediction"];
const MARK = 16; // pixels

export class Stage {
  /** `changed` is called when the picture must be drawn again, `resized` when it has another size. */
  constructor(words, changed, resized) {
    this.words = words;
    this.changed = changed;
    this.mode = "owner";
    this.canvas = element("canvas", { role: "img", class: "picture" });
    this.surface = new Surface(this.canvas, resized);
    this.painters = { plane: new Plane(this.surface), matrix: new Matrix(this.surface) };
    this.buttons = MODES.map((mode) => {
      const attributes = { type: "button", "data-testid": mode, title: words(`${mode}_hint`) };
      const button = element("button", attributes, words(mode));
      button.addEventListener("click", () => this.show(mode));
      return button;
    });
    const group = { class: "segments", role: "group", "aria-label": words("mode_title") };
    this.segments = element("div", group, ...this.buttons);
    this.title = element("span", { class: "stage-title" });
    this.legend = element("span", { class: "legend" });
    this.readout = element("span", { class: "readout" });
    this.root = element(
      "div",
      { class: "stage" },
      element("div", { class: "stage-head" }, this.segments, this.title),
      this.canvas,
      element("div", { class: "stage-foot" }, this.legend, this.readout),
    );
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerleave", () => this.point(null));
  }

  show(mode) {
    this.mode = mode;
    this.changed();
  }

  switchMode() {
    this.show(this.mode === "owner" ? "prediction" : "owner");
  }

  draw(record, theme, highlight) {
    const kind = record.header.plane ? "plane" : "matrix";
    if (this.surface.isVisible) {
      this.painters[kind].draw({ record, theme, highlight, mode: this.mode });
    }
    this.segments.hidden = kind === "matrix";
    this.buttons.forEach((button, i) => setAttribute(button, "aria-pressed", MODES[i] === this.mode));
    const title = this.words(kind === "plane" ? `${this.mode}_title` : "matrix_title");
    setText(this.title, title);
    setAttribute(this.canvas, "aria-label", `${record.header.task.title}. ${title}`);
    this.drawLegend(kind, record.header.task, theme);
    this.record = record;
    this.kind = kind;
    this.describePlace();
  }

  drawLegend(kind, task, theme) {
    const key = `${kind} ${task.name} ${task.num_classes} ${theme.key}`;
    if (this.legendKey === key) {
      return;
    }
    this.legendKey = key;
    const classes = kind === "plane" ? Array.from({ length: task.num_classes }, (_, label) => label) : [];
    const entries = classes.map((label) =>
      element("span", { class: "entry" }, mark(label, theme), this.words("class_name", { label })),
    );
    this.legend.replaceChildren(...entries);
  }

  point(event) {
    this.place = event && { x: event.offsetX / this.surface.width, y: event.offsetY / this.surface.height };
    this.describePlace();
  }

  /** What is at the pointer, in words; it changes under a resting pointer as training goes on. */
  describePlace() {
    const inside = this.record && this.place && [this.place.x, this.place.y].every((share) => share >= 0 && share < 1);
    const reading = this.kind === "matrix" ? "matrix_reading" : `${this.mode}_reading`;
    setText(this.readout, inside ? this.placeWords() : this.words(reading));
  }

  placeWords() {
    const { header, arrays } = this.record;
    if (this.kind === "matrix") {
      const cell = this.painters.matrix.cellAt(this.place, this.record);
      return cell ? this.words("matrix_place", cell) : "";
    }
    const [left, right, bottom, top] = header.task.bounds;
    const side = Math.sqrt(arrays.owner.length);
    const cell = Math.floor(this.place.y * side) * side + Math.floor(this.place.x * side);
    return this.words("plane_place", {
      x: twoDigits(left + this.place.x * (right - left)),
      y: twoDigits(top - this.place.y * (top - bottom)),
      expert: arrays.owner[cell] + 1,
      strength: (arrays.strength[cell] / 255).toFixed(2),
      label: arrays.prediction[cell],
    });
  }

  dispose() {
    this.surface.dispose();
  }
}

function twoDigits(value) {
  return (Math.round(100 * value) / 100 || 0).toFixed(2).replace("-", "\u2212");
}

function mark(label, theme) {
  const canvas = element("canvas", { class: "mark", width: 2 * MARK, height: 2 * MARK, "aria-hidden": "true" });
  const colours = { fill: css(theme.dark ? theme.text : theme.background), ink: css([18, 20, 28]), line: 2.4 };
  if (theme.dark && label % 2) {
    colours.line = 4;
  }
  drawShapes(canvas.getContext("2d"), label, [[MARK, MARK]], 0.72 * MARK, colours);
  return canvas;
}
