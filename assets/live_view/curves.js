/* The curves of a run, one above the other over the same steps, each with its present values printed. */

import { lastStepOf } from "./axes.js";
import { Chart, valueNow } from "./chart.js";
import { chartTitle, entitle } from "./chart_title.js";
import { element, setAttribute, setText } from "./dom.js";
import { MarkList, marksOf } from "./marks.js";
import { fixed, percent, roundUp } from "./numbers.js";
import { linesAt } from "./step_entries.js";
import { StepReader } from "./step_reader.js";
import { Stream } from "./stream.js";
import { Strokes } from "./strokes.js";
import { Surface } from "./surface.js";

const LOSS_ROOM = 1.5; // the loss axis reaches this many times the untrained loss; what diverges runs out at the top

/** What was written down of these columns, and what they are now: a row is written only now and then. */
const values = (records, ...names) =>
  records.flatMap((record) =>
    names.flatMap((name) => {
      const written = record.rows.map((row) => row[record.column(name)]);
      return [...written, record.header.metrics[name]].filter(Number.isFinite);
    }),
  );

function lossDomain(records) {
  const names = ["test_loss", "plain_test_loss", "wide_test_loss"];
  const first = records.flatMap((record) => names.map((name) => record.rows[0]?.[record.column(name)]));
  const untrained = Math.max(...first.map((loss) => loss ?? 1));
  const largest = Math.max(...values(records, "test_loss", "train_loss"), 0.1);
  return [0, roundUp(Math.min(LOSS_ROOM * untrained, largest))];
}

/** What scores less than nothing runs out at the bottom. */
function scoreDomain(records) {
  const lowest = Math.min(...values(records, "test_score", "plain_test_score", "wide_test_score"), 0.9);
  return [Math.max(0, Math.floor(10 * lowest) / 10), 1];
}

const expertsDomain = (records) => {
  return [1, Math.max(2, ...records.map(({ header }) => Math.round(1 / header.fair_share)))];
};

/** What has diverged would need a dozen digits. */
const loss = (value) => (value < 1000 ? value.toFixed(3) : value.toExponential(1));

/** How wrong the answers are. */
export const LOSS = {
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
};

/** How good the answers are, of the mixture and of both networks beside it. */
export const SCORE = {
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
};

/**
 * From top to bottom. title(task), hint(task): keys of words. print: a value beside the title; format: one on the axis.
 * domain(records): [low, high]. beside: further columns whose values are printed and not drawn. brief: whether the
 * title's first word may stand for it where there is no room.
 */
const CHARTS = [
  LOSS,
  SCORE,
  {
    title: () => "effective_experts",
    brief: true,
    hint: () => "effective_experts_hint",
    print: (value) => fixed(value, 2),
    domain: expertsDomain,
    format: (value) => fixed(value, 0),
    steps: true,
    lines: [{ column: "effective_experts", kind: "test" }],
    beside: [{ column: "balance_loss", title: "balance_loss", print: loss }],
  },
];

/** Whether a chart draws a column. */
const isOf = ({ lines }, name) => lines.some(({ column }) => column === name);

const RIVALS = ["plain", "wide"];

/** The key of words that depend on what the task's score is. */
export function named(key, task) {
  return `${key}_${task.score.replaceAll(" ", "_")}`;
}

export class Curves {
  /**
   * `resized` is called when a chart has another size, `pointAt` with the expert under the pointer, or null, `read` with
   * the step that is read, see step_reader.js. about: the column that a page is about, whose chart comes first.
   */
  constructor(words, { resized, pointAt, read }, about = null) {
    this.words = words;
    this.resized = resized;
    this.panels = CHARTS.map((chart) => this.panel(chart));
    this.panels.forEach(({ root, definition }) => root.classList.toggle("about", isOf(definition, about)));
    this.stream = new Stream(words, resized, pointAt);
    this.strokes = new Strokes(words, ["test", "train", ...RIVALS], resized);
    this.list = new MarkList(words);
    const charts = [...this.panels, this.stream];
    const box = element("div", { class: "charts" }, ...charts.map(({ root }) => root));
    this.reader = new StepReader(words, box, charts, read);
    this.root = element("div", { class: "curves" }, box, this.strokes.root, this.list.root);
  }

