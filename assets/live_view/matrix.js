/*
 * For a task that is no plane: which classes each expert is given. One row per expert, one column per class; a cell
 * is the share of that expert's inputs, printed in percent and shaded in the expert's colour.
 */

import { className } from "./class_name.js";
import { isIdle } from "./condition.js";
import { percent } from "./numbers.js";
import { css, expertColour, inkOn, mix } from "./palette.js";

const PRINTED_FROM = 0.005;
const HEAD = 26; // pixels, above and left of the cells
const SMALLEST_PRINT = 13; // row height in pixels
const ROOM_FOR_WORDS = 5; // a column's width, in sizes of the text

export class Matrix {
  constructor(surface, words) {
    this.surface = surface;
    this.words = words;
    this.context = surface.context;
  }

  draw({ record, theme, highlight }) {
    const { context } = this;
    const { scale, width, height } = this.surface;
    const { expert_class: counts, load } = record.arrays;
    const classes = record.header.task.num_outputs;
    const experts = load.length;
    const cell = { width: (width - HEAD) / classes, height: (height - HEAD) / experts };
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    context.textAlign = "center";
    context.textBaseline = "middle";
    this.drawHeads(record.header, cell, theme);
    for (let expert = 0; expert < experts; expert++) {
      const row = counts.subarray(expert * classes, (expert + 1) * classes);
      context.globalAlpha = highlight === null || highlight === expert ? 1 : 0.4;
      const top = HEAD + expert * cell.height;
      const idle = isIdle(load[expert], record.header);
      this.drawExpert(expert, top, cell, theme, idle);
      this.drawRow(expert, row, top, cell, theme);
      if (idle) {
        this.hatch(top, cell, width, theme);
      }
    }
    context.globalAlpha = 1;
  }

  /** What is at a place, given as shares of the picture's width and height: { expert, label, percent, count, total } or null. */
  cellAt({ x, y }, { header, arrays }) {
    const classes = header.task.num_outputs;
    const [above, beside] = [HEAD / this.surface.height, HEAD / this.surface.width];
    const expert = Math.floor((arrays.load.length * (y - above)) / (1 - above));
    const label = Math.floor((classes * (x - beside)) / (1 - beside));
    if (expert < 0 || label < 0) {
      return null;
    }
    const row = arrays.expert_class.subarray(expert * classes, (expert + 1) * classes);
    const total = row.reduce((sum, count) => sum + count, 0);
    const [share, name] = [total > 0 ? row[label] / total : 0, className(header, label)];
    return { expert: expert + 1, label: name, percent: percent(share), count: row[label], total };
  }

  /** The classes above their columns, as much of a name as there is room for, and in the corner the unit of all cells. */
  drawHeads(header, cell, theme) {
    this.context.font = `600 ${theme.size}px ${theme.font}`;
    this.context.fillStyle = css(theme.muted);
    this.context.fillText("%", (HEAD - 4) / 2, HEAD / 2);
    this.context.fillStyle = css(theme.text);
    const roomy = cell.width >= ROOM_FOR_WORDS * theme.size;
    for (let label = 0; label < header.task.num_outputs; label++) {
      const name = className(header, label);
      const isNumber = name === String(label);
      const head = roomy && isNumber ? this.words("class_name", { label: name }) : name;
      this.context.fillText(shortened(this.context, head, cell.width - 4), HEAD + (label + 0.5) * cell.width, HEAD / 2);
    }
  }

  drawExpert(expert, top, cell, theme, idle) {
    const { context } = this;
    const colour = idle ? mix(theme.background, expertColour(expert), 0.3) : expertColour(expert);
    context.fillStyle = css(colour);
    context.fillRect(0, top + 0.5, HEAD - 4, cell.height - 1);
    if (cell.height >= 9) {
      context.fillStyle = css(inkOn(colour));
      context.font = `700 ${Math.min(theme.size, cell.height)}px ${theme.font}`;
      context.fillText(String(expert + 1), (HEAD - 4) / 2, top + cell.height / 2 + 1);
    }
  }

  drawRow(expert, row, top, cell, theme) {
    const { context } = this;
    const total = row.reduce((sum, count) => sum + count, 0);
    context.font = `${Math.min(theme.size, 0.8 * cell.height)}px ${theme.font}`;
    // Two numbers side by side would read as one where a cell is hardly wider than its own.
    const isPrinted = cell.height >= SMALLEST_PRINT && context.measureText("00").width <= cell.width - 3;
    row.forEach((count, label) => {
      const share = total > 0 ? count / total : 0;
      const left = HEAD + label * cell.width;
      // The square root keeps small shares visible beside large ones.
      const colour = mix(theme.background, expertColour(expert), share > 0 ? 0.08 + 0.92 * Math.sqrt(share) : 0.04);
      context.fillStyle = css(colour);
      context.fillRect(left + 0.5, top + 0.5, cell.width - 1, cell.height - 1);
      if (isPrinted && share >= PRINTED_FROM) {
        context.fillStyle = css(inkOn(colour));
        context.fillText(String(Math.round(100 * share)), left + cell.width / 2, top + cell.height / 2 + 1);
      }
    });
  }

  hatch(top, cell, width, theme) {
    const { context } = this;
    context.save();
    context.beginPath();
    context.rect(HEAD, top + 0.5, width - HEAD, cell.height - 1);
    context.clip();
    context.beginPath();
    for (let x = HEAD - cell.height; x < width; x += 10) {
      context.moveTo(x, top + cell.height);
      context.lineTo(x + cell.height, top);
    }
    context.strokeStyle = css(theme.text, 0.28);
    context.lineWidth = 1;
    context.stroke();
    context.restore();
  }
}

/** As many letters as fit, and an ellipsis for the rest. */
function shortened(context, text, width) {
  let letters = text.length;
  const shown = () => (letters < text.length ? `${text.slice(0, letters).trimEnd()}…` : text);
  while (letters > 1 && context.measureText(shown()).width > width) {
    letters--;
  }
  return shown();
}
