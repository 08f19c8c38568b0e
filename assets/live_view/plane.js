/*
 * The plane: who owns each place, as colour and number; what is predicted there, by the mixture or by the plain
 * network; or what one expert answers, everywhere, even where it is never asked. The data on top.
 *
 * Regions are filled outlines, so they are crisp at any size. The strength changes smoothly across borders: it is laid
 * over them as a veil of the background's colour, scaled up smoothly.
 */

import { paintAnswers } from "./answers.js";
import { drawBatch } from "./batch.js";
import { Contours } from "./contours.js";
import { drawExpertNumber } from "./expert_number.js";
import { css, expertColour } from "./palette.js";
import { pictureOf } from "./plane_picture.js";
import { RegionNames } from "./regions.js";
import { RoomForNames } from "./room_for_names.js";
import { drawShapes } from "./shapes.js";

const POINT_RADIUS = 1 / 98; // of the plane's width
const NAME_RADIUS = 1 / 30;
const NUMBER_ROOM = 1.1 * NAME_RADIUS; // with the ring around it

export class Plane {
  constructor(surface) {
    this.surface = surface;
    this.canvas = surface.canvas;
    this.context = surface.context;
    this.raster = document.createElement("canvas");
    this.pointLayer = document.createElement("canvas");
  }

  /**
   * view: { record, theme, mode, highlight, expert, veiled }. mode is owner, prediction, plain (what the plain network
   * predicts) or expert (what `expert` answers); highlight is an expert or null; veiled: without the data.
   */
  draw(view) {
    const { canvas, context } = this;
    const { owner } = view.record.arrays;
    const resolution = Math.sqrt(owner.length);
    this.resize(resolution);
    const unit = canvas.width / resolution;
    const picture = this.outlined(pictureOf(view), view.record.arrays);
    context.setTransform(unit, 0, 0, unit, 0, 0);
    if (picture.levels) {
      this.drawRaster(picture.levels, resolution, (image) =>
        paintAnswers(image, picture.levels, view.expert, picture.classes, view.theme),
      );
    } else {
      this.fill(picture, resolution);
    }
    if (picture.veil) {
      this.drawVeil(picture.veil, view.theme, resolution);
    }
    const pixel = (resolution / this.surface.width) * view.theme.stroke;
    this.drawLines(picture, view, pixel);
    context.setTransform(1, 0, 0, 1, 0, 0);
    const { batch } = view.record.arrays;
    const { header } = view.record;
    if (batch && header.stage) {
      drawBatch(context, view.record.arrays, header.task.bounds, canvas.width, view.theme, header.stage.name);
    } else if (!view.veiled) {
      this.drawPoints(view);
    }
    this.drawNames(picture, unit, view);
  }

  fill(picture, resolution) {
    const { context } = this;
    context.fillStyle = picture.colour(picture.labels[0]);
    context.fillRect(0, 0, resolution, resolution);
    for (const [label, path] of picture.filled) {
      context.fillStyle = picture.colour(label);
      context.fill(path);
    }
  }

  resize(resolution) {
    if (this.resolution !== resolution) {
      this.resolution = resolution;
      this.contours = new Contours(resolution);
      this.ownerNames = new RegionNames(resolution);
      this.classNames = new RegionNames(resolution);
      this.room = new RoomForNames();
      this.raster.width = this.raster.height = resolution;
      this.image = new ImageData(resolution, resolution);
      this.traced = new Map();
    }
  }

  /** The picture with the outlines of what it fills, and of the owners' regions. */
  outlined(picture, { owner, strength }) {
    const regions = this.trace("owner", owner, strength);
    const { labels, source = labels, owners } = picture;
    return { ...picture, regions, filled: owners ? regions : this.trace("classes", labels, null, source) };
  }

  /** The outlines last traced are kept: a highlight or a theme redraws them. `source` is what the labels are from. */
  trace(name, labels, strength, source = labels) {
    const kept = this.traced.get(name);
    if (kept?.source === source) {
      return kept.paths;
    }
    const paths = this.contours.trace(labels, strength);
    this.traced.set(name, { source, paths });
    return paths;
  }

  drawVeil({ levels, thickness }, theme, resolution) {
    const [red, green, blue] = theme.background;
    this.drawRaster(levels, resolution, ({ data }) => {
      levels.forEach((level, i) => {
        data[4 * i] = red;
        data[4 * i + 1] = green;
        data[4 * i + 2] = blue;
        data[4 * i + 3] = 255 * thickness(level);
      });
    });
  }

  drawRaster(levels, resolution, paint) {
    paint(this.image);
    this.raster.getContext("2d").putImageData(this.image, 0, 0);
    this.context.imageSmoothingEnabled = true;
    this.context.drawImage(this.raster, 0, 0, resolution, resolution);
  }

  drawLines({ owners, owned, alone, filled, regions }, { theme, highlight }, pixel) {
    const { context } = this;
    const stroke = (paths, width, alpha = 1, colour = theme.text) => {
      context.lineWidth = width * pixel;
      context.strokeStyle = css(colour, alpha);
      paths.forEach((path) => context.stroke(path));
    };
    context.lineJoin = "round";
    const soft = theme.dark ? theme.background : theme.text;
    if (owners) {
      stroke(regions, 1.5, 0.72, soft);
      const marked = regions.get(highlight);
      stroke(marked ? [marked] : [], 3);
      return;
    }
    if (!alone) {
      stroke(regions, 1, 0.35, soft);
    }
    stroke(filled, 2);
    const own = regions.get(owned);
    if (own) {
      stroke([own], 6, 1, theme.background);
      stroke([own], 4, 1, expertColour(owned));
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

  drawNames({ labels, owners, owned }, unit, view) {
    const { owner } = view.record.arrays;
    if (owners) {
      const names = this.ownerNames.place(owner);
      const radius = NUMBER_ROOM * this.resolution;
      this.room.among(names, radius, this.resolution).forEach((name) => this.drawNumber(name, unit, view));
      return;
    }
    const numbers = owned === undefined ? [] : this.ownerNames.place(owner).filter(({ label }) => label === owned);
    const room = 2.4 * NAME_RADIUS * this.resolution;
    this.classNames
      .place(labels)
      .filter(({ x, y }) => numbers.every((number) => Math.hypot(number.x - x, number.y - y) > room))
      .forEach((name) => this.drawClass(name, unit, view));
    numbers.forEach((name) => this.drawNumber(name, unit, view));
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
