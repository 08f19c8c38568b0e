/* The picture as a table, for readers who cannot see it. It changes rarely, so that it can be read. */

import { named } from "./curves.js";
import { element } from "./dom.js";
import { stretches } from "./line.js";
import { fixed, percent } from "./numbers.js";

export class Summary {
  constructor(words) {
    this.words = words;
    this.root = element("table", { class: "unseen" });
  }

  update({ header, arrays }, state) {
    const { words } = this;
    const scores = [
      [words(named("score", header.task)), header.metrics.test_score],
      [words("plain_score"), header.metrics.plain_test_score],
      [words("wide_score"), header.metrics.wide_test_score],
    ];
    const rows = [
      [words("state_name"), words(`chip_${state}`)],
      [words("step_name"), String(header.step)],
      ...scores.map(([name, score]) => [name, score === null ? "–" : percent(score)]),
      ...Array.from(arrays.load, (load, expert) => [words("expert", { expert: expert + 1 }), percent(load)]),
      ...(header.picture === "line" ? [[words("line_title"), this.owners(arrays)]] : []),
    ];
    this.root.replaceChildren(
      element("caption", {}, words("summary_title")),
      ...rows.map(([name, value]) => {
        return element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, value));
      }),
    );
  }

  owners(arrays) {
    const parts = stretches(arrays).map(({ expert, from, to }) =>
      this.words("stretch", { expert: expert + 1, from: fixed(from, 2), to: fixed(to, 2) }),
    );
    return parts.join("; ");
  }
}
