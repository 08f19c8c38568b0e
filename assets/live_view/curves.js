/* The curves of a run, one above the other over the same steps, each with its present values printed. */

import { Chart } from "./chart.js";
import { element, setText } from "./dom.js";
import { HISTORY } from "./frame.js";
import { Surface } from "./surface.js";

const FIRST_STEPS = 100; // the axis starts this long
const LOSS_ROOM = 1.5; // the loss axis reaches this many times the untrained loss; what diverges runs out at the top

const column = (rows, name) => rows.map((row) => row[HISTORY.indexOf(name)]).filter(Number.isFinite);

function lossDomain(rows) {
  const untrained = Math.max(...["test_loss", "plain_test_loss"].map((name) => rows[0]?.[HISTORY.indexOf(name)] ?? 1));
  const largest = Math.max(...column(rows, "test_loss"), ...column(rows, "train_loss"), 0.1);
  return [0, roundUp(Math.min(LOSS_ROOM * untrained, largest))];
}

function accuracyDomain(rows) {
  const lowest = Math.min(...column(rows, "test_accuracy"), ...column(rows, "plain_test_accuracy"), 0.9);
  return [Math.max(0, Math.floor(10 * lowest) / 10), 1];
}

const expertsDomain = (rows, header) => [1, Math.max(2, Math.round(1 / header.fair_share))];

/** The next number up that reads well on an axis. */
function roundUp(value) {
  const unit = 10 ** Math.floor(Math.log10(value));
  return [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((factor) => factor * unit >= 0.999 * value) * unit;
}

/** What has diverged would need a dozen digits. */
function brief(value, digits) {
  return value < 1000 ? value.toFixed(digits) : value.toExponential(1);
}

const fixed = (digits) => (value) => value.toFixed(digits);

const CHARTS = [
  {
    title: "loss",
    digits: 3,
    domain: lossDomain,
    format: (value) => String(Number(value.toPrecision(2))),
    lines: [
      { column: "train_loss", kind: "train" },
      { column: "plain_test_loss", kind: "plain" },
      { column: "test_loss", kind: "test" },
    ],
  },
  {
    title: "accuracy",
    digits: 3,
    domain: accuracyDomain,
    format: fixed(1),
    lines: [
      { column: "plain_test_accuracy", kind: "plain" },
      { column: "test_accuracy", kind: "test" },
    ],
  },
  {
    title: "effective_experts",
    digits: 2,
    domain: expertsDomain,
    format: fixed(0),
    steps: true,
    lines: [{ column: "effective_experts", kind: "test" }],
  },
];

export class Curves {
  /** `resized` is called when a chart has another size. */
  constructor(words, resized) {
    this.words = words;
    this.resized = resized;
    this.panels = CHARTS.map((chart) => this.panel(chart));
    this.plain = element("p", { class: "plain-network" });
    this.root = element("div", { class: "curves" }, ...this.panels.map((panel) => panel.root), this.plain);
  }

  panel(definition) {
    const canvas = element("canvas", { role: "img", "aria-label": this.words(definition.title) });
    const values = new Map();
    const legend = [...definition.lines].reverse().map(({ column: name, kind }) => {
      const value = element("span", { class: "value" });
      values.set(name, value);
      const words = definition.lines.length > 1 ? [element("span", { class: `sample ${kind}` }), this.words(kind)] : [];
      return element("span", { class: "entry" }, ...words, value);
    });
    const head = element(
      "div",
      { class: "chart-head", title: this.words(`${definition.title}_hint`) },
      element("span", { class: "chart-title" }, this.words(definition.title)),
      ...legend,
    );
    const plot = element("div", { class: "plot" }, canvas);
    const root = element("div", { class: definition.steps ? "panel with-steps" : "panel" }, head, plot);
    const surface = new Surface(canvas, this.resized);
    return { root, surface, values, digits: definition.digits, chart: new Chart(surface, definition) };
  }

  update(record, theme) {
    const lastStep = axisLength(Math.max(record.header.step, record.rows.at(-1)?.[0] ?? 0));
    setText(this.plain, this.words("plain_network", { width: record.header.plain_hidden }));
    for (const { chart, surface, values, digits } of this.panels) {
      for (const [name, node] of values) {
        const value = record.header.metrics[name] ?? record.latest(name);
        setText(node, value === null ? "–" : brief(value, digits));
      }
      if (surface.isVisible) {
        chart.draw(record, theme, lastStep);
      }
    }
  }

  dispose() {
    this.panels.forEach((panel) => panel.surface.dispose());
  }
}

/** The axis grows by a fifth or so at a time, so that the lines do not creep. */
function axisLength(step) {
  return step < FIRST_STEPS ? FIRST_STEPS : roundUp(1.02 * step);
}
