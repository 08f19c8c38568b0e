/*
 * What a part says of itself to the pointer that rests on it, it says to who comes to it by keyboard too: browsers show
 * a title to the pointer only.
 */

import { element, setText } from "./dom.js";

const AWAY = 6; // pixels below the part

export class Hints {
  /** root: the view, of whose parts any may have a title. */
  constructor(root) {
    this.root = root;
    // A screen reader has the title itself.
    this.box = element("div", { class: "hint", "aria-hidden": "true", "data-testid": "hint", hidden: "" });
    root.append(this.box);
    root.addEventListener("focusin", ({ target }) => this.show(target));
    root.addEventListener("focusout", () => this.hide());
    root.addEventListener("keydown", () => this.hide(), true); // whoever goes on has read it
  }

  show(part) {
    if (!part.title || !part.matches(":focus-visible")) {
      return;
    }
    setText(this.box, part.title);
    this.box.hidden = false;
    const [view, about, own] = [this.root, part, this.box].map((node) => node.getBoundingClientRect());
    const left = Math.max(0, Math.min(about.left - view.left, view.width - own.width));
    this.box.style.translate = `${left}px ${about.bottom - view.top + AWAY}px`;
  }

  hide() {
    this.box.hidden = true;
  }
}
