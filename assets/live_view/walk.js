/* A walk through stages, one lit at a time: play, next and previous. Before it begins, and once it is left, none is. */

import { element, setAttribute, setText } from "./dom.js";
import { icon } from "./icons.js";

const PAUSE = 4000; // milliseconds at each stage

export class Walk {
  /** names: of the stages, in their order. `lit` is called with the name of the stage that is lit now, or null. */
  constructor(words, names, lit) {
    this.words = words;
    this.names = names;
    this.tell = lit;
    this.at = -1;
    this.previous = this.button("previous", () => this.go(this.at - 1));
    this.play = this.button("play", () => (this.timer ? this.pause() : this.start()));
    this.next = this.button("next", () => this.go(this.at + 1));
    this.leave = this.button("leave", () => this.go(-1));
    this.where = element("span", { class: "walk-where", "aria-live": "polite", "data-testid": "walk-where" });
    const attributes = { class: "walk", role: "group", "aria-label": words("walk_title") };
    this.root = element("div", attributes, this.previous, this.play, this.next, this.leave, this.where);
    this.say();
  }

  button(name, act) {
    const attributes = { type: "button", "data-testid": `walk-${name}`, title: this.words(`walk_${name}_hint`) };
    const drawings = { previous: ["back"], play: ["play"], next: ["forward"], leave: [] };
    const isPlain = ["previous", "next"].includes(name); // the arrow says it
    const said = element("span", isPlain ? { class: "unseen" } : {}, this.words(`walk_${name}`));
    const button = element("button", attributes, ...drawings[name].map(icon), said);
    button.addEventListener("click", () => {
      if (name !== "play") {
        this.pause();
      }
      act();
    });
    return button;
  }

  /** From the stage after the last back to none. */
  go(at) {
    this.at = at >= this.names.length ? -1 : Math.max(-1, at);
    if (this.at < 0) {
      this.pause();
    }
    this.say();
    this.tell(this.names[this.at] ?? null);
  }

  goTo(name) {
    this.pause();
    const at = this.names.indexOf(name);
    this.go(at === this.at ? -1 : at);
  }

  /** By a key: one stage on, or back. */
  step(by) {
    this.pause();
    this.go(this.at + by);
  }

  start() {
    this.timer = setInterval(() => this.go(this.at + 1), PAUSE);
    this.go(this.at + 1);
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    this.say();
  }

  say() {
    const { words, names, at } = this;
    const playing = this.timer ? "pause" : "play";
    this.play.firstChild.replaceWith(icon(playing));
    setText(this.play.lastChild, words(`walk_${playing}`));
    this.previous.disabled = at < 0;
    this.leave.hidden = at < 0;
    const stage = at < 0 ? "" : words(`token_${names[at]}`);
    setText(this.where, at < 0 ? "" : words("walk_at", { at: at + 1, of: names.length, stage }));
    setAttribute(this.root, "data-lit", names[at] ?? "");
  }
}
