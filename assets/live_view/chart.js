/* One small chart: lines over the steps of a run, with light axes. */

import { drawSteps, EDGE, inTime, prepareTicks, presentRow, stepAxis, thicker } from "./axes.js";
import { drawMarks } from "./marks.js";
import { css } from "./palette.js";

const HATCH = 8; // pixels from one line of a hatched band to the next

/** How each kind of line is drawn: the mixture solid, its batches thin, the plain network dotted, the wide dashed. */
const STROKES = {
  test: { width: 2.4, dash: [], colour: (theme) => css(theme.text) },
  train: { width: 1, dash: [], colour: (theme) => css(theme.muted, 0.6) },
  plain: { width: 2, dash: [2, 4], colour: (theme) => css(theme.muted) },
  wide: { width: 1.6, dash: [9, 4], colour: (theme) => css(theme.muted) },
};

export class Chart {
  /** lines: [{ column, kind }], the last one on top. format: a value on the axis. steps: whether steps are printed. */
  constructor(surface, { lines, format, steps = false }) {
    this.surface = surface;
    this.context = surface.context;
    this.lines = lines;
    this.format = format;
    this.steps = steps;
  }

  /**
   * domain: [low, high] of the values. marks: see marks.js. hidden: the kinds of lines that are left out, a set. ghost:
   * { low, high, label } of a band behind the lines, or null.
   */
  draw(record, theme, { domain: [low, high], lastStep, marks, hidden, ghost = null }) {
    const { context } = this;
    const { scale, width, height } = this.surface;
    const steps = stepAxis(this.surface, theme, lastStep, this.steps);
    const y = (value) => steps.bottom - ((steps.bottom - EDGE) * (value - low)) / (high - low);
    const axes = { ...steps, low, high, y };
    const shown = this.lines.filter(({ kind }) => !hidden.has(kind));
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    if (ghost) {
      this.drawGhost(ghost, axes, theme);
    }
    this.drawAxes(axes, theme);
    if (this.steps) {
      drawSteps(context, axes, theme, lastStep);
    }
    const colours = { command: css(theme.text, 0.75), event: css(theme.text, 0.6), width: 1 };
    inTime(context, record, axes, () => {
      drawMarks(context, marks, { x: axes.x, top: EDGE, bottom: axes.bottom }, colours);
      shown.forEach((line) => this.drawLine(line, record, axes, theme));
    });
    shown
      .filter(({ kind }) => kind === "test")
      .forEach(({ column }) => this.drawEnd(record.header.step, valueNow(record, column), axes, theme));
  }

  drawAxes({ y, left, right, low, high }, theme) {
    const { context } = this;
    prepareTicks(context, theme);
    context.strokeStyle = css(theme.faint);
    context.lineWidth = 1;
    context.beginPath();
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const value of [low, (low + high) / 2, high]) {
      const height = Math.round(y(value)) + 0.5;
      context.moveTo(left, height);
      context.lineTo(right, height);
      if (value === low || value === high) {
        context.fillText(this.format(value), left - 6, height + (value === low ? -3 : 4));
      }
    }
    context.stroke();
  }

  /** Hatched, so that it is seen in print and by who sees no faint tint. */
  drawGhost({ low, high, label }, axes, theme) {
    const { context } = this;
    const [top, bottom] = [high, low].map((value) => axes.y(Math.min(axes.high, Math.max(axes.low, value))));
    const width = axes.right - axes.left;
    context.save();
    context.beginPath();
    context.rect(axes.left, top, width, bottom - top);
    context.clip();
    context.fillStyle = css(theme.text, 0.08);
    context.fill();
    context.beginPath();
    for (let left = axes.left - (bottom - top); left < axes.right; left += HATCH) {
      context.moveTo(left, bottom);
      context.lineTo(left + bottom - top, top);
    }
    context.lineWidth = 1;
    context.strokeStyle = css(theme.text, 0.14);
    context.stroke();
    context.restore();
    prepareTicks(context, theme);
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.fillText(label, axes.right - 4, (top + bottom) / 2);
  }

  drawLine({ column, kind }, record, { x, y, low, high }, theme) {
    const { context } = this;
    const [step, index] = [record.column("step"), record.column(column)];
    const stroke = STROKES[kind];
    const overflow = high - low; // values far outside are bounded, since huge coordinates are not drawn
    let pen = false;
    let lastX = -Infinity;
    context.beginPath();
    for (const row of record.rows) {
      const left = x(row[step]);
      if (Number.isNaN(row[index]) || (pen && left - lastX < 0.5)) {
        continue;
      }
      const top = y(Math.min(high + overflow, Math.max(low - overflow, row[index])));
      pen ? context.lineTo(left, top) : context.moveTo(left, top);
      pen = true;
      lastX = left;
    }
    const now = record.header.metrics[column];
    if (pen && Number.isFinite(now) && record.header.step > record.latest("step")) {
      context.lineTo(x(record.header.step), y(Math.min(high + overflow, Math.max(low - overflow, now))));
    }
    context.lineJoin = "round";
    const times = thicker(stroke.width, theme);
    context.lineWidth = times * stroke.width;
    context.strokeStyle = stroke.colour(theme);
    context.setLineDash(stroke.dash.map((length) => times * length));
    context.stroke();
    context.setLineDash([]);
  }

  drawEnd(step, value, { x, y, low, high }, theme) {
    if (value !== null && value >= low && value <= high) {
      this.context.beginPath();
      this.context.arc(x(step), y(value), 3.2 * thicker(2.4, theme), 0, 2 * Math.PI);
      this.context.fillStyle = css(theme.text);
      this.context.fill();
    }
  }
}

/** A curve's value at the present step, or null while it has none. */
export function valueNow(record, column) {
  const row = presentRow(record);
  const value = record.header.metrics[column] ?? (row === null ? NaN : record.rows[row][record.column(column)]);
  return Number.isFinite(value) ? value : null;
}
