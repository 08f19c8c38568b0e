/*
 * Pointer and keys on the drawing board: a click is one place, a drag sprays some along its path; arrow keys move a
 * cursor, and Enter puts a point there. Places are in the task's coordinates.
 */

import { SIDE } from "./drawing.js";

const SPACING = 0.12; // between two points of a spray, along the path of the pointer
const SCATTER = 0.08; // how far from that path they fall
const CURSOR_STEP = 0.05;
const LONG_STEP = 0.25; // with Shift
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export class BoardInput {
  /**
   * surface: of the board. events: begin() a stroke, add(x, y), end(); undo(), choose(label); changed() when there is
   * something to draw again.
   */
  constructor(surface, events) {
    this.surface = surface;
    this.events = events;
    this.bounds = null; // of the picture, once there is one: [left, right, bottom, top]
    this.cursor = null; // [x, y] once a key moved it
    this.last = null; // where the spray has come to, while the pointer is down
    const { canvas } = surface;
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
    this.surface.canvas.setPointerCapture(event.pointerId);
    this.cursor = null;
    this.last = this.placeOf(event);
    this.events.begin();
    this.events.add(...this.last);
    this.events.changed();
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
        this.events.add(...scattered(this.last));
      }
    }
    this.events.changed();
  }

  release() {
    if (this.last) {
      this.last = null;
      this.events.end();
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
      this.cursor = (this.cursor ?? [0, 0]).map((value, i) => within(value + step * ARROWS[event.key][i]));
    } else if (event.key === "Enter") {
      this.cursor ??= [0, 0];
      this.events.begin();
      this.events.add(...this.cursor);
      this.events.end();
    } else if (undoes) {
      this.events.undo();
    } else if (isDigit) {
      this.events.choose(Number(event.key));
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    this.events.changed();
  }

  /** A place on the plane; beyond its edge it is the edge. */
  placeOf(event) {
    const [left, right, bottom, top] = this.bounds;
    const x = left + (event.offsetX / this.surface.width) * (right - left);
    const y = top - (event.offsetY / this.surface.height) * (top - bottom);
    return [within(x), within(y)];
  }
}

function within(coordinate) {
  return Math.min(SIDE, Math.max(-SIDE, coordinate));
}

function scattered([x, y]) {
  const angle = 2 * Math.PI * Math.random();
  const reach = SCATTER * Math.sqrt(Math.random());
  return [x + reach * Math.cos(angle), y + reach * Math.sin(angle)];
}
