/*
 * Logits that a person moves: each cell of the first row is a slider. It is dragged up and down, or moved by arrow keys,
 * and Home puts it back. What is drawn is what the worker answers.
 */

import { element, setAttribute } from "./dom.js";
import { ExpertRow } from "./expert_row.js";
import { precise } from "./numbers.js";

const MOST = 20; // of what is added to a logit, either way
const STEP = 0.1;
const LARGE_STEP = 1; // with Shift, or a page key
const KEYS = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 10, PageDown: -10 };

export class LogitSliders {
  /** `moved` is called with the offsets, a number for each expert, or null once all are zero. */
  constructor(words, moved) {
    this.words = words;
    this.moved = moved;
    this.offsets = [];
    this.scale = 1;
    this.row = new ExpertRow((cell, expert) => this.dress(cell, expert));
    this.root = this.row.root;
  }

  get isMoved() {
    return this.offsets.some((offset) => offset !== 0);
  }

  dress(cell, expert) {
    const attributes = { role: "slider", tabindex: "0", "aria-orientation": "vertical" };
    Object.entries(attributes).forEach(([name, value]) => cell.setAttribute(name, value));
    cell.setAttribute("aria-label", this.words("token_logit", { expert: expert + 1 }));
    cell.setAttribute("title", this.words("token_logit_hint"));
    cell.firstChild.append(element("span", { class: "token-handle" }));
    cell.addEventListener("pointerdown", (event) => this.grab(event, cell, expert));
    cell.addEventListener("keydown", (event) => this.key(event, expert));
    cell.addEventListener("click", (event) => event.stopPropagation()); // it keeps the focus
  }

  grab(event, cell, expert) {
    if (event.button !== 0) {
      return;
    }
    const { offsets, scale } = this;
    const start = { y: event.clientY, offset: offsets[expert], unit: (2 * scale) / cell.firstChild.clientHeight };
    const drag = ({ clientY }) => this.move(expert, start.offset + (start.y - clientY) * start.unit);
    const drop = () => {
      this.held = false;
      cell.removeEventListener("pointermove", drag);
    };
    this.held = true; // the scale stays as it is meanwhile
    cell.setPointerCapture(event.pointerId);
    cell.addEventListener("pointermove", drag);
    cell.addEventListener("lostpointercapture", drop, { once: true });
  }

  key(event, expert) {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    if (event.key === "Home") {
      this.move(expert, 0);
    } else if (event.key in KEYS) {
      this.move(expert, this.offsets[expert] + KEYS[event.key] * (event.shiftKey ? LARGE_STEP : STEP));
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  move(expert, offset) {
    const bounded = Math.max(-MOST, Math.min(MOST, Math.round(1000 * offset) / 1000));
    this.offsets = this.offsets.map((before, i) => (i === expert ? bounded : before));
    this.moved(this.isMoved ? this.offsets : null);
  }

  putBack() {
    this.offsets = this.offsets.map(() => 0);
    this.moved(null);
  }

  /** cells: as of an ExpertRow. logits: the numbers, for those who listen. scale: what the height of a cell stands for. */
  update(cells, logits, scale) {
    if (this.offsets.length !== cells.length) {
      const had = this.isMoved;
      this.offsets = cells.map(() => 0);
      if (had) {
        this.moved(null);
      }
    }
    this.scale = scale;
    this.row.update(cells, true);
    logits.forEach((logit, i) => {
      const { root } = this.row.cells[i];
      const own = (logit ?? 0) - this.offsets[i];
      setAttribute(root, "aria-valuemin", (own - MOST).toFixed(3));
      setAttribute(root, "aria-valuemax", (own + MOST).toFixed(3));
      setAttribute(root, "aria-valuenow", (logit ?? 0).toFixed(3));
      const moved = { logit: precise(logit ?? NaN), offset: precise(this.offsets[i]) };
      setAttribute(root, "aria-valuetext", this.words("token_logit_value", moved));
      root.classList.toggle("moved", this.offsets[i] !== 0);
    });
  }
}
