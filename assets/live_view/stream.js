/* The load of each expert over the steps of a run, as stacked bands in the experts' colours: together they are 1. */

import { drawSteps, EDGE, inTime, prepareTicks, stepAxis } from "./axes.js";
import { chartTitle, entitle } from "./chart_title.js";
import { element, setText } from "./dom.js";
import { drawMarks } from "./marks.js";
import { css, expertColour, inkOn, mix } from "./palette.js";
import { loadsAt } from "./step_entries.js";
import { Surface } from "./surface.js";

const DIMMED = 0.22;
const FINEST = 1; // pixels from one drawn row to the next
const MOST_FAIR_LINES = 16;
const NUMBER = 0.72; // of the text's size
const NEEDED = 0.95; // a band's height for its number, in heights of the number

/** Where the bands' borders stand in one row: experts + 1 numbers from 0 to 1. NaN: the expert did not exist yet. */
export function borders(loads) {
  const heights = Array.from(loads, (load) => (Number.isFinite(load) ? load : 0));
  const total = heights.reduce((sum, height) => sum + height, 0) || 1;
  let sum = 0;
  return [0, ...heights.map((height) => (sum += height) / total)];
}

export class Stream {
  /** `resized` is called when the chart has another size, `pointAt` with the expert under the pointer, or null. */
  constructor(words, resized, pointAt = () => {}) {
    this.pointAt = pointAt;
    this.pointed = null;
    this.steps = true;
    this.at = (record, row) => loadsAt(record, row, { pointed: this.pointed, words });
    this.words = words;
    this.canvas = element("canvas", { role: "img", "aria-label": words("stream_description") });
    this.title = chartTitle();
    entitle(this.title, words("stream_title"), true);
    this.reading = element("span", { class: "term" });
    const hint = words("stream_description");
    const head = element("div", { class: "chart-head", title: hint }, this.title, this.reading);
    this.surface = new Surface(this.canvas, resized);
    this.context = this.surface.context;
    this.root = element("div", { class: "panel stream" }, head, element("div", { class: "plot" }, this.canvas));
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerleave", () => this.point(null));
  }

  /** lastStep, marks: as the charts above have them. highlight: the expert that is pointed at, or null. */
  update(record, theme, { lastStep, marks, highlight = null }) {
    if (!this.surface.isVisible || record.loads.length === 0) {
      return;
    }
    const axis = stepAxis(this.surface, theme, lastStep, true);
    const y = (share) => axis.bottom - (axis.bottom - EDGE) * share;
    const rows = this.rows(record, axis);
    this.drawn = { rows, axis };
    const view = { record, theme, highlight, axis, y, rows, experts: rows.at(-1).borders.length - 1 };
    const { context } = this;
    context.setTransform(this.surface.scale, 0, 0, this.surface.scale, 0, 0);
    context.clearRect(0, 0, this.surface.width, this.surface.height);
    this.drawAxes(view, lastStep);
    inTime(context, record, axis, () => {
      this.drawBands(view);
      this.drawFairShares(view);
      drawMarks(context, marks, { x: axis.x, top: EDGE, bottom: axis.bottom }, markColours(theme));
    });
    this.drawNumbers(view);
  }

  /** [{ x, borders }], no two closer than can be told apart; the last one always, and the present one after it. */
  rows(record, { x }) {
    const step = record.column("step");
    const rows = [];
    record.rows.forEach((row, i) => {
      const at = x(row[step]);
      const isLast = i === record.rows.length - 1;
      if (record.loads[i] && (isLast || rows.length === 0 || at - rows.at(-1).x >= FINEST)) {
        rows.push({ x: at, borders: borders(record.loads[i]) });
      }
    });
    if (record.header.step > record.latest("step")) {
      rows.push({ x: x(record.header.step), borders: borders(record.arrays.load) });
    }
    return rows;
  }

  drawAxes({ theme, axis, y }, lastStep) {
    const { context } = this;
    prepareTicks(context, theme);
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.fillText("0%", axis.left - 6, y(0) - 3);
    context.fillText("100%", axis.left - 6, y(1) + 4);
    drawSteps(context, axis, theme, lastStep);
  }

