/* The large picture and what belongs to it: what it shows, the legend, the pointer, and what is at the pointer. */

import { className } from "./class_name.js";
import { classMark, outlinedMark } from "./class_mark.js";
import { element, setAttribute, setText } from "./dom.js";
import { DrawingBoard } from "./draw.js";
import { icon } from "./icons.js";
import { Line } from "./line.js";
import { Matrix } from "./matrix.js";
import { Plane } from "./plane.js";
import { listenToPointer } from "./pointer.js";
import { Projection } from "./projection.js";
import { Readout } from "./readout.js";
import { Surface } from "./surface.js";

/** What each kind of picture can show. One with a single mode needs no switch. */
const MODES = { plane: ["owner", "prediction", "expert"], line: ["line"], matrix: ["matrix", "projection"], none: ["none"] };
const MOST_IN_ONE_ROW = 4; // classes of a legend
const SWITCHES = [...MODES.plane, ...MODES.matrix];

function modesOf({ header, arrays }) {
  return MODES[header.picture].filter((mode) => mode !== "projection" || arrays.projection);
}

/** The mode that is shown when `mode` is asked for: not every picture has every mode. */
function modeOf(mode, record) {
  const modes = modesOf(record);
  return modes.includes(mode) ? mode : modes[0];
}

/** What one expert answers is drawn once it has come; an expert that this member lacks never has any. */
function shownMode(asked, record) {
  const mode = modeOf(asked, record);
  const { focus_answer: answer, owner } = record.arrays;
  return mode === "expert" && answer?.length !== owner.length ? "owner" : mode;
}

/** The next mode, in the order of the buttons. */
export function nextMode(mode, record) {
  const modes = modesOf(record);
  return modes[(modes.indexOf(modeOf(mode, record)) + 1) % modes.length];
}

export class Stage {
  /**
   * events: show(mode), point(look or null), pin(look or null), resized(), changed(), change(settings). A look is what
   * is pointed at: { place, at, sample }, a place in the picture, the same in the task's own coordinates or null, and
   * the number of a test sample or null.
   * drag: whether what is pinned can be dragged. only: the one mode of a picture that has no switch.
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
      projection: new Projection(this.surface, words),
    };
    this.readout = new Readout(words, this.painters);
    this.board = new DrawingBoard(words, events);
    this.build();
    listenToPointer(this.canvas, this.surface, {
      point: (place) => events.point(place && this.lookAt(place)),
      move: (place) => (this.focus.pin ? events.pin : events.point)(this.lookAt(place)),
      pin: (place) => this.pinAt(place),
      place: () => (this.focus.pin ?? this.focus.pointed)?.place ?? null,
      drag: events.drag ?? false,
    });
  }

  build() {
    const { words } = this;
    this.buttons = SWITCHES.map((mode) => {
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
    const frame = [this.canvas, element("span", { class: "cross" }), pin, this.instead, this.board.root];
    this.root = element(
      "div",
      { class: "stage" },
      element("div", { class: "stage-head" }, this.segments, this.title, this.legend),
      element("div", { class: "frame" }, ...frame),
      element("div", { class: "stage-foot" }, this.readout.root, this.unpin),
    );
  }

  /**
   * focus: { mode, chosen, highlight, pointed, pin }; chosen and highlight are experts or null. veiled: whether the data,
   * which shows what is predicted wrongly, is kept back.
   */
  draw({ record, theme, focus, numbersDue, veiled }) {
    const { header, arrays } = record;
    const kind = header.picture;
    const expert = Math.min(focus.chosen ?? focus.last, arrays.load.length - 1);
    const mode = this.only ?? shownMode(focus.mode, record);
    Object.assign(this, { record, focus, mode });
    if (this.surface.isVisible && kind !== "none") {
      const painter = this.painters[mode] ?? this.painters[kind];
      painter.draw({ record, theme, highlight: focus.highlight, mode, expert, veiled });
    }
    this.instead.hidden = kind !== "none";
    this.showSwitch(expert);
    const named = { expert: expert + 1 };
    const title = this.words(`${mode}_title`, named);
    setText(this.title, title);
    setAttribute(this.root, "data-mode", mode);
    setAttribute(this.canvas, "aria-label", `${header.task.title}. ${title}`);
    this.drawLegend(mode === "projection" ? mode : kind, header.task, theme);
    this.readout.update({ record, mode, look: focus.pin ?? focus.pointed, isDue: numbersDue });
    this.unpin.hidden = !focus.pin;
    this.board.draw(record, theme);
  }

  showSwitch(expert) {
    const modes = modesOf(this.record);
    this.segments.hidden = modes.length < 2 || this.only !== null;
    this.buttons.forEach((button, i) => {
      button.hidden = !modes.includes(SWITCHES[i]);
      setAttribute(button, "aria-pressed", SWITCHES[i] === this.mode);
    });
    setText(this.buttons[MODES.plane.indexOf("expert")], this.words("expert", { expert: expert + 1 }));
  }

  pinAt(place) {
    const look = this.lookAt(place);
    if (!this.only && (look.at !== null || look.sample !== null)) {
      this.events.pin(look);
    }
  }

  /** A place with its coordinates in the task's own units. */
  lookAt(place) {
    const { picture, task } = this.record.header;
    if (!task.bounds) {
      const sample = this.mode === "projection" ? this.painters.projection.hit(place, this.record) : null;
      return { place, at: null, sample };
    }
    const [left, right, bottom, top] = task.bounds;
    const x = left + place.x * (right - left);
    return { place, at: picture === "plane" ? [x, top - place.y * (top - bottom)] : [x], sample: null };
  }

  /** Where a test sample lies in the picture of them. */
  placeOf(sample) {
    return this.painters.projection.placeOf(sample, this.record);
  }

  /** kind: of the picture, or projection. Many classes stand in two rows. */
  drawLegend(kind, task, theme) {
    const key = JSON.stringify([kind, task.name, task.num_outputs, task.class_names, theme.key]);
    if (this.legendKey !== key) {
      this.legendKey = key;
      this.legend.classList.toggle("many", kind !== "line" && task.num_outputs > MOST_IN_ONE_ROW);
      this.legend.replaceChildren(...this.legendEntries(kind, task, theme));
    }
  }

  legendEntries(kind, task, theme) {
    const entry = (...parts) => element("span", { class: "entry" }, ...parts);
    if (kind === "line") {
      return [entry(element("span", { class: "dot" }), this.words("line_point"))];
    }
    const mark = { plane: classMark, projection: outlinedMark }[kind];
    if (!mark) {
      return [];
    }
    const labels = Array.from({ length: task.num_outputs }, (_, label) => label);
    const named = (label) => {
      const name = className({ task }, label);
      return entry(mark(label, theme), element("span", { class: "class-name", title: name }, name));
    };
    return [entry(this.words("class")), ...labels.map(named)];
  }

  /** The picture as it stands, or null where there is none. */
  get pictured() {
    return this.mode === "none" ? null : { title: this.title.textContent, canvas: this.canvas };
  }

  dispose() {
    this.surface.dispose();
    this.board.dispose();
  }
}
