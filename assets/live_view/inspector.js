/*
 * Every number that the layer has for one input, in the order in which they come about: a table with a row an expert,
 * and below it the formulas that lead from there to the answer. Of several classes one is followed: the likeliest,
 * unless another is chosen.
 */

import { className } from "./class_name.js";
import { element, setAttribute, setText } from "./dom.js";
import { fixed, MISSING, percent, precise } from "./numbers.js";
import { TraceTable } from "./trace_table.js";
import { classWay, gateWay, indexOfLargest, sumOf } from "./way.js";

export class Inspector {
  /** pointAt(expert or null): the row under the pointer. changed(): another class is followed. */
  constructor(words, { pointAt = () => {}, changed = () => {} } = {}) {
    this.words = words;
    this.changed = changed;
    this.label = null; // the class that was chosen to be followed
    this.buttons = [];
    const line = (name, attributes = {}) => element("p", { class: name, ...attributes });
    this.title = line("inspector-title");
    this.answer = line("answer", { "data-testid": "mixture-answer" });
    this.truth = line("truth", { "data-testid": "truth" });
    this.table = new TraceTable(words, pointAt);
    this.features = line("way", { "data-testid": "features" });
    this.gate = line("way", { "data-testid": "way-gate" });
    this.sum = line("way", { "data-testid": "formula" });
    this.ofClass = line("way", { "data-testid": "way-class" });
    const group = { class: "shares", role: "group", "aria-label": words("all_classes"), title: words("all_classes") };
    this.classes = element("div", group);
    this.empty = line("inspector-empty");
    this.full = element(
      "div",
      { class: "inspector-full" },
      element("div", { class: "outcome" }, this.title, this.answer, this.truth),
      element("div", { class: "trace-frame", tabindex: "0" }, this.table.root),
      element("div", { class: "ways" }, this.features, this.gate, this.sum, this.ofClass, this.classes),
    );
    this.root = element("div", { class: "inspector", "data-testid": "inspector" }, this.empty, this.full);
    this.full.hidden = true;
  }

  /** highlight: the expert that is pointed at anywhere in the view, or null. */
  update({ header }, { highlight = null } = {}) {
    const pointed = header.pointed ?? null;
    this.empty.hidden = pointed !== null;
    this.full.hidden = pointed === null;
    if (pointed === null) {
      setText(this.empty, this.words(`inspector_empty_${header.picture}`));
      return;
    }
    const { experts, answer, probabilities, shared } = pointed;
    const nameOf = (label) => className(header, label);
    if (!(this.label < answer.length)) {
      this.label = null;
    }
    const label = probabilities ? (this.label ?? indexOfLargest(answer)) : 0;
    setText(this.title, this.titleOf(pointed));
    this.conclude(pointed, nameOf);
    setText(this.features, this.featuresOf(pointed));
    this.table.update(pointed, label, nameOf, highlight);
    const shown = highlight < experts.length ? highlight : null;
    setText(this.gate, gateWay(experts, shown ?? indexOfLargest(experts.map(({ gate }) => gate)), this.words));
    const sum = sumOf(experts, answer, label, shared);
    const way = `way_sum_${probabilities ? "class" : "number"}${shared ? "_shared" : ""}`;
    setText(this.sum, this.words(way, { label: nameOf(label), sum }));
    setText(this.ofClass, probabilities ? classWay(pointed, label, this.words) : "");
    this.offer(probabilities ?? [], label, nameOf);
  }

  titleOf({ inputs, sample }) {
    if (sample !== null) {
      return this.words("inspector_sample", { sample });
    }
    const place = inputs.slice(0, 2).map((value) => fixed(value ?? NaN, 2)); // after it come functions of it
    return this.words("inspector_place", { place: place.join(", ") });
  }

  /** What the models see of a place, where that is more than its coordinates. No line ends inside an equation. */
  featuresOf({ features }) {
    const seen = Object.entries(features ?? {}).map(([name, value]) => `${name} = ${precise(value)}`);
    const whole = seen.map((equation) => equation.replaceAll(" ", "\u00a0"));
    return whole.length ? this.words("inspector_features", { features: whole.join(", ") }) : "";
  }

  /** What comes out, and where it is known what should have. */
  conclude({ answer, probabilities, target, loss }, nameOf) {
    const { words } = this;
    const label = probabilities ? indexOfLargest(answer) : 0;
    const said = probabilities
      ? words("answer_class", { label: nameOf(label), probability: precise(probabilities[label]) })
      : words("answer_number", { value: precise(answer[0]) });
    setText(this.answer, said);
    const isKnown = target !== null && target !== undefined;
    const truth = probabilities ? ["truth_class", nameOf(target)] : ["truth_number", precise(target)];
    setText(this.truth, isKnown ? words(truth[0], { target: truth[1], loss: precise(loss) }) : "");
    setAttribute(this.truth, "data-known", isKnown);
  }

  /** Every class with its probability, as a button that has it followed. */
  offer(probabilities, label, nameOf) {
    while (this.buttons.length < probabilities.length) {
      this.buttons.push(this.button(this.buttons.length));
    }
    this.buttons.length = probabilities.length;
    if (this.classes.children.length !== probabilities.length) {
      this.classes.replaceChildren(...this.buttons);
    }
    probabilities.forEach((share, i) => {
      const shown = Number.isFinite(share) ? percent(share) : MISSING;
      setText(this.buttons[i], this.words("class_share", { label: nameOf(i), percent: shown }));
      setAttribute(this.buttons[i], "aria-pressed", i === label);
    });
  }

  button(label) {
    const button = element("button", { type: "button", "data-testid": `follow-${label}` });
    button.addEventListener("click", () => {
      this.label = label;
      this.changed();
    });
    return button;
  }
}