  panel(definition) {
    const canvas = element("canvas", { role: "img" });
    const numbers = new Map();
    const legend = [...definition.lines].reverse().map(({ column, kind }) => {
      const number = element("span", { class: "value" });
      numbers.set(column, number);
      const name = element("span", { class: "unseen" }, this.words(kind));
      const words = definition.lines.length > 1 ? [element("span", { class: `sample ${kind}` }), name] : [];
      return element("span", { class: `entry ${kind}`, "data-testid": column }, ...words, number);
    });
    const beside = (definition.beside ?? []).map(({ column, title }) => {
      const number = element("span", { class: "value" });
      numbers.set(column, number);
      const name = element("span", { class: "term" }, this.words(title));
      return element("span", { class: "entry beside-value", "data-testid": column }, name, number);
    });
    const title = chartTitle();
    const head = element("div", { class: "chart-head", tabindex: "0" }, title, ...legend, ...beside);
    const plot = element("div", { class: "plot" }, canvas);
    const root = element("div", { class: "panel" }, head, plot);
    const surface = new Surface(canvas, this.resized);
    const chart = new Chart(surface, definition);
    const at = (record, row) => linesAt(definition, record, row, { hidden: this.strokes.hidden, nameOf: this.words });
    return { root, canvas, title, head, surface, numbers, definition, chart, steps: definition.steps, at };
  }

  /**
   * all: the records of every member of the group, whose axes are shared. highlight: the expert that is pointed at
   * anywhere in the view, or null. ghost: what was guessed of a column, see guess.js, or null.
   */
  update(record, theme, { all = [record], highlight = null, ghost = null } = {}) {
    const { header } = record;
    const lastStep = lastStepOf(all);
    this.nameStrokes(header, theme.present);
    const marks = marksOf(header, this.words);
    this.list.update(marks);
    for (const panel of this.panels) {
      const { definition } = panel;
      this.name(panel, header.task);
      for (const [column, node] of panel.numbers) {
        const value = valueNow(record, column);
        setText(node, value === null ? "–" : definition.print(value));
      }
      if (panel.surface.isVisible) {
        const { hidden } = this.strokes;
        const guessed = isOf(definition, ghost?.column) ? ghost : null;
        const domain = definition.domain(all);
        panel.chart.draw(record, theme, { domain, lastStep, marks, hidden, ghost: guessed });
      }
    }
    this.stream.update(record, theme, { lastStep, highlight, marks });
    this.reader.update({ record, theme, lastStep, marks });
  }

  /** The charts' heads have no room to say what the lines are. Before a room there is less of it. */
  nameStrokes(header, present) {
    const own = ["test", "train"].map((kind) => [kind, this.words(`${kind}_line`)]);
    const rivals = RIVALS.map((kind) => {
      const key = present ? `${kind}_network_briefly` : `${kind}_network`;
      return [kind, this.words(key, { width: header[`${kind}_hidden`] })];
    });
    this.strokes.name(Object.fromEntries([...own, ...rivals]));
  }

  /** The charts for a saved picture: [{ title, canvas }]. */
  get pictured() {
    return [...this.panels, this.stream].map(({ title, canvas }) => ({ title: title.textContent, canvas }));
  }

  get surfaces() {
    return [...this.panels, this.stream].map(({ surface }) => surface);
  }

  name({ title, head, canvas, definition }, task) {
    const name = this.words(definition.title(task));
    entitle(title, name, definition.brief);
    setAttribute(canvas, "aria-label", name);
    setAttribute(head, "title", this.words(definition.hint(task)));
  }

  dispose() {
    this.panels.forEach((panel) => panel.surface.dispose());
    this.stream.dispose();
    this.reader.dispose();
  }
}
