/* The picture as a table, for readers who cannot see it. It changes rarely, so that it can be read. */

import { className } from "./class_name.js";
import { named } from "./curves.js";
import { element } from "./dom.js";
import { stretches } from "./line.js";
import { fixed, percent } from "./numbers.js";

export class Summary {
  constructor(words) {
    this.words = words;
    this.table = element("table");
    // A table grows with what it holds, whatever its width: only what stands around it can be kept from widening the page.
    this.root = element("div", { class: "unseen" }, this.table);
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
      ...Array.from(arrays.load, (_, expert) => [words("expert", { expert: expert + 1 }), this.workOf(expert, header, arrays)]),
      ...(header.picture === "line" ? [[words("line_title"), this.owners(arrays)]] : []),
    ];
    this.table.replaceChildren(
      element("caption", {}, words("summary_title")),
      ...rows.map(([name, value]) => {
        return element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, value));
      }),
    );
  }

  /** An expert's load; where classes are drawn, also what it consists of. */
  workOf(expert, header, { load, expert_class: counts }) {
    if (!counts) {
      return percent(load[expert]);
    }
    const classes = counts.length / load.length;
    const row = Array.from(counts.subarray(expert * classes, (expert + 1) * classes));
    const total = row.reduce((sum, count) => sum + count, 0);
    const parts = row.map((count, label) =>
      this.words("class_share", { label: className(header, label), percent: percent(count / total) }),
    );
    const given = parts.filter((_, label) => row[label] > 0).join(", ");
    return given ? this.words("summary_classes", { load: percent(load[expert]), given }) : percent(load[expert]);
  }

  owners(arrays) {
    const parts = stretches(arrays).map(({ expert, from, to }) =>
      this.words("stretch", { expert: expert + 1, from: fixed(from, 2), to: fixed(to, 2) }),
    );
    return parts.join("; ");
  }
}
