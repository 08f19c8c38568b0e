/*
 * For a task that is no plane: its test samples, projected onto the two directions in which they vary most (PCA). The
 * class is the shape, the expert that owns a sample is its colour, and each expert's number stands amid its samples.
 *
 * The samples do not move during a run; only their owners change.
 */

import { drawExpertNumber } from "./expert_number.js";
import { css, expertColour, luminance, mix } from "./palette.js";
import { drawShapes } from "./shapes.js";

const EDGE = 0.05; // of the picture's side, left free around the samples
const SAMPLE_RADIUS = 1 / 90; // of the picture's side
const NAME_RADIUS = 1 / 34;
const FADED = 0.16;
const REACH = 0.03; // of the picture's side: how near to a sample the pointer has to be
const ROUNDS = 4; // of moving numbers apart
const INK = [18, 20, 28];

export class Projection {
  constructor(surface, words) {
    this.surface = surface;
    this.words = words;
    this.context = surface.context;
  }

  draw({ record, theme, highlight }) {
    const { context } = this;
    const { scale, width: size } = this.surface;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, size, size);
    if (!record.arrays.projection) {
      return;
    }
    context.fillStyle = css(theme.surface);
    context.fillRect(0, 0, size, size);
    const owners = this.byOwner(record, size);
    // The one that is pointed at comes last, so that it lies on top.
    owners.sort((one, two) => (one.expert === highlight) - (two.expert === highlight));
    for (const owner of owners) {
      context.globalAlpha = highlight === null || highlight === owner.expert ? 1 : FADED;
      this.drawSamples(owner, size, theme);
    }
    context.globalAlpha = 1;
    const radius = NAME_RADIUS * size;
    for (const { expert, centre } of apart(owners, 2.3 * radius)) {
      const [x, y] = centre;
      const faded = highlight !== null && highlight !== expert;
      drawExpertNumber(context, { expert, x, y, radius, faded }, theme);
    }
  }

  drawSamples({ expert, byClass }, size, theme) {
    const colour = expertColour(expert);
    const outline = mix(luminance(colour) > 0.5 ? INK : theme.background, INK, 0.75);
    for (const [label, places] of byClass) {
      // Every second shape is filled with the ink; here the expert's colour fills them all.
      const [fill, ink] = label % 2 ? [outline, colour] : [colour, outline];
      drawShapes(this.context, label, places, SAMPLE_RADIUS * size, { fill: css(fill), ink: css(ink), line: 1 });
    }
  }

  /** [{ expert, byClass: Map of class to places, centre }] for each expert that owns a sample. */
  byOwner(record, size) {
    const { projection, projection_targets: targets, sample_expert: experts } = record.arrays;
    const owners = new Map();
    experts.forEach((expert, i) => {
      const place = placeOf(projection, i).map((share) => share * size);
      const label = targets[i];
      const owner = owners.get(expert) ?? { expert, byClass: new Map(), sum: [0, 0], count: 0 };
      owner.byClass.set(label, [...(owner.byClass.get(label) ?? []), place]);
      owner.sum = owner.sum.map((sum, axis) => sum + place[axis]);
      owner.count++;
      owners.set(expert, owner);
    });
    return [...owners.values()].map((owner) => ({ ...owner, centre: owner.sum.map((sum) => sum / owner.count) }));
  }

  /** The index, in the test split, of the sample at a place in shares of the picture's sides; null where there is none. */
  hit(place, record) {
    const nearest = this.nearest(place, record);
    return nearest === null ? null : record.arrays.projection_samples[nearest];
  }

  /** Where a sample of the test split lies, in shares of the picture's sides; in the middle, if it is not drawn. */
  placeOf(sample, { arrays: { projection, projection_samples: samples = [] } }) {
    const i = samples.indexOf(sample);
    const [x, y] = i < 0 ? [0.5, 0.5] : placeOf(projection, i);
    return { x, y };
  }

  /** The same sample in words' values: { sample, label, expert }, or null. */
  at(place, record) {
    const { projection_samples: samples, projection_targets: targets, sample_expert: experts } = record.arrays;
    const i = this.nearest(place, record);
    return i === null ? null : { sample: samples[i], label: targets[i], expert: experts[i] + 1 };
  }

  nearest({ x, y }, { arrays: { projection } }) {
    let nearest = null;
    let least = REACH;
    for (let i = 0; projection && i < projection.length / 2; i++) {
      const [left, top] = placeOf(projection, i);
      const distance = Math.hypot(left - x, top - y);
      if (distance < least) {
        [nearest, least] = [i, distance];
      }
    }
    return nearest;
  }
}

/** The owners with their centres moved, where two are nearer than `least`, so that no number covers another. */
function apart(owners, least) {
  const centres = owners.map(({ centre }) => [...centre]);
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < centres.length; i++) {
      for (let j = 0; j < i; j++) {
        const [across, down] = [centres[i][0] - centres[j][0], centres[i][1] - centres[j][1]];
        const distance = Math.hypot(across, down) || 1;
        const push = Math.max(0, (least - distance) / 2 / distance);
        centres[i] = [centres[i][0] + push * across, centres[i][1] + push * down];
        centres[j] = [centres[j][0] - push * across, centres[j][1] - push * down];
      }
    }
  }
  return owners.map((owner, i) => ({ ...owner, centre: centres[i] }));
}

/** Where a sample lies, in shares of the picture's sides from its left and top. Coordinates reach from -1 to 1. */
function placeOf(projection, i) {
  const share = (coordinate) => 0.5 + (0.5 - EDGE) * coordinate;
  return [share(projection[2 * i]), share(-projection[2 * i + 1])];
}
