/* What the drawing board looks like: a veil over the run's picture, the edge of what can be drawn on, and the points. */

import { markColours } from "./class_mark.js";
import { SIDE } from "./drawing.js";
import { css } from "./palette.js";
import { drawShapes } from "./shapes.js";

const VEIL = 0.5; // the picture behind is the run's, and steps back
const POINT_RADIUS = 1 / 80; // of the picture's width

/** sketch: see sketch.js. cursor: [x, y] or null. bounds: of the picture, [left, right, bottom, top]. */
export function drawBoard({ context, width, height, scale }, sketch, cursor, bounds, theme) {
  const [left, right, bottom, top] = bounds;
  const across = (x) => ((x - left) / (right - left)) * width;
  const down = (y) => ((top - y) / (top - bottom)) * height;
  const radius = POINT_RADIUS * width;
  const mark = { ...markColours(theme), line: 1.2 };
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  context.fillStyle = css(theme.background, VEIL);
  context.fillRect(0, 0, width, height);
  context.strokeStyle = css(theme.text, 0.6);
  context.setLineDash([5, 4]);
  context.lineWidth = 1;
  context.strokeRect(across(-SIDE), down(SIDE), across(SIDE) - across(-SIDE), down(-SIDE) - down(SIDE));
  context.setLineDash([]);
  for (let label = 0; label < sketch.offered; label++) {
    const own = sketch.points.filter((point) => point[2] === label);
    const places = own.map(([x, y]) => [across(x), down(y)]);
    drawShapes(context, label, places, radius, mark);
  }
  if (cursor) {
    const [x, y] = [across(cursor[0]), down(cursor[1])];
    context.beginPath();
    context.arc(x, y, 3 * radius, 0, 2 * Math.PI);
    context.strokeStyle = css(theme.accent);
    context.lineWidth = 2.5;
    context.stroke();
    context.globalAlpha = 0.6;
    drawShapes(context, sketch.label, [[x, y]], radius, mark);
    context.globalAlpha = 1;
  }
}
