/* The large picture and what belongs to it: the switch between owner and prediction, the legend, and the pointer. */

import { element, setAttribute, setText } from "./dom.js";
import { DrawingBoard } from "./draw.js";
import { Line } from "./line.js";
import { Matrix } from "./matrix.js";
import { fixed } from "./numbers.js";
import { css } from "./palette.js";
import { Plane } from "./plane.js";
import { drawShapes } from "./shapes.js";
import { Surface } from "./surface.js";

const MODES = ["owner", "prediction"];
const MARK = 16; // pixels
const MOST_NAMED = 3; // classes whose marks are each followed by the word

export class Stage {
  /** `changed` is called when the picture must be drawn again, `resized` when it has another size. */
  constructor(words, changed, resized, change) {
    this.board = new DrawingBoard(words, { change, changed });
    this.words = words;
    this.changed = changed;
    this.mode = "owner";
    this.canvas = element("canvas", { role: "img", class: "picture" });
    this.surface = new Surface(this.canvas, resized);
    this.painters = {
      plane: new Plane(this.surface),
      line: new Line(this.surface),
      matrix: new Matrix(this.surface, words),
    };
    this.buttons = MODES.map((mode) => {
      const attributes = { type: "button", "data-testid": mode, title: words(`${mode}_hint`) };
      const button = element("button", attributes, words(mode));
      button.addEventListener("click", () => this.show(mode));
      return button;
    });
    const group = { class: "segments", role: "group", "aria-label": words("mode_title") };
    this.segments = element("div", group, ...this.buttons);
    this.title = element("span", { class: "stage-title" });
    this.instead = element("p", { class: "no-picture", hidden: "" }, words("none_sentence"));
    this.legend = element("span", { class: "legend" });
    this.readout = element("span", { class: "readout" });
    this.root = element(
      "div",
      { class: "stage" },
      element("div", { class: "stage-head" }, this.segments, this.title, this.board.toggle),
      element("div", { class: "frame" }, this.canvas, this.instead, this.board.layer),
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
    const kind = record.header.picture;
    if (this.surface.isVisible && kind !== "none") {
      this.painters[kind].draw({ record, theme, highlight, mode: this.mode });
    }
    this.segments.hidden = kind !== "plane";
    this.instead.hidden = kind !== "none";
    this.buttons.forEach((button, i) => setAttribute(button, "aria-pressed", MODES[i] === this.mode));
    this.kind = kind;
    this.view = kind === "plane" ? this.mode : kind; // what the words are about
    const title = this.words(`${this.view}_title`);
    setText(this.title, title);
    setAttribute(this.canvas, "aria-label", `${record.header.task.title}. ${title}`);
    this.drawLegend(kind, record.header.task, theme);
    this.board.draw(record, theme);
    this.record = record;
    this.describePlace();
  }

  drawLegend(kind, task, theme) {
    const key = `${kind} ${task.name} ${task.num_outputs} ${theme.key}`;
    if (this.legendKey !== key) {
      this.legendKey = key;
      const entries = this.legendEntries(kind, task, theme);
      this.legend.classList.toggle("many", entries.length > MOST_NAMED);
      this.legend.replaceChildren(...entries);
    }
  }

  legendEntries(kind, task, theme) {
    const entry = (...parts) => element("span", { class: "entry" }, ...parts);
    if (kind === "line") {
      return [entry(element("span", { class: "dot" }), this.words("line_point"))];
    }
    if (kind !== "plane") {
      return [];
    }
    // With many classes the word stands once, before them all.
    const labels = Array.from({ length: task.num_outputs }, (_, label) => label);
    const few = labels.length <= MOST_NAMED;
    const entries = labels.map((label) =>
      entry(mark(label, theme), few ? this.words("class_name", { label }) : String(label)),
    );
    return few ? entries : [entry(this.words("class")), ...entries];
  }

  point(event) {
    this.place = event && { x: event.offsetX / this.surface.width, y: event.offsetY / this.surface.height };
    this.describePlace();
  }

  /** What is at the pointer, in words; it changes under a resting pointer as training goes on. */
  describePlace() {
    const inside = this.record && this.place && [this.place.x, this.place.y].every((share) => share >= 0 && share < 1);
    setText(this.readout, inside ? this.placeWords() : this.words(`${this.view}_reading`));
  }

  placeWords() {
    const { header, arrays } = this.record;
    if (this.kind === "matrix") {
      const cell = this.painters.matrix.cellAt(this.place, this.record);
      return cell ? this.words("matrix_place", cell) : "";
    }
    if (this.kind === "line") {
      const { x, expert, strength, prediction } = this.painters.line.at(this.place.x, arrays);
      const numbers = { x: fixed(x, 2), strength: fixed(strength, 2), prediction: fixed(prediction, 2) };
      return this.words("line_place", { expert, ...numbers });
    }
    if (this.kind === "none") {
      return "";
    }
    const [left, right, bottom, top] = header.task.bounds;
    const side = Math.sqrt(arrays.owner.length);
    const cell = Math.floor(this.place.y * side) * side + Math.floor(this.place.x * side);
    return this.words("plane_place", {
      x: fixed(left + this.place.x * (right - left), 2),
      y: fixed(top - this.place.y * (top - bottom), 2),
      expert: arrays.owner[cell] + 1,
      strength: (arrays.strength[cell] / 255).toFixed(2),
      label: arrays.prediction[cell],
    });
  }

  dispose() {
    this.surface.dispose();
  }
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
