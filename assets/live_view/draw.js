/*
 * A drawing board over the plane: click puts a point of the chosen class, a drag sprays some. What was drawn is reported
 * a moment after the last stroke, once there is enough to learn from.
 *
 * Its tools lie in the margin between the edge of the picture and that of the plane that can be drawn on, so the page
 * does not move when the board opens.
 */

import { BoardInput } from "./board_input.js";
import { drawBoard } from "./board_picture.js";
import { BoardTools } from "./board_tools.js";
import { element, setAttribute, setText } from "./dom.js";
import { fixed } from "./numbers.js";
import { Sketch } from "./sketch.js";
import { Surface } from "./surface.js";

const APPLIED_AFTER = 400; // milliseconds after the last stroke

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
    this.input = new BoardInput(this.surface, {
      begin: () => this.beginStroke(),
      add: (x, y) => this.sketch.add(x, y),
      end: () => this.applySoon(),
      undo: () => this.edit(() => this.sketch.undo()),
      choose: (label) => this.choose(label),
      changed,
    });
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

  /** What was drawn before is reported with this stroke. */
  beginStroke() {
    clearTimeout(this.timer);
    this.sketch.beginStroke();
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

  draw(record, theme) {
    const { bounds } = record.header.task;
    this.input.bounds = bounds;
    this.root.hidden = !this.drawn || !bounds;
    if (this.sheet.hidden || !bounds) {
      return;
    }
    this.tools.update(this.sketch, theme);
    setText(this.says, this.sentence());
    setAttribute(this.root, "data-points", this.sketch.points.length);
    if (this.surface.isVisible) {
      drawBoard(this.surface, this.sketch, this.input.cursor, bounds, theme);
    }
  }

  /** What is missing, else how much there is; and where the cursor is, once the keys move it. */
  sentence() {
    const { sketch, words } = this;
    const { cursor } = this.input;
    const points = sketch.points.length.toLocaleString("en");
    const state = sketch.missing ?? (sketch.isFull ? "draw_full" : "draw_count");
    const classes = new Set(sketch.points.map(([, , label]) => label)).size;
    const sentence = words(state, { points, classes });
    const [x, y] = cursor ?? [];
    return cursor ? `${words("draw_cursor", { x: fixed(x, 2), y: fixed(y, 2) })} ${sentence}` : sentence;
  }

  dispose() {
    clearTimeout(this.timer);
    this.surface.dispose();
  }
}
