/* The picture as a table, for readers who cannot see it. It changes rarely, so that it can be read. */

import { element } from "./dom.js";

export class Summary {
  constructor(words) {
    this.words = words;
    this.root = element("table", { class: "unseen" });
  }

  update({ header, arrays }, state) {
    const { words } = this;
    const percent = (share) => `${(100 * share).toFixed(1)}%`;
    const rows = [
      [words("state_name"), words(`chip_${state}`)],
      [words("step_name"), String(header.step)],
      [words("accuracy"), header.metrics.test_accuracy === null ? "–" : percent(header.metrics.test_accuracy)],
      ...Array.from(arrays.load, (load, expert) => [words("expert", { expert: expert + 1 }), percent(load)]),
    ];
    this.root.replaceChildren(
      element("caption", {}, words("summary_title")),
      ...rows.map(([name, value]) => {
        return element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, value));
      }),
    );
  }
}
