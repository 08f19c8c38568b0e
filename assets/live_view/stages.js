/* Slow motion: the five stages of one step, lighting up in turn, each with its own numbers. */

import { element, setAttribute, setText } from "./dom.js";
import { fixed } from "./numbers.js";

export const STAGES = ["forward", "route", "loss", "backward", "update"];

export class Stages {
  constructor(words) {
    this.words = words;
    this.items = STAGES.map((name) => {
      const numbers = element("span", { class: "stage-numbers" });
      const title = element("span", { class: "stage-name" }, words(`stage_${name}`));
      const attributes = { class: "step-stage", title: words(`stage_${name}_hint`), "data-stage": name };
      return { name, numbers, root: element("li", attributes, title, numbers) };
    });
    const attributes = { class: "stages", "aria-label": words("stages_title"), "data-testid": "stages", hidden: "" };
    this.root = element("ol", attributes, ...this.items.map((item) => item.root));
  }

  /** Shown in slow motion only. The numbers of a stage stay until the next step comes to it. */
  update({ header }) {
    const { stage } = header;
    this.root.hidden = !stage;
    if (!stage) {
      return;
    }
    const present = STAGES.indexOf(stage.name);
    this.items.forEach((item, i) => {
      item.root.classList.toggle("later", i > present);
      if (item.name === stage.name) {
        setAttribute(item.root, "aria-current", "step");
        setText(item.numbers, this.numbersOf(stage));
      } else {
        item.root.removeAttribute("aria-current");
      }
    });
  }

  numbersOf({ name, numbers }) {
    const printed = Object.entries(numbers).map(([number, value]) => [number, print(value)]);
    return this.words(`stage_${name}_numbers`, Object.fromEntries(printed));
  }
}

function print(value) {
  if (value === null) {
    return "–";
  }
  if (Number.isInteger(value)) {
    return value.toLocaleString("en");
  }
  return Math.abs(value) >= 0.0995 ? fixed(value, 2) : value.toPrecision(2).replace("-", "\u2212");
}
