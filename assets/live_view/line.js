/*
 * A function of one input: the test points, the mixture's answer as a thick line in its owners' colours, and every
 * expert's own answer as a thin line over the whole width. Each stretch of one owner is a band with a number.
 */

import { drawBatch } from "./batch.js";
import { drawExpertNumber } from "./expert_number.js";
import { fixed, marks } from "./numbers.js";
import { css, expertColour, mix } from "./palette.js";

const FAINTEST_BAND = 0.07; // of the owner's colour, at a strength of 1 / E
const FULLEST_BAND = 0.34; // at a strength of 1
const DIMMED_BAND = 0.04;
const POINT_RADIUS = 2.2; // pixels
const NUMBER_RADIUS = 1 / 30; // of the picture's width
const SMALLEST_NUMBER = 6; // pixels; a narrower stretch goes without
const TICK = 0.8; // of the text's size

/** Where neighbouring places have one owner: [{ expert, first, last, from, to }], places and inputs both inclusive. */
export function stretches({ owner, x }) {
  const found = [];
  owner.forEach((expert, place) => {
    const current = found.at(-1);
    if (current?.expert === expert) {
      current.last = place;
      current.to = x[place];
    } else {
      found.push({ expert, first: place, last: place, from: x[place], to: x[place] });
    }
  });
  return found;
}

export class Line {
  constructor(surface) {
    this.surface = surface;
    this.context = surface.context;
  }

  draw({ record, theme, highlight }) {
    const { context } = this;
    const { scale, width, height } = this.surface;
    const [left, right, bottom, top] = record.header.task.bounds;
    const view = {
      record,
      theme,
      highlight,
      parts: stretches(record.arrays),
      x: (value) => (width * (value - left)) / (right - left),
      // What is far outside is bounded, since huge coordinates are not drawn.
      y: (value) => Math.min(2 * height, Math.max(-height, (height * (top - value)) / (top - bottom))),
    };
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    context.lineJoin = context.lineCap = "round";
    this.drawBands(view);
    this.drawAxes(view);
    this.drawExperts(view);
    this.drawPoints(view);
    this.drawPrediction(view);
    this.drawNumbers(view);
    const { arrays, header } = record;
    if (arrays.batch && header.stage) {
      drawBatch(context, arrays, header.task.bounds, width, theme, header.stage.name);
    }
  }

  /** What is at a place, given as a share of the picture's width: { x, expert, strength, prediction }. */
  at(share, { x, owner, strength, prediction }) {
    const place = Math.round(share * (x.length - 1));
    return {
      x: x[place],
      expert: owner[place] + 1,
      strength: strength[place] / 255,
      prediction: prediction[place],
    };
  }

  drawBands({ record, theme, highlight }) {
    const { width, height } = this.surface;
    const { owner, strength } = record.arrays;
    const chance = record.header.fair_share;
    const edge = (place) => Math.round((width * place) / owner.length);
    owner.forEach((expert, place) => {
      const sure = chance < 1 ? Math.max(0, (strength[place] / 255 - chance) / (1 - chance)) : 1;
      const dimmed = highlight !== null && highlight !== expert;
      const share = dimmed ? DIMMED_BAND : FAINTEST_BAND + (FULLEST_BAND - FAINTEST_BAND) * sure;
      this.context.fillStyle = css(mix(theme.background, expertColour(expert), share));
      this.context.fillRect(edge(place), 0, edge(place + 1) - edge(place), height);
    });
  }

  drawAxes({ record, theme, x, y }) {
    const { context } = this;
    const { width, height } = this.surface;
    const [left, right, bottom, top] = record.header.task.bounds;
    context.font = `${Math.max(theme.least, TICK * theme.size)}px ${theme.font}`;
    context.fillStyle = css(theme.muted);
    context.strokeStyle = css(theme.text, 0.14);
    context.lineWidth = 1;
    context.beginPath();
    context.textAlign = "left";
    context.textBaseline = "bottom";
    for (const value of marks(bottom, top)) {
      const at = Math.round(y(value)) + 0.5;
      context.moveTo(0, at);
      context.lineTo(width, at);
      context.fillText(fixed(value, 1), 5, at - 2);
    }
    context.textAlign = "center";
    for (const value of marks(left, right)) {
      context.fillText(fixed(value, 1), Math.min(width - 14, Math.max(14, x(value))), height - 3);
    }
    context.stroke();
  }

  drawExperts({ record, highlight, x, y }) {
    const { context } = this;
    const { x: inputs, experts } = record.arrays;
    const count = experts.length / inputs.length;
    for (let expert = 0; expert < count; expert++) {
      const pointedAt = highlight === expert;
      const answers = experts.subarray(expert * inputs.length, (expert + 1) * inputs.length);
      context.strokeStyle = css(expertColour(expert), pointedAt ? 1 : highlight === null ? 0.6 : 0.2);
      context.lineWidth = pointedAt ? 2.4 : 1.2;
      this.stroke(inputs, answers, 0, inputs.length - 1, x, y);
    }
  }

  drawPoints({ record, theme, x, y }) {
    const { context } = this;
    context.fillStyle = css(theme.muted, 0.7);
    context.beginPath();
    record.points.forEach((input, i) => {
      const [left, top] = [x(input), y(record.pointTargets[i])];
      context.moveTo(left + POINT_RADIUS, top);
      context.arc(left, top, POINT_RADIUS, 0, 2 * Math.PI);
    });
    context.fill();
  }

  drawPrediction({ record, theme, highlight, parts, x, y }) {
    const { context } = this;
    const { x: inputs, prediction } = record.arrays;
    for (const { expert, first, last } of parts) {
      const dimmed = highlight !== null && highlight !== expert;
      context.lineWidth = 6.5;
      context.strokeStyle = css(theme.text);
      this.stroke(inputs, prediction, first, last, x, y);
      context.lineWidth = 4.5;
      context.strokeStyle = css(dimmed ? mix(theme.background, expertColour(expert), 0.3) : expertColour(expert));
      this.stroke(inputs, prediction, first, last, x, y);
    }
  }

  drawNumbers({ theme, highlight, parts, x }) {
    const { width, height } = this.surface;
    const largest = NUMBER_RADIUS * width;
    for (const { expert, from, to } of parts) {
      const radius = Math.min(largest, (x(to) - x(from)) / 2.2);
      if (radius >= SMALLEST_NUMBER) {
        const faded = highlight !== null && highlight !== expert;
        const place = { x: (x(from) + x(to)) / 2, y: height - largest - 1.6 * theme.size };
        drawExpertNumber(this.context, { expert, ...place, radius, faded }, theme);
      }
    }
  }

  stroke(inputs, values, first, last, x, y) {
    const { context } = this;
    context.beginPath();
    context.moveTo(x(inputs[first]), y(values[first]));
    for (let place = first; place <= last; place++) {
      context.lineTo(x(inputs[place]), y(values[place]));
    }
    context.stroke();
  }
}
