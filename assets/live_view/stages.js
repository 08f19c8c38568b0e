/*
 * Slow motion: the five stages of one step, lighting up in turn, each with its own numbers. Between steps, and before a
 * step has come to them, they say what they are.
 */

import { element, setAttribute, setText } from "./dom.js";
import { fixed, percent } from "./numbers.js";

const SHARES = ["largest_load"]; // numbers that are read in percent

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

  /** Shown as long as the pace is slow motion. A stage's numbers stay until the next step begins. */
  update({ header: { stage } }, pace) {
    this.root.hidden = pace !== "motion";
    const present = stage ? STAGES.indexOf(stage.name) : -1;
    this.items.forEach(({ name, numbers, root }, i) => {
      const isLit = i === present;
      if (isLit) {
        setText(numbers, this.numbersOf(stage));
        setAttribute(root, "aria-current", "step");
      } else {
        root.removeAttribute("aria-current");
      }
      const isToCome = i > present;
      root.classList.toggle("later", isToCome);
      if (isToCome) {
        setText(numbers, this.words(`stage_${name}_hint`));
      }
    });
  }

  numbersOf({ name, numbers }) {
    const printed = Object.entries(numbers).map(([number, value]) => [
      number,
      SHARES.includes(number) ? percent(value) : print(value),
    ]);
    const nobody = numbers.experts_asked === 0;
    return this.words(nobody ? "stage_route_nobody" : `stage_${name}_numbers`, Object.fromEntries(printed));
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
