/* One small chart: lines over the steps of a run, with light axes. */

import { css } from "./palette.js";

const LEFT = 2.5; // room for the values' axis, in sizes of the text
const BOTTOM = 1.2; // room for the steps' axis, where it is shown
const TICK = 0.8;
const EDGE = 5;

/** How each kind of line is drawn: the mixture solid, its batches thin, the plain network dotted, the wide dashed. */
const STROKES = {
  test: { width: 2.4, dash: [], colour: (theme) => css(theme.text) },
  train: { width: 1, dash: [], colour: (theme) => css(theme.muted, 0.6) },
  plain: { width: 2, dash: [2, 4], colour: (theme) => css(theme.muted) },
  wide: { width: 1.6, dash: [9, 4], colour: (theme) => css(theme.muted) },
};

export class Chart {
  /** lines: [{ column, kind }], the last one on top. domain(record): [low, high] of the values. */
  constructor(surface, { lines, domain, format, steps = false }) {
    this.surface = surface;
    this.context = surface.context;
    this.lines = lines;
    this.domain = domain;
    this.format = format;
    this.steps = steps;
  }

  draw(record, theme, lastStep) {
    const { context } = this;
    const { scale, width, height } = this.surface;
    const left = LEFT * theme.size;
    const bottom = height - EDGE - (this.steps ? BOTTOM * theme.size : 0);
    const [low, high] = this.domain(record);
    const axes = {
      left,
      right: width - EDGE,
      bottom,
      low,
      high,
      x: (step) => left + ((width - EDGE - left) * step) / lastStep,
      y: (value) => bottom - ((bottom - EDGE) * (value - low)) / (high - low),
    };
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    this.drawAxes(axes, theme, lastStep);
    context.save();
    context.beginPath();
    context.rect(left - EDGE, 0, width - left + EDGE, bottom + EDGE);
    context.clip();
    this.lines.forEach((line) => this.drawLine(line, record, axes, theme));
    context.restore();
  }

  drawAxes({ x, y, left, right, bottom, low, high }, theme, lastStep) {
    const { context } = this;
    context.font = `${TICK * theme.size}px ${theme.font}`;
    context.fillStyle = css(theme.muted);
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
    if (this.steps) {
      context.textBaseline = "bottom";
      for (const share of [0, 0.5, 1]) {
        context.textAlign = share === 0 ? "left" : share === 1 ? "right" : "center";
        const step = share * lastStep;
        context.fillText(step.toLocaleString("en"), x(step), bottom + EDGE + BOTTOM * theme.size);
      }
    }
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
    context.lineJoin = "round";
    context.lineWidth = stroke.width;
    context.strokeStyle = stroke.colour(theme);
    context.setLineDash(stroke.dash);
    context.stroke();
    context.setLineDash([]);
    if (kind === "test") {
      this.drawEnd(record.latest("step"), record.latest(column), { x, y }, theme);
    }
  }

  drawEnd(step, value, { x, y }, theme) {
    if (value !== null) {
      this.context.beginPath();
      this.context.arc(x(step), y(value), 3.2, 0, 2 * Math.PI);
      this.context.fillStyle = css(theme.text);
      this.context.fill();
    }
  }
}
