/* One stage of a token: its name, its formula with the numbers in it, its bars, and, while it is lit, what it is about
 * and the lines of source that compute it. */

import { element, setAttribute } from "./dom.js";
import { ExpertRow } from "./expert_row.js";
import { show } from "./formula.js";
import { cellsOf, SIGNED } from "./token_cells.js";
import { FORMULAS } from "./token_formulas.js";
import { rowsOf } from "./token_names.js";

export class TokenStage {
  /** choose(name): its name was clicked. row: what draws its numbers. beside: more controls of the stage. */
  constructor(words, name, number, { choose, row = new ExpertRow(), beside = [] }) {
    this.words = words;
    this.name = name;
    this.row = row;
    const title = [element("span", { class: "token-count" }, String(number)), words(`token_${name}`)];
    this.title = element("button", { type: "button", class: "token-name", "data-testid": `token-stage-${name}` }, ...title);
    this.title.addEventListener("click", () => choose(name));
    this.formula = element("p", { class: "token-formula", "data-testid": `token-formula-${name}` });
    this.about = element("p", { class: "token-about" }, words(`token_${name}_about`));
    this.source = element("div", { class: "token-source" });
    this.more = element("div", { class: "token-more", hidden: "" }, this.about, this.source);
    const head = element("div", { class: "token-head" }, this.title, ...beside);
    this.say = element("div", { class: "token-say" }, head, this.formula);
    this.names = element("p", { class: "token-names" });
    this.numbers = element("div", { class: "token-numbers" }, this.names, row.root);
    this.root = element("li", { class: "token-stage", "data-stage": name }, this.say, this.numbers, this.more);
  }

  /** sources: [{ path, line, text }], as in ui/source.py. */
  take(sources) {
    const key = JSON.stringify(sources);
    if (this.sourceKey !== key) {
      this.sourceKey = key;
      this.source.replaceChildren(...sources.map((source) => this.listing(source)));
    }
  }

  listing({ path, line: first, text }) {
    const lines = text.split("\n");
    const key = lines.length > 1 ? "token_source" : "token_source_line";
    const where = this.words(key, { path, first, last: first + lines.length - 1 });
    const numbered = lines.map((line, i) => element("span", { class: "line", "data-number": first + i }, `${line}\n`));
    const listing = element("pre", { tabindex: "0", "aria-label": where }, element("code", {}, ...numbered));
    return element("figure", {}, element("figcaption", {}, where), listing);
  }

  /** Before a room all stages are in one screenful: the names go on where the formula ends, and take no line. */
  present(isPresented) {
    if (isPresented !== (this.names.parentNode === this.say)) {
      isPresented ? this.say.append(this.names) : this.numbers.prepend(this.names);
    }
  }

  light(lit) {
    const isLit = lit === this.name;
    this.root.classList.toggle("dim", lit !== null && !isLit);
    setAttribute(this.title, "aria-expanded", isLit);
    this.more.hidden = !isLit;
    if (isLit) {
      this.root.setAttribute("aria-current", "step");
      this.root.scrollIntoView({ block: "nearest" });
    } else {
      this.root.removeAttribute("aria-current");
    }
  }

  /** token: as in token_cells.js, with the expert that is followed. logits: what the bars of the logits stand for. */
  update(token, logits) {
    this.row.update(cellsOf(this.name, token, logits), SIGNED.includes(this.name));
    show(this.formula, FORMULAS[this.name](token, this.words));
    this.nameRows(rowsOf(this.name, token), token);
  }

  /** A row without a name has nothing in it. */
  nameRows(rows, { label }) {
    const key = JSON.stringify([rows, label]);
    if (this.rowsKey === key) {
      return;
    }
    this.rowsKey = key;
    this.row.root.hidden = rows.length === 0;
    const names = rows.map((row) => this.words(`token_row_${row}`, { label }));
    const spans = rows.map((row, i) => element("span", { title: this.words(`token_row_${row}_hint`) }, names[i]));
    this.names.replaceChildren(...spans);
    setAttribute(this.names, "data-rows", this.name === "logits" ? 1 : rows.length);
    this.row.root.setAttribute("aria-label", [this.words(`token_${this.name}`), ...names].join(", "));
  }
}
