/* What all charts of a run share: the steps' axis, how far it reaches, and the row of a step. */

import { roundUp } from "./numbers.js";
import { css } from "./palette.js";

const FIRST_STEPS = 100; // the axis starts this long
const LEFT = 2.5; // room for the values' axis, in sizes of the text
const BOTTOM = 1.2; // room for the steps' axis, where it is shown
const TICK = 0.8;
const STROKE_WHEN_PRESENTED = 3; // pixels, the least

export const EDGE = 5;
export const FADED = 0.3; // how much is left of what is later than the present step

/** The last step of an axis that all these records share: it grows by a fifth or so at a time, so nothing creeps. */
export function lastStepOf(records) {
  const steps = records.flatMap((record) => [
    record.header.step,
    record.header.last_step ?? 0,
    record.latest("step") ?? 0,
  ]);
  const last = Math.max(...steps);
  return last < FIRST_STEPS ? FIRST_STEPS : roundUp(1.02 * last);
}

/** Where steps stand in a chart of this size: { left, right, bottom, x(step), stepAt(x) }. */
export function stepAxis({ width, height }, theme, lastStep, shown = false) {
  const left = LEFT * theme.size;
  const right = width - EDGE;
  const bottom = height - EDGE - (shown ? BOTTOM * theme.size : 0);
  const x = (step) => left + ((right - left) * step) / lastStep;
  return { left, right, bottom, x, stepAt: (at) => (lastStep * (at - left)) / (right - left) };
}

export function drawSteps(context, { x, bottom }, theme, lastStep) {
  prepareTicks(context, theme);
  context.textBaseline = "bottom";
  for (const share of [0, 0.5, 1]) {
    context.textAlign = share === 0 ? "left" : share === 1 ? "right" : "center";
    const step = share * lastStep;
    context.fillText(step.toLocaleString("en"), x(step), bottom + EDGE + BOTTOM * theme.size);
  }
}

export function prepareTicks(context, theme) {
  context.font = `${Math.max(theme.least, TICK * theme.size)}px ${theme.font}`;
  context.fillStyle = css(theme.muted);
}

/** How many times thicker than usual a line of this width is drawn. */
export function thicker(width, theme) {
  return theme.present ? Math.max(1, STROKE_WHEN_PRESENTED / width) : 1;
}

/**
 * Call draw() for what has been, and again, faded, for what is later than the present step after going back. The
 * context is clipped to each part.
 */
export function inTime(context, { header }, { left, right, bottom, x }, draw) {
  const wentBack = header.step < (header.last_step ?? header.step);
  const now = wentBack ? x(header.step) : right + EDGE;
  const part = (from, to, alpha) => {
    context.save();
    context.beginPath();
    context.rect(from, 0, to - from, bottom + EDGE);
    context.clip();
    context.globalAlpha = alpha;
    draw();
    context.restore();
  };
  part(left - EDGE, now, 1);
  if (wentBack) {
    part(now, right + EDGE, FADED);
  }
}

/** The newest row that is not later than the present step, or null. */
export function presentRow(record) {
  const step = record.column("step");
  for (let i = record.rows.length - 1; i >= 0; i--) {
    if (record.rows[i][step] <= record.header.step) {
      return i;
    }
  }
  return null;
}

/** The row that was recorded nearest to a step. */
export function nearestRow(record, step) {
  const column = record.column("step");
  const { rows } = record;
  const after = rows.findIndex((row) => row[column] >= step);
  if (after <= 0) {
    return after < 0 ? rows.length - 1 : 0;
  }
  return step - rows[after - 1][column] < rows[after][column] - step ? after - 1 : after;
}
