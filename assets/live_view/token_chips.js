/* The heads of the columns: the experts by number. The formulas below are of the one that is outlined. */

import { element, setText } from "./dom.js";
import { css, expertColour, inkOn } from "./palette.js";

export class TokenChips {
  /** walk: what stands beside them, from which all stages are walked through. */
  constructor(words, walk) {
    this.words = words;
    this.said = element("span", { class: "token-followed" });
    this.chips = element("div", { class: "token-row token-chips", "aria-hidden": "true" });
    const name = element("p", { class: "token-names" }, element("span", {}, words("token_row_expert")));
    const heads = element("div", { class: "token-numbers token-heads" }, name, this.chips);
    walk.append(this.said);
    this.root = element("div", { class: "token-stage token-chip-row" }, walk, heads);
  }

  update(count, followed) {
    const { chips } = this;
    while (chips.children.length > count) {
      chips.lastChild.remove();
    }
    while (chips.children.length < count) {
      const expert = chips.children.length;
      const colour = expertColour(expert);
      const style = `--expert: ${css(colour)}; --on-expert: ${css(inkOn(colour))}`;
      chips.append(element("span", { class: "chip-number", style }, String(expert + 1)));
    }
    [...chips.children].forEach((chip, e) => chip.classList.toggle("followed", e === followed));
    setText(this.said, this.words("token_followed", { expert: followed + 1 }));
  }
}
