/* What a frame says of the inside of one expert, unit by unit. */

import { className } from "./class_name.js";

/**
 * { expert, hidden } and, where the expert has hidden units, also
 * picture         what a unit shows: its activation over a "plane" or a "line", the weights of an "image", or "none"
 * inputs, outputs their names; no inputs where there are too many to draw a line from each
 * hasNames        whether classes have names, or only numbers
 * factors         how many sums of the inputs a unit is made of: two, where it is a product
 * low, high       the ends of what the pictures show; reach: the largest weight that a line stands for
 * units           { unit, effect, weights: [of each factor], biases: [of each factor], answers, picture }, the one with
 *                 the largest effect first
 */
export function insideOf({ header, arrays }) {
  const { inside, task } = header;
  if (!inside?.hidden || !arrays.unit_answers) {
    return { expert: inside?.expert, hidden: inside?.hidden };
  }
  const picture = pictureOf(header);
  const { expert, hidden, factors } = inside;
  const count = inside.units.length;
  const of = (array) => split(array, count);
  const [weights, biases, answers] = [arrays.unit_weights, arrays.unit_biases, arrays.unit_answers].map(of);
  const pictures = of(arrays.unit_pictures);
  const units = inside.units.map((unit, i) => ({
    unit,
    effect: arrays.unit_effects[i],
    weights: split(weights[i], factors),
    biases: biases[i] ?? [],
    answers: answers[i],
    picture: pictures[i],
  }));
  const inputs = inside.inputs ?? [];
  const lines = [...arrays.unit_answers, ...(inputs.length ? arrays.unit_weights : [])];
  const [low, high] = picture === "image" ? ends(arrays.unit_weights) : [inside.low, inside.high];
  return {
    ...{ expert, hidden, factors, picture, inputs, units, low, high },
    outputs: outputsOf(header, arrays.unit_answers.length / count),
    hasNames: Boolean(task.class_names),
    reach: Math.max(...lines.map(Math.abs)),
    own: [low, high],
    image: task.image,
    bounds: task.bounds,
    activation: header.settings.activation ?? "silu",
  };
}

function pictureOf({ picture, task }) {
  if (picture === "plane" || picture === "line") {
    return picture;
  }
  return task.image ? "image" : "none";
}

function outputsOf(header, count) {
  return count === 1 ? ["y"] : Array.from({ length: count }, (_, label) => className(header, label));
}

/** An array in so many equal parts; none of an array that is not there. */
function split(array, parts) {
  const length = (array?.length ?? 0) / parts;
  return Array.from({ length: array ? parts : 0 }, (_, i) => array.subarray(i * length, (i + 1) * length));
}

function ends(values) {
  return [Math.min(0, ...values), Math.max(0, ...values)];
}
