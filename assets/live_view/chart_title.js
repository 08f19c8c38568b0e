/* The title of a chart: where there is no room its first word stands for all of it, and a screen reader has the rest. */

import { element } from "./dom.js";

export function chartTitle() {
  return element("span", { class: "chart-title" });
}

/** brief: whether the first word may stand for all. */
export function entitle(title, name, brief = false) {
  if (title.textContent !== name) {
    const [first, ...rest] = brief ? name.split(" ") : [name];
    title.replaceChildren(first, element("span", { class: "rest" }, rest.map((word) => ` ${word}`).join("")));
  }
}
