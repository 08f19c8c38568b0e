/* A class's shape as a small picture, for legends and buttons. */

import { element } from "./dom.js";
import { css } from "./palette.js";
import { drawShapes } from "./shapes.js";

const MARK = 16; // pixels
const INK = [18, 20, 28];

export function classMark(label, theme) {
  return mark(label, { ...markColours(theme), line: theme.dark && label % 2 ? 4 : 2.4 });
}

/** The same where shapes are filled with their expert's colour: here with none. */
export function outlinedMark(label, theme) {
  const [fill, ink] = [css(theme.muted), css(theme.text)];
  return mark(label, { ...(label % 2 ? { fill: ink, ink: fill } : { fill, ink }), line: 2.4 });
}

/** The colours of marks that say a class and no expert. */
export function markColours(theme) {
  return { fill: css(theme.dark ? theme.text : theme.background), ink: css(INK) };
}

function mark(label, look) {
  const canvas = element("canvas", { class: "mark", width: 2 * MARK, height: 2 * MARK, "aria-hidden": "true" });
  drawShapes(canvas.getContext("2d"), label, [[MARK, MARK]], 0.72 * MARK, look);
  return canvas;
}
