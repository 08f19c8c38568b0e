/*
 * The plane: who owns each place, as colour and number, or what is predicted there; the data on top.
 *
 * Regions are filled outlines, so they are crisp at any size. The strength changes smoothly across borders: it is laid
 * over them as a veil of the background's colour, scaled up smoothly.
 */

import { Contours } from "./contours.js";
import { drawExpertNumber } from "./expert_number.js";
import { css, expertColour, mix } from "./palette.js";
import { RegionNames } from "./regions.js";
import { drawShapes } from "./shapes.js";

const THICKEST_VEIL = 0.66; // at a strength of 1 / E, where the router could as well have chosen any other
const POINT_RADIUS = 1 / 98; // of the plane's width
const NAME_RADIUS = 1 / 30;

export class Plane {
  constructor(surface) {
    this.surface = surface;
    this.canvas = surface.canvas;
    this.context = surface.context;
    this.veil = document.createElement("canvas");
    this.pointLayer = document.createElement("canvas");
  }

  /** view: { record, theme, mode ("owner" or "prediction"), highlight (an expert or null) } */
  draw(view) {
    const { canvas, context } = this;
    const { owner, strength, prediction } = view.record.arrays;
    const resolution = Math.sqrt(owner.length);
    this.resize(resolution);
    const unit = canvas.width / resolution;
    const byOwner = view.mode === "owner";
    const outlines = this.outlines(view.record, byOwner);

    context.setTransform(unit, 0, 0, unit, 0, 0);
    const labels = byOwner ? owner : prediction;
    context.fillStyle = byOwner ? ownerColour(labels[0], view) : classColour(labels[0], view);
    context.fillRect(0, 0, resolution, resolution);
    for (const [label, path] of outlines.filled) {
      context.fillStyle = byOwner ? ownerColour(label, view) : classColour(label, view);
      context.fill(path);
    }
    if (byOwner) {
      this.drawVeil(strength, view, resolution);
    }
    this.drawLines(outlines, view, resolution);
    context.setTransform(1, 0, 0, 1, 0, 0);
    this.drawPoints(view);
    const names = byOwner ? this.ownerNames.place(owner) : this.predictionNames.place(prediction);
    names.forEach((name) => (byOwner ? this.drawNumber(name, unit, view) : this.drawClass(name, unit, view)));
  }

  resize(resolution) {
    if (this.resolution !== resolution) {
      this.resolution = resolution;
      this.contours = new Contours(resolution);
      this.ownerNames = new RegionNames(resolution);
      this.predictionNames = new RegionNames(resolution);
      this.veil.width = this.veil.height = resolution;
      this.veilImage = new ImageData(resolution, resolution);
      this.traced = null;
    }
  }

  /** The outlines last traced are kept: a highlight or a theme redraws them. */
  outlines(record, byOwner) {
    const { owner, strength, prediction } = record.arrays;
    if (this.traced?.arrays !== record.arrays || this.traced.byOwner !== byOwner) {
      const owned = this.contours.trace(owner, strength);
      this.traced = {
        arrays: record.arrays,
        byOwner,
        owned,
        filled: byOwner ? owned : this.contours.trace(prediction, null),
      };
    }
    return this.traced;
  }

  drawVeil(strength, { record, theme }, resolution) {
    const chance = record.header.fair_share;
    const { data } = this.veilImage;
    const [red, green, blue] = theme.background;
    for (let i = 0, byte = 0; i < strength.length; i++, byte += 4) {
      const sure = chance < 1 ? Math.max(0, (strength[i] / 255 - chance) / (1 - chance)) : 1;
      data[byte] = red;
      data[byte + 1] = green;
      data[byte + 2] = blue;
      data[byte + 3] = 255 * THICKEST_VEIL * (1 - sure);
    }
    this.veil.getContext("2d").putImageData(this.veilImage, 0, 0);
    this.context.imageSmoothingEnabled = true;
    this.context.drawImage(this.veil, 0, 0, resolution, resolution);
  }

  drawLines({ owned, filled, byOwner }, { theme, highlight }, resolution) {
    const { context } = this;
    const pixel = resolution / this.surface.width;
    context.lineJoin = "round";
    context.strokeStyle = css(theme.dark ? theme.background : theme.text, byOwner ? 0.72 : 0.35);
    context.lineWidth = (byOwner ? 1.5 : 1) * pixel;
    for (const path of owned.values()) {
      context.stroke(path);
    }
    if (!byOwner) {
      context.strokeStyle = css(theme.text);
      context.lineWidth = 2 * pixel;
      for (const path of filled.values()) {
        context.stroke(path);
      }
    } else if (highlight !== null && owned.has(highlight)) {
      context.strokeStyle = css(theme.text);
      context.lineWidth = 3 * pixel;
      context.stroke(owned.get(highlight));
    }
  }

  /** The data never moves during a run, so it is drawn once and then copied. */
  drawPoints({ record, theme }) {
    const { canvas, pointLayer } = this;
    const key = `${record.header.run_version} ${canvas.width} ${theme.key}`;
    if (this.pointKey !== key || this.points !== record.points) {
      this.pointKey = key;
      this.points = record.points;
      pointLayer.width = pointLayer.height = canvas.width;
      const context = pointLayer.getContext("2d");
      const colours = { fill: css(theme.dark ? theme.text : theme.background), ink: css([18, 20, 28]) };
      const line = this.surface.scale;
      pointsByClass(record, canvas.width).forEach((points, label) => {
        drawShapes(context, label, points, POINT_RADIUS * canvas.width, { ...colours, line });
      });
    }
    this.context.drawImage(pointLayer, 0, 0);
  }

  drawNumber({ label, x, y }, unit, { theme, highlight }) {
    const place = { x: x * unit, y: y * unit, radius: NAME_RADIUS * this.canvas.width };
    const faded = highlight !== null && highlight !== label;
    drawExpertNumber(this.context, { expert: label, ...place, faded }, theme);
  }

  drawClass({ label, x, y }, unit, { theme }) {
    const radius = NAME_RADIUS * this.canvas.width;
    this.context.beginPath();
    this.context.arc(x * unit, y * unit, 1.1 * radius, 0, 2 * Math.PI);
    this.context.fillStyle = css(theme.background);
    this.context.fill();
    const colours = { fill: css(theme.background), ink: css(theme.text), line: radius / 7 };
    drawShapes(this.context, label, [[x * unit, y * unit]], 0.62 * radius, colours);
  }
}

function ownerColour(expert, { theme, highlight }) {
  const dimmed = highlight !== null && highlight !== expert;
  return css(dimmed ? mix(theme.background, expertColour(expert), 0.22) : expertColour(expert));
}

/** Greys, since colours belong to experts. */
function classColour(label, { theme, record }) {
  const rank = label / Math.max(1, record.header.task.num_outputs - 1);
  return css(mix(theme.background, theme.text, 0.06 + 0.34 * rank));
}

function pointsByClass({ points, pointTargets, header }, size) {
  const [left, right, bottom, top] = header.task.bounds;
  const groups = Array.from({ length: header.task.num_outputs }, () => []);
  pointTargets.forEach((label, i) => {
    const x = (points[2 * i] - left) / (right - left);
    const y = (top - points[2 * i + 1]) / (top - bottom);
    groups[label].push([x * size, y * size]);
  });
  return groups;
}
