/* A small picture of what one network answers everywhere, drawn from whatever a frame has of it. */

import { classGrey, paintAnswers } from "./answers.js";
import { element } from "./dom.js";
import { css, mix } from "./palette.js";

const SIZE = 96; // pixels of the canvas; on the page it is half as large or less
const LINE = 7;

export class Thumbnail {
  constructor() {
    this.canvas = element("canvas", { class: "thumbnail", width: SIZE, height: SIZE, "aria-hidden": "true" });
    this.context = this.canvas.getContext("2d");
    this.cells = document.createElement("canvas");
  }

  /** An expert's answers over the whole plane, side x side of them. */
  answers(answers, expert, classes, theme) {
    this.raster(Math.sqrt(answers.length), Math.sqrt(answers.length), classes === 2, (image) =>
      paintAnswers(image, answers, expert, classes, theme),
    );
  }

  /** The classes that are predicted over the whole plane. */
  classes(labels, classes, theme) {
    const side = Math.sqrt(labels.length);
    const colours = Array.from({ length: classes }, (_, label) => strong(label, classes, theme));
    this.raster(side, side, true, ({ data }) => labels.forEach((label, i) => setPixel(data, i, colours[label])));
  }

  /** An image of shades from 0 to 255: of a theme, or of any two colours that are named as its are. */
  image(shades, [rows, columns], { background, text }, smooth = false) {
    this.raster(columns, rows, smooth, ({ data }) =>
      shades.forEach((shade, i) => setPixel(data, i, mix(background, text, shade / 255))),
    );
  }

  /** A function of one input; `colour` may be null for that of the whole mixture. */
  line(values, [, , bottom, top], colour, theme) {
    const { context } = this;
    context.clearRect(0, 0, SIZE, SIZE);
    context.beginPath();
    values.forEach((value, i) => {
      const y = SIZE * (1 - (value - bottom) / (top - bottom));
      context.lineTo((SIZE * i) / (values.length - 1), Math.min(2 * SIZE, Math.max(-SIZE, y)));
    });
    context.lineWidth = LINE;
    context.lineJoin = "round";
    context.strokeStyle = css(colour ?? theme.text);
    context.stroke();
  }

  raster(width, height, smooth, paint) {
    const { cells, context } = this;
    if (cells.width !== width || cells.height !== height || !this.pixels) {
      cells.width = width;
      cells.height = height;
      this.pixels = new ImageData(width, height);
    }
    paint(this.pixels);
    cells.getContext("2d").putImageData(this.pixels, 0, 0);
    context.imageSmoothingEnabled = smooth;
    context.drawImage(cells, 0, 0, SIZE, SIZE);
  }
}

/** Shades further apart than in the large picture, where lines and marks help. */
function strong(label, classes, theme) {
  return mix(classGrey(label, classes, theme), theme.text, (0.3 * label) / Math.max(1, classes - 1));
}

function setPixel(data, i, [red, green, blue]) {
  data[4 * i] = red;
  data[4 * i + 1] = green;
  data[4 * i + 2] = blue;
  data[4 * i + 3] = 255;
}

