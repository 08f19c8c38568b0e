/* Every number that the layer has for one input: a row an expert, and how the answer is made of theirs. */

import { element, setAttribute, setText } from "./dom.js";
import { fixed, percent } from "./numbers.js";
import { css, expertColour, inkOn } from "./palette.js";

const DIGITS = 3;
const HUGE = 1e4; // what has diverged would need a dozen digits
const MISSING = "–";
const KILLED = -5e8; // a logit below it is that of an expert that was killed
const MOST_DIFFERENCE = 1e-6; // below it, what the router compares are the logits

const COLUMNS = ["expert", "logit", "selection", "probability", "chosen", "gate", "answer"];

export function softmax(values) {
  const largest = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/** A number as it is printed, or a dash for one that is not finite and so not sent. */
function print(value) {
  if (!Number.isFinite(value)) {
    return MISSING;
  }
  return Math.abs(value) < HUGE ? fixed(value, DIGITS) : value.toExponential(1).replace("-", "\u2212");
}

export class Inspector {
  /** `pointAt` is called with the expert whose row the pointer is on, or null. */
  constructor(words, { pointAt = () => {} } = {}) {
    this.words = words;
    this.pointAt = pointAt;
    this.rows = [];
    this.title = element("p", { class: "inspector-title" });
    this.heads = Object.fromEntries(COLUMNS.map((name) => [name, this.head(name)]));
    this.body = element("tbody");
    const head = element("thead", {}, element("tr", {}, ...Object.values(this.heads)));
    const table = element("table", { class: "trace" }, head, this.body);
    this.formula = element("p", { class: "formula", "data-testid": "formula" });
    this.answer = element("p", { class: "answer", "data-testid": "mixture-answer" });
    this.classes = element("p", { class: "probabilities" });
    this.truth = element("p", { class: "truth", "data-testid": "truth" });
    this.empty = element("p", { class: "inspector-empty" });
    this.full = element(
      "div",
      { class: "inspector-full" },
      this.title,
      element("div", { class: "trace-frame", tabindex: "0" }, table),
      element("div", { class: "outcome" }, this.answer, this.truth, this.classes),
      this.formula,
    );
    this.root = element("div", { class: "inspector", "data-testid": "inspector" }, this.empty, this.full);
    this.full.hidden = true;
  }

  head(name) {
    const attributes = { scope: "col", class: name, title: this.words(`trace_${name}_hint`) };
    return element("th", attributes, this.words(`trace_${name}`));
  }

  /** highlight: the expert that is pointed at anywhere in the view, or null. */
  update({ header }, { highlight = null } = {}) {
    const { pointed } = header;
    this.empty.hidden = pointed !== null && pointed !== undefined;
    this.full.hidden = !this.empty.hidden;
    if (this.full.hidden) {
      setText(this.empty, this.words(`inspector_empty_${header.picture}`));
      return;
    }
    setText(this.title, this.titleOf(pointed));
    this.build(pointed.experts.length);
    const biased = pointed.experts.some((expert) => Math.abs(expert.selection - expert.logit) > MOST_DIFFERENCE);
    this.root.classList.toggle("with-selection", biased);
    pointed.experts.forEach((expert, i) => this.fill(this.rows[i], expert, pointed, highlight, i));
    this.combine(pointed, header.task);
  }

  titleOf({ inputs, sample }) {
    if (sample !== null) {
      return this.words("inspector_sample", { sample });
    }
    return this.words("inspector_place", { place: inputs.map((value) => fixed(value ?? NaN, 2)).join(", ") });
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

  fill({ root, cells, bar, number }, expert, { probabilities }, highlight, i) {
    // The handicap of a killed expert is no score: it only stands for "never".
    const isKilled = expert.logit < KILLED;
    setText(cells.logit, isKilled ? MISSING : print(expert.logit));
    setText(cells.selection, isKilled ? MISSING : print(expert.selection));
    setText(number, print(expert.probability));
    const share = (expert.probability ?? 0).toFixed(3);
    if (bar.share !== share) {
      bar.share = share;
      bar.style.transform = `scaleX(${share})`;
    }
    const dropped = expert.chosen && !expert.kept;
    setText(cells.chosen, expert.chosen ? this.words(dropped ? "trace_dropped" : "trace_yes") : "");
    setText(cells.gate, expert.chosen ? print(expert.gate) : MISSING);
    setText(cells.answer, this.answerOf(expert.answer, probabilities !== null));
    root.classList.toggle("asked", expert.chosen);
    root.classList.toggle("dropped", dropped);
    root.classList.toggle("dimmed", highlight !== null && highlight !== i);
  }

  /** Of a classification the likeliest class and its probability, else the number. */
  answerOf(answer, isClassification) {
    if (answer.some((value) => !Number.isFinite(value))) {
      return MISSING;
    }
    if (!isClassification) {
      return answer.map(print).join(", ");
    }
    const shares = softmax(answer);
    const label = indexOfLargest(shares);
    return this.words("trace_class", { label, probability: print(shares[label]) });
  }

  combine({ experts, answer, probabilities, target, loss }) {
    const { words } = this;
    const label = probabilities ? indexOfLargest(answer) : 0;
    const name = probabilities ? words("formula_class", { label }) : words("formula_number");
    setText(this.formula, words("formula", { name, sum: sumOf(experts, answer, label) }));
    const values = probabilities ? { label, probability: print(probabilities[label]) } : { value: print(answer[0]) };
    setText(this.answer, words(probabilities ? "answer_class" : "answer_number", values));
    const all = probabilities?.map((share, i) => `${i}:\u00a0${Number.isFinite(share) ? percent(share) : MISSING}`);
    setText(this.classes, all ? words("all_classes", { all: all.join("  ") }) : "");
    const known = target !== null && target !== undefined;
    const truth = probabilities ? "truth_class" : "truth_number";
    const shown = probabilities || !known ? target : print(target);
    setText(this.truth, known ? words(truth, { target: shown, loss: print(loss) }) : "");
    setAttribute(this.truth, "data-known", known);
  }
}

/** g_1 x f_1 + g_2 x f_2 = y with the numbers in it, of those that were asked: a term an expert. */
export function sumOf(experts, answer, output) {
  const terms = experts
    .filter((expert) => expert.chosen && expert.kept)
    .map((expert) => `${print(expert.gate)} × ${signed(expert.answer[output])}`);
  return `${terms.join(" + ") || "0"} = ${print(answer[output])}`;
}

function signed(value) {
  return value < 0 ? `(${print(value)})` : print(value);
}

function indexOfLargest(values) {
  return values.reduce((best, value, i) => (value > values[best] ? i : best), 0);
}
