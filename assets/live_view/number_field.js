/* A field for one number. What it does not take it says in a sentence, and keeps, so that it can be mended. */

import { element, setText } from "./dom.js";
import { trimmed } from "./numbers.js";

export class NumberField {
  /** `changed` is called with each number that is typed and taken. */
  constructor(words, name, changed, id) {
    this.words = words;
    this.name = name;
    this.changed = changed;
    this.value = null;
    const named = { "data-testid": id, "aria-label": name, inputmode: "decimal", autocomplete: "off", spellcheck: "false" };
    this.input = element("input", { type: "text", ...named });
    this.refused = element("span", { class: "refused", role: "alert", hidden: "" });
    this.root = element("label", { class: "number-field" }, element("span", {}, name), this.input, this.refused);
    this.input.addEventListener("change", () => this.read());
  }

  allow(low, high, isWhole = false) {
    Object.assign(this, { low, high, isWhole });
  }

  read() {
    const text = this.input.value.trim();
    const value = text === "" ? NaN : Number(text.replace(",", ".").replace("\u2212", "-"));
    const isTaken = value >= this.low && value <= this.high && (!this.isWhole || Number.isInteger(value));
    this.refuse(isTaken ? null : text);
    if (isTaken) {
      this.value = value;
      this.changed(value);
    }
  }

  refuse(text) {
    const [low, high] = [this.low, this.high].map(trimmed);
    const key = this.isWhole ? "field_refused_whole" : "field_refused";
    setText(this.refused, text === null ? "" : this.words(key, { name: this.name, value: text || "\u2026", low, high }));
    this.refused.hidden = text === null;
    this.input.setAttribute("aria-invalid", text !== null);
  }

  /** The present number, or null. What is being typed, or was refused, stays until the number is another. */
  show(value) {
    if (value === this.value) {
      return;
    }
    this.value = value;
    this.refuse(null);
    this.input.value = value === null ? "" : trimmed(value);
  }
}
