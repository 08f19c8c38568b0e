/* One input at every expert: a row an expert, a column for each thing that the router and the expert make of it. */

import { element, setAttribute, setText } from "./dom.js";
import { MISSING, precise } from "./numbers.js";
import { css, expertColour, inkOn } from "./palette.js";
import { gateRule, indexOfLargest, isKilled, isShut, probabilityRule, softmax } from "./way.js";

const LEAST_DIFFERENCE = 1e-6; // below it, what the router compares are the logits

/** From left to right, as one follows from the other. */
const COLUMNS = ["expert", "logit", "selection", "probability", "chosen", "gate", "output", "class"];

export class TraceTable {
  /** `pointAt` is called with the expert whose row the pointer is on, or null. */
  constructor(words, pointAt) {
    this.words = words;
    this.pointAt = pointAt;
    this.rows = [];
    this.heads = Object.fromEntries(COLUMNS.map((name) => [name, this.head(name)]));
    this.body = element("tbody");
    const head = element("thead", {}, element("tr", {}, ...Object.values(this.heads).map(({ root }) => root)));
    this.root = element("table", { class: "trace" }, head, this.body);
  }

  /** A column's name, and below it how it comes from the one before. */
  head(name) {
    const title = element("span", {}, this.words(`trace_${name}`));
    const how = element("span", { class: "how" });
    const attributes = { scope: "col", class: name, title: this.words(`trace_${name}_hint`) };
    return { title, how, root: element("th", attributes, title, how) };
  }

  /**
   * label: the class whose scores are shown. nameOf(label): what a class is called. highlight: the expert that is pointed
   * at anywhere in the view, or null.
   */
  update({ experts, probabilities }, label, nameOf, highlight) {
    const isClassification = probabilities !== null;
    this.build(experts.length);
    const isBiased = experts.some((expert) => Math.abs(expert.selection - expert.logit) > LEAST_DIFFERENCE);
    this.root.classList.toggle("with-selection", isBiased);
    this.root.classList.toggle("with-class", isClassification);
    this.nameOf = nameOf;
    this.explain(experts, isClassification ? label : null);
    experts.forEach((expert, i) => this.fill(this.rows[i], expert, isClassification ? label : null));
    this.rows.forEach(({ root }, i) => root.classList.toggle("dimmed", highlight !== null && highlight !== i));
  }

  explain(experts, label) {
    const { heads, words } = this;
    const output = label === null ? "trace_output" : "trace_output_class";
    setText(heads.output.title, words(output, { label: label === null ? "" : this.nameOf(label) }));
    setAttribute(heads.output.root, "title", words(`${output}_hint`));
    const count = experts.filter(({ chosen }) => chosen).length;
    const how = {
      logit: "trace_logit_how",
      selection: "trace_selection_how",
      probability: `trace_probability_how_${probabilityRule(experts)}`,
      chosen: "trace_chosen_how",
      gate: `trace_gate_how_${gateRule(experts)}`,
      output: "trace_output_how",
      class: "trace_class_how",
    };
    for (const [name, key] of Object.entries(how)) {
      setText(heads[name].how, words(key, { count, experts: experts.length }));
    }
  }

  build(count) {
    while (this.rows.length < count) {
      this.rows.push(this.row(this.rows.length));
    }
    this.rows.length = count;
    if (this.body.children.length !== count) {
      this.body.replaceChildren(...this.rows.map((row) => row.root));
    }
  }

  row(expert) {
    const colour = expertColour(expert);
    const cells = Object.fromEntries(COLUMNS.slice(1).map((name) => [name, element("td", { class: name })]));
    const bar = element("span", { class: "probability-bar" });
    const number = element("span");
    cells.probability.append(bar, number);
    const chip = element("span", { class: "chip-number" }, String(expert + 1));
    const name = element("th", { scope: "row", "aria-label": this.words("expert", { expert: expert + 1 }) }, chip);
    const style = `--expert: ${css(colour)}; --on-expert: ${css(inkOn(colour))}`;
    const root = element("tr", { "data-expert": expert + 1, style }, name, ...Object.values(cells));
    root.addEventListener("pointerenter", () => this.pointAt(expert));
    root.addEventListener("pointerleave", () => this.pointAt(null));
    return { root, cells, bar, number };
  }

  fill({ root, cells, bar, number }, expert, label) {
    setText(cells.logit, isKilled(expert) ? MISSING : precise(expert.logit));
    setText(cells.selection, isShut(expert) ? MISSING : precise(expert.selection));
    setText(number, precise(expert.probability));
    const share = (expert.probability ?? 0).toFixed(3);
    if (bar.share !== share) {
      bar.share = share;
      bar.style.transform = `scaleX(${share})`;
    }
    const dropped = expert.chosen && !expert.kept;
    setText(cells.chosen, expert.chosen ? this.words(dropped ? "trace_dropped" : "trace_yes") : "");
    setText(cells.gate, expert.chosen ? precise(expert.gate) : MISSING);
    setText(cells.output, expert.answer.slice(label ?? 0, label === null ? undefined : label + 1).map(precise).join(", "));
    setText(cells.class, label === null ? "" : this.likeliest(expert.answer));
    root.classList.toggle("asked", expert.chosen);
    root.classList.toggle("dropped", dropped);
  }

  /** The likeliest class by one expert alone, and its probability. */
  likeliest(answer) {
    if (!answer.every(Number.isFinite)) {
      return MISSING;
    }
    const shares = softmax(answer);
    const label = indexOfLargest(shares);
    return this.words("trace_class_value", { label: this.nameOf(label), probability: precise(shares[label]) });
  }
}
