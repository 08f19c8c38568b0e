/* A class's shape as a small picture, for legends and buttons. */

import { element } from "./dom.js";
import { css } from "./palette.js";
import { drawShapes } from "./shapes.js";

const MARK = 16; // pixels
const INK = [18, 20, 28];

export function classMark(label, theme) {
  const canvas = element("canvas", { class: "mark", width: 2 * MARK, height: 2 * MARK, "aria-hidden": "true" });
  const line = theme.dark && label % 2 ? 4 : 2.4;
  drawShapes(canvas.getContext("2d"), label, [[MARK, MARK]], 0.72 * MARK, { ...markColours(theme), line });
  return canvas;
}

/** The colours of marks that say a class and no expert. */
export function markColours(theme) {
  return { fill: css(theme.dark ? theme.text : theme.background), ink: css(INK) };
}
