/* One stage's numbers, a cell an expert: a bar in the expert's colour, and its number printed. */

import { element, setAttribute, setText } from "./dom.js";
import { css, expertColour, inkOn } from "./palette.js";

const LEAST = 0.02; // a bar that is lower is none

export class ExpertRow {
  /** `dress(root, expert)` is called with each new cell, to make it more than a picture. */
  constructor(dress = () => {}) {
    this.dress = dress;
    this.cells = [];
    this.root = element("div", { class: "token-row", role: "group" });
  }

  /**
   * values: for each expert { bar, text, second, below, state }. bar and second are shares of the cell's height, from
   * -1 to 1, or null for none; text is printed below, and `below` under it. state is "asked", "idle" or "skipped".
   */
  update(values, isSigned) {
    while (this.cells.length < values.length) {
      this.cells.push(this.cell(this.cells.length));
    }
    this.cells.length = values.length;
    if (this.root.children.length !== values.length) {
      this.root.replaceChildren(...this.cells.map(({ root }) => root));
    }
    this.root.classList.toggle("signed", isSigned);
    values.forEach((value, i) => this.fill(this.cells[i], value));
  }

  cell(expert) {
    const bars = ["bar", "second"].map((name) => element("span", { class: `token-${name}` }));
    const track = element("span", { class: "token-track" }, ...bars);
    const text = element("span", { class: "token-number" });
    const below = element("span", { class: "token-below" });
    const colour = expertColour(expert);
    const style = `--expert: ${css(colour)}; --on-expert: ${css(inkOn(colour))}`;
    const root = element("div", { class: "token-cell", style, "data-expert": expert + 1 }, track, text, below);
    this.dress(root, expert);
    return { root, bars, text, below };
  }

  fill({ root, bars, text, below }, { bar, second = null, text: said, below: more = "", state }) {
    setAttribute(root, "data-state", state);
    [bar, second].forEach((share, i) => {
      const bounded = Math.max(-1, Math.min(1, share ?? 0));
      bars[i].style.setProperty("--share", Math.abs(bounded).toFixed(3));
      bars[i].classList.toggle("negative", bounded < 0);
      bars[i].hidden = share === null || Math.abs(share) < LEAST;
    });
    setText(text, said);
    setText(below, more);
  }
}
