/* The curves of a run, one above the other over the same steps, each with its present values printed. */

import { Chart } from "./chart.js";
import { element, setAttribute, setText } from "./dom.js";
import { fixed, percent, roundUp } from "./numbers.js";
import { Surface } from "./surface.js";

const FIRST_STEPS = 100; // the axis starts this long
const LOSS_ROOM = 1.5; // the loss axis reaches this many times the untrained loss; what diverges runs out at the top

const values = (record, ...names) =>
  names.flatMap((name) => record.rows.map((row) => row[record.column(name)]).filter(Number.isFinite));

function lossDomain(record) {
  const first = ["test_loss", "plain_test_loss", "wide_test_loss"].map((name) => record.rows[0]?.[record.column(name)]);
  const untrained = Math.max(...first.map((loss) => loss ?? 1));
  const largest = Math.max(...values(record, "test_loss", "train_loss"), 0.1);
  return [0, roundUp(Math.min(LOSS_ROOM * untrained, largest))];
}

/** What scores less than nothing runs out at the bottom. */
function scoreDomain(record) {
  const lowest = Math.min(...values(record, "test_score", "plain_test_score", "wide_test_score"), 0.9);
  return [Math.max(0, Math.floor(10 * lowest) / 10), 1];
}

const expertsDomain = ({ header }) => [1, Math.max(2, Math.round(1 / header.fair_share))];

/** What has diverged would need a dozen digits. */
const loss = (value) => (value < 1000 ? value.toFixed(3) : value.toExponential(1));

/** title(task), hint(task): keys of words. print: a value beside the title; format: one on the axis. */
const CHARTS = [
  {
    title: () => "loss",
    hint: (task) => named("loss_hint", task),
    print: loss,
    domain: lossDomain,
    format: (value) => String(Number(value.toPrecision(2))),
    lines: [
      { column: "train_loss", kind: "train" },
      { column: "wide_test_loss", kind: "wide" },
      { column: "plain_test_loss", kind: "plain" },
      { column: "test_loss", kind: "test" },
    ],
  },
  {
    title: (task) => named("score", task),
    hint: (task) => named("score_hint", task),
    print: percent,
    domain: scoreDomain,
    format: (value) => `${Math.round(100 * value)}%`,
    lines: [
      { column: "wide_test_score", kind: "wide" },
      { column: "plain_test_score", kind: "plain" },
      { column: "test_score", kind: "test" },
    ],
  },
  {
    title: () => "effective_experts",
    hint: () => "effective_experts_hint",
    print: (value) => fixed(value, 2),
    domain: expertsDomain,
    format: (value) => fixed(value, 0),
    steps: true,
    lines: [{ column: "effective_experts", kind: "test" }],
  },
];

const RIVALS = ["plain", "wide"];

/** The key of words that depend on what the task's score is. */
export function named(key, task) {
  return `${key}_${task.score.replaceAll(" ", "_")}`;
}

export class Curves {
  /** `resized` is called when a chart has another size. `only`: the one curve that is wanted, by its column. */
  constructor(words, resized, only = null) {
    this.words = words;
    this.resized = resized;
    const charts = CHARTS.filter(({ lines }) => !only || lines.some(({ column }) => column === only));
    this.panels = charts.map((chart) => this.panel(chart));
    this.rivals = RIVALS.map((kind) => ({ kind, text: element("span") }));
    const rows = this.rivals.map(({ kind, text }) =>
      element("p", { class: "strokes" }, element("span", { class: `sample ${kind}` }), text),
    );
    this.root = element("div", { class: "curves" }, ...this.panels.map((panel) => panel.root), this.own(), ...rows);
  }

  /** What the mixture's lines are, where the charts' heads have no room to name them. */
  own() {
    const parts = ["test", "train"].flatMap((kind) => [
      element("span", { class: `sample ${kind}` }),
      element("span", {}, this.words(`${kind}_line`)),
    ]);
    return element("p", { class: "strokes own" }, ...parts);
  }

  panel(definition) {
    const canvas = element("canvas", { role: "img" });
    const numbers = new Map();
    const legend = [...definition.lines].reverse().map(({ column, kind }) => {
      const number = element("span", { class: "value" });
      numbers.set(column, number);
      const name = element("span", { class: "name" }, this.words(kind));
      const words = definition.lines.length > 1 ? [element("span", { class: `sample ${kind}` }), name] : [];
      return element("span", { class: "entry", "data-testid": column }, ...words, number);
    });
    const title = element("span", { class: "chart-title" });
    const head = element("div", { class: "chart-head" }, title, ...legend);
    const plot = element("div", { class: "plot" }, canvas);
    const root = element("div", { class: definition.steps ? "panel with-steps" : "panel" }, head, plot);
    const surface = new Surface(canvas, this.resized);
    return { root, canvas, title, head, surface, numbers, definition, chart: new Chart(surface, definition) };
  }

  update(record, theme) {
    const { header } = record;
    const lastStep = axisLength(Math.max(header.step, record.latest("step") ?? 0));
    for (const { kind, text } of this.rivals) {
      setText(text, this.words(`${kind}_network`, { width: header[`${kind}_hidden`] }));
    }
    for (const panel of this.panels) {
      this.name(panel, header.task);
      for (const [column, node] of panel.numbers) {
        const value = header.metrics[column] ?? record.latest(column);
        setText(node, value === null ? "–" : panel.definition.print(value));
      }
      if (panel.surface.isVisible) {
        panel.chart.draw(record, theme, lastStep);
      }
    }
  }

  name({ title, head, canvas, definition }, task) {
    const name = this.words(definition.title(task));
    setText(title, name);
    setAttribute(canvas, "aria-label", name);
    setAttribute(head, "title", this.words(definition.hint(task)));
  }

  dispose() {
    this.panels.forEach((panel) => panel.surface.dispose());
  }
}

/** The axis grows by a fifth or so at a time, so that the lines do not creep. */
function axisLength(step) {
  return step < FIRST_STEPS ? FIRST_STEPS : roundUp(1.02 * step);
}
