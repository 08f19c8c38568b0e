/* The line of words below the view: its state, what can be done about it, and what was refused. */

import { element, setAttribute, setText } from "./dom.js";

/** What a person has to know at once, wherever the page is scrolled to; and so whatever offers something to be done. */
const URGENT = ["recorded", "cut_off", "waiting", "lost", "stopped"];

/** Keys, and what they do. */
const SHORTCUTS = [
  [["key_space"], "key_play"],
  [["key_right"], "key_step"],
  [["key_home"], "key_rewind"],
  [["key_digits"], "key_pace"],
  [["key_p"], "key_mode"],
  [["key_escape"], "key_let_go"],
];

/** Those of a view that follows a token. */
export const TOKEN_SHORTCUTS = [
  [["key_space"], "key_play"],
  [["key_left", "key_right"], "key_stages"],
  [["key_full_stop"], "key_step"],
  [["key_home"], "key_rewind"],
  [["key_p"], "key_mode"],
  [["key_escape"], "key_put_back"],
];

export class Status {
  /** `act` is called when the offered command is pressed. keys: the shortcuts that are named, all by default. */
  constructor(words, act, keys = SHORTCUTS) {
    this.words = words;
    this.chip = element("span", { class: "chip" });
    this.text = element("span");
    this.action = element("button", { type: "button", class: "main", "data-testid": "status-action", hidden: "" });
    this.action.addEventListener("click", act);
    this.problem = element("p", { class: "problem", role: "alert", "data-testid": "problem", hidden: "" });
    this.root = element(
      "div",
      { class: "status" },
      element("div", { class: "status-line" }, element("p", { role: "status" }, this.chip, this.text), this.action),
      this.problem,
      shortcuts(words, keys),
    );
  }

  update(state, { text, action }, problem) {
    setText(this.chip, this.words(`chip_${state}`));
    setAttribute(this.chip, "data-state", state);
    setText(this.text, text);
    this.root.classList.toggle("urgent", URGENT.includes(state) || action !== null);
    setText(this.action, action ?? "");
    this.action.hidden = action === null;
    setText(this.problem, problem ?? "");
    this.problem.hidden = !problem;
  }
}

function shortcuts(words, entries) {
  return element(
    "p",
    { class: "shortcuts" },
    ...entries.map(([keys, meaning]) =>
      element("span", {}, ...keys.map((key) => element("kbd", {}, words(key))), ` ${words(meaning)}`),
    ),
  );
}
