/* The tools of the drawing board: the classes to draw with, one more class, undo and clear. */

import { classMark } from "./class_mark.js";
import { element, setAttribute } from "./dom.js";

export class BoardTools {
  /** classes and edits: what is drawn with, and what takes back. actions: choose(label), more(), undo(), clear(). */
  constructor(words, actions) {
    this.words = words;
    this.choose = actions.choose;
    this.more = this.button("draw_more", actions.more);
    this.undo = this.button("draw_undo", actions.undo);
    this.clear = this.button("draw_clear", actions.clear);
    this.edits = [this.undo, this.clear];
    const group = { class: "board-classes", role: "group", "aria-label": words("draw_classes") };
    this.classes = element("div", group, this.more);
    this.buttons = [];
  }

  button(name, act) {
    const attributes = { type: "button", "data-testid": name.replace("_", "-"), title: this.words(`${name}_hint`) };
    const button = element("button", attributes, this.words(name));
    button.addEventListener("click", act);
    return button;
  }

  update(sketch, theme) {
    const key = `${sketch.offered} ${theme.key}`;
    if (this.key !== key) {
      this.key = key;
      const labels = Array.from({ length: sketch.offered }, (_, label) => label);
      this.buttons = labels.map((label) => this.classButton(label, theme));
      this.classes.replaceChildren(...this.buttons, this.more);
    }
    this.buttons.forEach((button, label) => setAttribute(button, "aria-pressed", label === sketch.label));
    this.more.disabled = !sketch.offersMore;
    this.undo.disabled = !sketch.canUndo;
    this.clear.disabled = sketch.points.length === 0;
    setAttribute(this.more, "title", this.words(sketch.offersMore ? "draw_more_hint" : "draw_more_refused"));
  }

  classButton(label, theme) {
    const name = this.words("class_name", { label });
    const attributes = { type: "button", "data-testid": `draw-class-${label}`, title: name, "aria-label": name };
    const button = element("button", attributes, classMark(label, theme));
    button.addEventListener("click", () => this.choose(label));
    return button;
  }
}
