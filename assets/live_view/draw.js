/*
 * A drawing board over the plane: click puts a point of the chosen class, a drag sprays some. What was drawn is reported
 * a moment after the last stroke, once there is enough to learn from.
 *
 * Its tools lie in the margin between the edge of the picture and that of the plane that can be drawn on, so the page
 * does not move when the board opens.
 */

import { BoardTools } from "./board_tools.js";
import { markColours } from "./class_mark.js";
import { element, setAttribute, setText } from "./dom.js";
import { SIDE } from "./drawing.js";
import { fixed } from "./numbers.js";
import { css } from "./palette.js";
import { drawShapes } from "./shapes.js";
import { Sketch } from "./sketch.js";
import { Surface } from "./surface.js";

const APPLIED_AFTER = 400; // milliseconds after the last stroke
const SPACING = 0.12; // between two points of a spray, along the path of the pointer
const SCATTER = 0.08; // how far from that path they fall
const CURSOR_STEP = 0.05;
const LONG_STEP = 0.25; // with Shift
const VEIL = 0.5; // the picture behind is the run's, and steps back
const POINT_RADIUS = 1 / 80; // of the picture's width
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export class DrawingBoard {
  /**
   * root: lies over the picture; the button in its corner opens the sheet that is drawn on.
   *
   * `change` is called with { points } as settings hold them; `changed` when the page should draw again.
   */
  constructor(words, { change, changed }) {
    this.words = words;
    this.change = change;
    this.changed = changed;
    this.sketch = new Sketch();
    this.cursor = null; // [x, y] once a key moved it
    this.toggle = element(
      "button",
      { type: "button", class: "draw-toggle", "data-testid": "draw", "aria-pressed": "false", title: words("draw_hint") },
      words("draw"),
    );
    this.toggle.addEventListener("click", () => this.open(this.sheet.hidden));
    this.canvas = element("canvas", {
      class: "board-canvas",
      tabindex: "0",
      role: "application",
      "aria-label": words("draw_board"),
      "data-testid": "board",
    });
    this.tools = new BoardTools(words, {
      choose: (label) => this.choose(label),
      more: () => this.choose(this.sketch.offered),
      undo: () => this.edit(() => this.sketch.undo()),
      clear: () => this.edit(() => this.sketch.clear()),
    });
    this.says = element("p", { class: "board-says", role: "status", "data-testid": "draw-says" });
    const foot = element("div", { class: "board-foot" }, this.says, ...this.tools.edits);
    this.sheet = element("div", { class: "sheet", hidden: "" }, this.canvas, this.tools.classes, foot);
    this.root = element("div", { class: "board", hidden: "" }, this.toggle, this.sheet);
    this.surface = new Surface(this.canvas, changed);
    this.listen();
  }

  /** Only the task that is made of drawn points can be drawn on. */
  take(settings) {
    this.drawn = settings.task === "points";
    if (this.drawn) {
      this.sketch.hear(settings.points);
    } else {
      clearTimeout(this.timer);
      this.open(false);
      this.root.hidden = true;
    }
  }

  open(isOpen) {
    this.sheet.hidden = !isOpen;
    setAttribute(this.toggle, "aria-pressed", isOpen);
    this.changed();
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => this.press(event));
    canvas.addEventListener("pointermove", (event) => this.drag(event));
    canvas.addEventListener("pointerup", () => this.release());
    canvas.addEventListener("pointercancel", () => this.release());
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("click", (event) => event.stopPropagation()); // the keys stay with the board
  }

  press(event) {
    if (event.button !== 0 || !this.bounds) {
      return;
    }
    this.canvas.setPointerCapture(event.pointerId);
    this.cursor = null;
    clearTimeout(this.timer);
    this.sketch.beginStroke();
    this.last = this.placeOf(event);
    this.sketch.add(...this.last);
    this.changed();
  }

  drag(event) {
    if (!this.last) {
      return;
    }
    for (const moved of event.getCoalescedEvents?.() ?? [event]) {
      const [x, y] = this.placeOf(moved);
      let distance = Math.hypot(x - this.last[0], y - this.last[1]);
      for (; distance >= SPACING; distance -= SPACING) {
        const share = SPACING / distance;
        this.last = this.last.map((from, i) => from + share * ([x, y][i] - from));
        this.sketch.add(...scattered(this.last));
      }
    }
    this.changed();
  }

  release() {
    if (this.last) {
      this.last = null;
      this.applySoon();
    }
  }

  key(event) {
    const undoes = event.ctrlKey || event.metaKey ? event.key === "z" : event.key === "Backspace";
    if (event.altKey || ((event.ctrlKey || event.metaKey) && !undoes)) {
      return;
    }
    const isDigit = /^[0-9]$/.test(event.key);
    if (event.key in ARROWS) {
      const step = event.shiftKey ? LONG_STEP : CURSOR_STEP;
      const within = (value) => Math.min(SIDE, Math.max(-SIDE, value));
      this.cursor = (this.cursor ?? [0, 0]).map((value, i) => within(value + step * ARROWS[event.key][i]));
    } else if (event.key === "Enter") {
      this.cursor ??= [0, 0];
      this.edit(() => {
        this.sketch.beginStroke();
        this.sketch.add(...this.cursor);
      });
    } else if (undoes) {
      this.edit(() => this.sketch.undo());
    } else if (isDigit) {
      this.choose(Number(event.key));
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    this.changed();
  }

  choose(label) {
    this.sketch.choose(label);
    this.changed();
  }

  edit(act) {
    act();
    this.applySoon();
  }

  applySoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const text = this.sketch.tell();
      if (text) {
        this.change({ points: text });
      }
    }, APPLIED_AFTER);
    this.changed();
  }

  /** A place on the plane, in the task's coordinates; beyond its edge it is the edge. */
  placeOf(event) {
    const [left, right, bottom, top] = this.bounds;
    const x = left + (event.offsetX / this.surface.width) * (right - left);
    const y = top - (event.offsetY / this.surface.height) * (top - bottom);
    return [x, y].map((value) => Math.min(SIDE, Math.max(-SIDE, value)));
  }

  draw(record, theme) {
    this.bounds = record.header.task.bounds;
    this.root.hidden = !this.drawn || !this.bounds;
    if (this.sheet.hidden || !this.bounds) {
      return;
    }
    this.tools.update(this.sketch, theme);
    setText(this.says, this.sentence());
    setAttribute(this.root, "data-points", this.sketch.points.length);
    if (this.surface.isVisible) {
      this.paint(theme);
    }
  }

  /** What is missing, else how much there is; and where the cursor is, once the keys move it. */
  sentence() {
    const { sketch, words } = this;
    const points = sketch.points.length.toLocaleString("en");
    const state = sketch.missing ?? (sketch.isFull ? "draw_full" : "draw_count");
    const classes = new Set(sketch.points.map(([, , label]) => label)).size;
    const sentence = words(state, { points, classes });
    const [x, y] = this.cursor ?? [];
    return this.cursor ? `${words("draw_cursor", { x: fixed(x, 2), y: fixed(y, 2) })} ${sentence}` : sentence;
  }

  paint(theme) {
    const { context, width, height, scale } = this.surface;
    const [left, right, bottom, top] = this.bounds;
    const across = (x) => ((x - left) / (right - left)) * width;
    const down = (y) => ((top - y) / (top - bottom)) * height;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    context.fillStyle = css(theme.background, VEIL);
    context.fillRect(0, 0, width, height);
    context.strokeStyle = css(theme.text, 0.6);
    context.setLineDash([5, 4]);
    context.lineWidth = 1;
    context.strokeRect(across(-SIDE), down(SIDE), across(SIDE) - across(-SIDE), down(-SIDE) - down(SIDE));
    context.setLineDash([]);
    const mark = { ...markColours(theme), line: 1.2 };
    for (let label = 0; label < this.sketch.offered; label++) {
      const own = this.sketch.points.filter((point) => point[2] === label);
      const places = own.map(([x, y]) => [across(x), down(y)]);
      drawShapes(context, label, places, POINT_RADIUS * width, mark);
    }
    if (this.cursor) {
      this.paintCursor(across(this.cursor[0]), down(this.cursor[1]), theme, mark);
    }
  }

  paintCursor(x, y, theme, mark) {
    const { context, width } = this.surface;
    const reach = 3 * POINT_RADIUS * width;
    context.beginPath();
    context.arc(x, y, reach, 0, 2 * Math.PI);
    context.strokeStyle = css(theme.accent);
    context.lineWidth = 2.5;
    context.stroke();
    context.globalAlpha = 0.6;
    drawShapes(context, this.sketch.label, [[x, y]], POINT_RADIUS * width, mark);
    context.globalAlpha = 1;
  }

  dispose() {
    clearTimeout(this.timer);
    this.surface.dispose();
  }
}

function scattered([x, y]) {
  const angle = 2 * Math.PI * Math.random();
  const reach = SCATTER * Math.sqrt(Math.random());
  return [x + reach * Math.cos(angle), y + reach * Math.sin(angle)];
}