  drawBands({ rows, experts, y, theme, highlight }) {
    const { context } = this;
    const border = (row, expert) => y(row.borders[Math.min(expert, row.borders.length - 1)]);
    context.lineJoin = "round";
    context.lineWidth = 1;
    context.strokeStyle = css(theme.background);
    for (let expert = 0; expert < experts; expert++) {
      context.beginPath();
      rows.forEach((row, i) => {
        const top = border(row, expert + 1);
        i === 0 ? context.moveTo(row.x, top) : context.lineTo(row.x, top);
      });
      for (let i = rows.length - 1; i >= 0; i--) {
        context.lineTo(rows[i].x, border(rows[i], expert));
      }
      context.closePath();
      context.fillStyle = css(bandColour(expert, highlight, theme));
      context.fill();
      context.stroke();
    }
  }

  /** Where the borders would be if every expert had its fair share. */
  drawFairShares({ record, rows, axis, y, theme }) {
    const { context } = this;
    const count = Math.round(1 / record.header.fair_share);
    if (count > MOST_FAIR_LINES) {
      return;
    }
    context.beginPath();
    for (let i = 1; i < count; i++) {
      const at = Math.round(y(i / count)) + 0.5;
      context.moveTo(axis.left, at);
      context.lineTo(rows.at(-1).x, at);
    }
    context.lineWidth = 1;
    context.strokeStyle = css(theme.dark ? theme.background : theme.text, 0.28);
    context.stroke();
  }

  /** A band's number stands at the present step where there is room, else where the band was widest. */
  drawNumbers({ record, rows, experts, axis, y, theme, highlight }) {
    const { context } = this;
    const size = Math.max(theme.least, NUMBER * theme.size);
    const height = (row, expert) => y(row.borders[expert]) - y(row.borders[expert + 1]);
    const now = axis.x(record.header.step);
    const past = rows.filter((row) => row.x <= now + 1 && row.x >= axis.left + size);
    if (past.length === 0) {
      return;
    }
    context.font = `700 ${size}px ${theme.font}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (let expert = 0; expert < experts; expert++) {
      const inside = past.filter((row) => row.borders.length > expert + 1 && row.x <= now - 0.6 * size);
      const row = widest(inside, (one) => height(one, expert), NEEDED * size);
      if (row) {
        context.fillStyle = css(inkOn(bandColour(expert, highlight, theme)));
        context.fillText(String(expert + 1), row.x, (y(row.borders[expert]) + y(row.borders[expert + 1])) / 2);
      }
    }
  }

  point(event) {
    const expert = event && this.drawn ? this.expertAt(event.offsetX, event.offsetY) : null;
    if (this.pointed !== expert) {
      this.pointed = expert;
      setText(this.reading, expert === null ? "" : this.words("expert", { expert: expert + 1 }));
      this.pointAt(expert);
    }
  }

  expertAt(left, top) {
    const { rows, axis } = this.drawn;
    const share = (axis.bottom - top) / (axis.bottom - EDGE);
    const row = rows.find(({ x }) => x >= left);
    if (!row || left < axis.left || share < 0 || share >= 1) {
      return null;
    }
    const above = row.borders.findIndex((border) => border > share);
    return above > 0 ? above - 1 : null;
  }

  dispose() {
    this.surface.dispose();
  }
}

/** The last row where there is room; failing that the row with most room, or null when no row has enough. */
function widest(rows, room, needed) {
  const last = rows.at(-1);
  if (last && room(last) >= needed) {
    return last;
  }
  const best = rows.reduce((found, row) => (found && room(found) >= room(row) ? found : row), null);
  return best && room(best) >= needed ? best : null;
}

function bandColour(expert, highlight, theme) {
  const colour = expertColour(expert);
  return highlight === null || highlight === expert ? colour : mix(theme.background, colour, DIMMED);
}

function markColours(theme) {
  return { command: css(theme.text), event: css(theme.text), width: 1.5 };
}
