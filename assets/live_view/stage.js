/* The large picture and what belongs to it: what it shows, the legend, the pointer, and what is at the pointer. */

import { element, setAttribute, setText } from "./dom.js";
import { icon } from "./icons.js";
import { Line } from "./line.js";
import { Matrix } from "./matrix.js";
import { css } from "./palette.js";
import { Plane } from "./plane.js";
import { listenToPointer } from "./pointer.js";
import { Readout } from "./readout.js";
import { drawShapes } from "./shapes.js";
import { Surface } from "./surface.js";

/** What each kind of picture can show. */
const MODES = { plane: ["owner", "prediction", "expert"], line: [], matrix: [], none: [] };
const MARK = 16; // pixels

/** The mode that is shown when `mode` is asked for: not every picture has every mode. */
export function modeOf(mode, kind) {
  return MODES[kind].includes(mode) ? mode : MODES[kind][0];
}

/** The next mode, in the order of the buttons. */
export function nextMode(mode, kind) {
  const modes = MODES[kind];
  return modes[(modes.indexOf(mode) + 1) % modes.length] ?? mode;
}

export class Stage {
  /**
   * events: show(mode), point(look or null), pin(look or null), resized(). A look is what is pointed at:
   * { place, at }, a place in the picture and the same in the task's own coordinates.
   * only: the one mode of a picture that has no switch.
   */
  constructor(words, events, only = null) {
    this.words = words;
    this.events = events;
    this.only = only;
    this.canvas = element("canvas", { role: "img", class: "picture", tabindex: "0" });
    this.surface = new Surface(this.canvas, events.resized);
    this.painters = {
      plane: new Plane(this.surface),
      line: new Line(this.surface),
      matrix: new Matrix(this.surface, words),
    };
    this.readout = new Readout(words, this.painters);
    this.build();
    listenToPointer(this.canvas, this.surface, {
      point: (place) => events.point(place && this.lookAt(place)),
      move: (place) => (this.focus.pin ? events.pin : events.point)(this.lookAt(place)),
      pin: (place) => this.isPlane && events.pin(this.lookAt(place)),
      place: () => (this.focus.pin ?? this.focus.pointed)?.place ?? null,
    });
  }

  build() {
    const { words } = this;
    this.buttons = MODES.plane.map((mode) => {
      const attributes = { type: "button", "data-testid": mode, title: words(`${mode}_hint`) };
      const button = element("button", attributes, words(mode, { expert: 1 }));
      button.addEventListener("click", () => this.events.show(mode));
      return button;
    });
    const group = { class: "segments", role: "group", "aria-label": words("mode_title") };
    this.segments = element("div", group, ...this.buttons);
    this.title = element("span", { class: "stage-title" });
    this.instead = element("p", { class: "no-picture", hidden: "" }, words("none_sentence"));
    this.legend = element("span", { class: "legend" });
    this.unpin = element("button", { type: "button", class: "unpin", "data-testid": "unpin", title: words("unpin_hint") });
    this.unpin.append(icon("pin"), words("unpin"));
    this.unpin.addEventListener("click", () => this.events.pin(null));
    const pin = element("span", { class: "pin", "data-testid": "pin" }, icon("pin"));
    const frame = [this.canvas, element("span", { class: "cross" }), pin, this.instead];
    this.root = element(
      "div",
      { class: "stage" },
      element("div", { class: "stage-head" }, this.segments, this.title, this.legend),
      element("div", { class: "frame" }, ...frame),
      element("div", { class: "stage-foot" }, this.readout.root, this.unpin),
    );
  }

  /** focus: { mode, chosen, highlight, pointed, pin }; chosen and highlight are experts or null. */
  draw({ record, theme, focus, numbersDue }) {
    const { header, arrays } = record;
    const kind = header.picture;
    const expert = Math.min(focus.chosen ?? focus.last, arrays.load.length - 1);
    const mode = this.only ?? modeOf(focus.mode, kind);
    this.focus = focus;
    this.task = header.task;
    this.isPlane = kind === "plane" && !this.only;
    if (this.surface.isVisible && kind !== "none") {
      this.painters[kind].draw({ record, theme, highlight: focus.highlight, mode, expert });
    }
    this.segments.hidden = kind !== "plane" || this.only !== null;
    this.instead.hidden = kind !== "none";
    this.buttons.forEach((button, i) => setAttribute(button, "aria-pressed", MODES.plane[i] === mode));
    setText(this.buttons.at(-1), this.words("expert", { expert: expert + 1 }));
    const view = kind === "plane" ? mode : kind; // what the words are about
    const title = this.words(`${view}_title`, { expert: expert + 1 });
    setText(this.title, title);
    setAttribute(this.canvas, "aria-label", `${header.task.title}. ${title}`);
    this.drawLegend(kind, header.task, theme);
    const hint = focus.pin ? "pin_reading" : `${view}_reading`;
    this.readout.update({ record, look: focus.pin ?? focus.pointed, hint, isDue: numbersDue });
    this.unpin.hidden = !this.isPlane || !focus.pin;
  }

  /** A place with its coordinates in the task's own units. */
  lookAt(place) {
    if (!this.task.bounds) {
      return { place, at: null };
    }
    const [left, right, bottom, top] = this.task.bounds;
    const x = left + place.x * (right - left);
    return { place, at: this.isPlane ? [x, top - place.y * (top - bottom)] : [x] };
  }

  drawLegend(kind, task, theme) {
    const key = `${kind} ${task.name} ${task.num_outputs} ${theme.key}`;
    if (this.legendKey !== key) {
      this.legendKey = key;
      this.legend.replaceChildren(...this.legendEntries(kind, task, theme));
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
    const labels = Array.from({ length: task.num_outputs }, (_, label) => label);
    return [entry(this.words("class")), ...labels.map((label) => entry(mark(label, theme), String(label)))];
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
