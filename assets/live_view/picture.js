/*
 * The view as one picture: its canvases as they stand on the screen, with the words and numbers beside them that a
 * picture in a report would otherwise lack. A group of runs has one column a run.
 *
 *     view      { title, lines, runs, theme }              lines: sentences below the title
 *     a run     { name, scores, picture, cards, curves }   name: what differs in it, or ""; scores: a sentence
 *     picture   { title, canvas } or null            curves: [{ title, canvas }]
 *     cards     [{ expert, words, canvas }]          canvas: the expert's thumbnail, or null
 */

import { drawExpertNumber } from "./expert_number.js";
import { element } from "./dom.js";
import { css } from "./palette.js";

const SCALE = 2; // pixels of the file for each of the layout
const MARGIN = 24;
const GAP = 12;
const COLUMN = 480;
const LINE = 22; // height of a line of words
const TYPE = 15;
const TITLE_TYPE = 22;
export const PIXELS_ACROSS = SCALE * COLUMN; // of each canvas in the file
const CARD = { plain: 28, pictured: 56 };

/** Draw the view's picture. Returns a canvas. */
export function composePicture({ title, lines, runs, theme }) {
  const columns = runs.length > 1 ? runs.map((run) => [...pictureOf(run), ...restOf(run)]) : columnsOf(runs[0]);
  const head = TITLE_TYPE + GAP + LINE * lines.length + GAP;
  const height = Math.max(...columns.map((blocks) => blocks.reduce((sum, block) => sum + block.height + GAP, 0)));
  const canvas = element("canvas");
  canvas.width = SCALE * (2 * MARGIN + columns.length * (COLUMN + 2 * GAP) - 2 * GAP);
  canvas.height = SCALE * (2 * MARGIN + head + height);
  const pen = new Pen(canvas.getContext("2d"), theme);
  const across = canvas.width / SCALE - 2 * MARGIN;
  pen.context.scale(SCALE, SCALE);
  pen.context.fillStyle = css(theme.background);
  pen.context.fillRect(0, 0, canvas.width, canvas.height);
  pen.write(title, MARGIN, MARGIN + TITLE_TYPE / 2, { size: TITLE_TYPE, weight: 700, across });
  lines.forEach((line, i) => pen.write(line, MARGIN, MARGIN + TITLE_TYPE + GAP + LINE * (i + 0.5), { across }));
  columns.forEach((blocks, column) => {
    let top = MARGIN + head;
    for (const block of blocks) {
      block.draw(pen, MARGIN + column * (COLUMN + 2 * GAP), top);
      top += block.height + GAP;
    }
  });
  return canvas;
}

/** Have the browser save a canvas as a file. */
export async function savePicture(canvas, name) {
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  const address = URL.createObjectURL(blob);
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** One run alone: its picture at the left, the rest at the right. */
function columnsOf(run) {
  return [pictureOf(run), restOf(run)].filter((blocks) => blocks.length > 0);
}

function pictureOf({ name, scores, picture }) {
  return [...(name ? [line(name, 700)] : []), line(scores, 400), ...(picture?.canvas.width > 0 ? [framed(picture)] : [])];
}

function restOf({ cards, curves }) {
  const shown = curves.filter(({ canvas }) => canvas.width > 0); // those of a closed tab have no size
  return [...(cards.length > 0 ? [legend(cards)] : []), ...shown.map(framed)];
}

/* Blocks: { height, draw(pen, left, top) }, each as wide as a column. */

function line(text, weight) {
  return { height: LINE, draw: (pen, left, top) => pen.write(text, left, top + LINE / 2, { weight }) };
}

function framed({ title, canvas }) {
  const height = (COLUMN * canvas.height) / canvas.width;
  return {
    height: LINE + height,
    draw: (pen, left, top) => {
      pen.write(title, left, top + LINE / 2, { weight: 600 });
      pen.context.drawImage(canvas, left, top + LINE, COLUMN, height);
    },
  };
}

/** The experts' numbers in their colours, two a row, each with its words and thumbnail. */
function legend(cards) {
  const row = cards.some((card) => card.canvas?.width > 0) ? CARD.pictured : CARD.plain;
  const half = COLUMN / 2;
  return {
    height: row * Math.ceil(cards.length / 2),
    draw: (pen, left, top) => {
      cards.forEach(({ expert, words: text, canvas }, i) => {
        const x = left + half * (i % 2);
        const y = top + row * (Math.floor(i / 2) + 0.5);
        drawExpertNumber(pen.context, { expert, x: x + 13, y, radius: 11, faded: false }, pen.theme);
        const side = canvas?.width > 0 ? row - 8 : 0;
        if (side > 0) {
          pen.context.drawImage(canvas, x + 32, y - side / 2, side, side);
        }
        pen.write(text, x + 32 + (side > 0 ? side + 8 : 0), y);
      });
    },
  };
}

class Pen {
  constructor(context, theme) {
    this.context = context;
    this.theme = theme;
  }

  /** Words at one height, from the left; narrowed where they are wider than `across`. */
  write(text, left, middle, { size = TYPE, weight = 400, across = COLUMN } = {}) {
    const { context, theme } = this;
    context.font = `${weight} ${size}px ${theme.font}`;
    context.fillStyle = css(theme.text);
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.fillText(text, left, middle, across);
  }
}
