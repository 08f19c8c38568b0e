/*
 * What goes in, by hand: the token, in fields, and the target that its answer is held against. Without a choice the
 * target is that of the nearest test input, or of the test input itself.
 */

import { classMark } from "./class_mark.js";
import { className } from "./class_name.js";
import { element, setAttribute, setText } from "./dom.js";
import { NumberField } from "./number_field.js";
import { trimmed } from "./numbers.js";

const MOST = 1e9; // of a value that is to be predicted, either way: see server/protocol.py

export class TokenInput {
  /** place(look): as of the stage's pin. target(value): a class or a value, or null for none chosen. */
  constructor(words, { place, target }) {
    this.words = words;
    this.events = { place, target };
    this.chosen = null;
    this.fields = [];
    this.own = this.button(null);
    this.value = new NumberField(words, words("token_target"), (value) => this.choose(value), "token-target");
    this.places = element("span", { class: "token-places" });
    this.classes = element("span", { class: "segments token-targets", role: "group", "aria-label": words("token_target") });
    this.name = element("span", { class: "token-target-name" }, words("token_target"));
    this.root = element("div", { class: "token-input", role: "group", "aria-label": words("token_input") });
    this.root.append(this.places, element("span", { class: "token-aim" }, this.name, this.value.root, this.classes));
    // What is typed into a field is no shortcut of the view.
    this.root.addEventListener("keydown", (event) => event.target.matches("input") && event.stopPropagation());
  }

  button(target) {
    const name = target === null ? "own" : target;
    const button = element("button", { type: "button", "data-testid": `token-target-${name}` });
    button.addEventListener("click", () => this.choose(target));
    return button;
  }

  choose(target) {
    this.chosen = target;
    this.events.target(target);
  }

  /** pointed: what the frame tells of the token, or null. pin: the look that is pinned, or null. placeOf(sample): in the picture. */
  update({ header, pointed, pin, theme, placeOf }) {
    this.placeOf = placeOf;
    this.build(header, theme);
    const values = pin?.at ?? [pin?.sample];
    this.fields.forEach((field, i) => field.show(Number.isFinite(values[i]) ? values[i] : null));
    const stages = pointed?.stages;
    this.root.classList.toggle("waiting", !stages);
    if (stages) {
      this.showTarget(header, stages, pin);
    }
  }

  /** Of another task everything is different. */
  build(header, theme) {
    const { task, picture } = header;
    const key = JSON.stringify([task, picture, theme.key]);
    if (key === this.key) {
      return;
    }
    this.key = key;
    this.fields = boundsOf(header).map(({ name, low, high }) => {
      const field = new NumberField(this.words, this.words(name), () => this.move(header), name);
      field.allow(low, high, name === "token_sample");
      return field;
    });
    this.places.replaceChildren(...this.fields.map(({ root }) => root));
    this.isClassification = task.score === "accuracy";
    const labels = this.isClassification ? Array.from({ length: task.num_outputs }, (_, label) => label) : [];
    this.labels = labels.map((label) => {
      const button = this.button(label);
      button.append(classMark(label, theme), className(header, label));
      return button;
    });
    this.classes.replaceChildren(this.own, ...this.labels);
    this.name.hidden = !this.isClassification;
    this.value.root.hidden = this.isClassification;
    this.value.allow(-MOST, MOST);
    if (this.chosen !== null && this.task !== undefined && this.task !== task.name) {
      this.choose(null);
    }
    this.task = task.name;
  }

  /** A field was changed: the token is where they all say. */
  move(header) {
    const values = this.fields.map(({ value }) => value);
    if (values.every(Number.isFinite)) {
      this.events.place(lookOf(header, values, this.placeOf));
    }
  }

  /** A recording is of no chosen target. */
  showTarget(header, { target, nearest }, pin) {
    const chosen = header.recorded ? null : this.chosen;
    const own = this.isClassification ? className(header, nearest[0]) : trimmed(nearest[0]);
    const kind = (pin?.sample ?? null) === null ? "nearest" : "own";
    setText(this.own, this.words(`token_target_${kind}`, { target: own }));
    setAttribute(this.own, "title", this.words(`token_target_${kind}_hint`));
    setAttribute(this.own, "aria-pressed", chosen === null);
    this.labels.forEach((button, label) => {
      setAttribute(button, "aria-pressed", chosen === label);
      setAttribute(button, "title", this.words("token_target_hint", { target: className(header, label) }));
    });
    this.value.show(target[0]);
  }
}

/** What a token's numbers are called, and what they can be. */
function boundsOf({ picture, task: { bounds, num_test: count } }) {
  const [left, right, bottom, top] = bounds ?? [];
  const across = { name: picture === "plane" ? "token_x1" : "token_x", low: left, high: right };
  const places = { plane: [across, { name: "token_x2", low: bottom, high: top }], line: [across] };
  return places[picture] ?? [{ name: "token_sample", low: 0, high: count - 1 }];
}

/** The look at a place that was typed: see Stage.lookAt. */
export function lookOf({ task: { bounds } }, values, placeOf) {
  if (!bounds) {
    return { place: placeOf(values[0]), at: null, sample: values[0] };
  }
  const [left, right, bottom, top] = bounds;
  const [x, y = (bottom + top) / 2] = values;
  return { place: { x: (x - left) / (right - left), y: (top - y) / (top - bottom) }, at: values, sample: null };
}
