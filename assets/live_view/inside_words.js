/* What is read of one hidden unit: how it comes about, the weights that lead from it, and its effect. */

import { fixed, MINUS } from "./numbers.js";

const MOST_NAMED = 3; // classes
const MOST_WEIGHTS = 3; // of a table's many inputs, those with the largest weights are read

export function sayUnit(inside, { unit, effect, weights, biases, answers }, words) {
  const { inputs, picture } = inside;
  const sums = weights.map((own, factor) => {
    if (inputs.length > 0) {
      return withBias(sumOf(own, inputs), biases[factor]);
    }
    const [low, high] = [Math.min(...own), Math.max(...own)].map((weight) => fixed(weight, 2));
    const sum = picture === "image" ? words("inside_of_image", { low, high }) : largestOf(own, words);
    return withBias(sum, biases[factor]);
  });
  const values = { unit: unit + 1, activation: inside.activation, sum: sums[0], value: sums[1] };
  const how = words(weights.length > 1 ? "inside_product" : "inside_sum", values);
  const to = weightsOut(answers, inside, words);
  return `${how} ${to} ${words("inside_effect", { effect: fixed(effect, 2) })}`;
}

/** The weights to the outputs. Of many classes that have no names, their numbers are not said one by one. */
function weightsOut(answers, { outputs, hasNames }, words) {
  const all = [...answers].map((weight) => fixed(weight, 2));
  if (outputs.length > MOST_NAMED && !hasNames) {
    return words("inside_weights_from", { last: outputs.length - 1, weights: all.join(", ") });
  }
  const key = outputs.length > 1 ? "inside_to_class" : "inside_to_answer";
  return words("inside_weights", { to: outputs.map((name, i) => words(key, { name, weight: all[i] })).join(", ") });
}

/** What is said of all units while none is pointed at. left: how many are left out. */
export function sayAll({ hidden, picture, factors }, left, isPresented, words) {
  const sentences = [
    picture === "none" ? words("inside_no_picture") : "",
    isPresented ? "" : words("inside_point"),
    factors > 1 && picture !== "none" ? words(`inside_product_${picture === "image" ? "image" : "lines"}`) : "",
    left > 0 ? words("inside_left_out", { left, hidden }) : "",
  ];
  return sentences.filter(Boolean).join(" ");
}

/** 0.52 x₁ − 1.20 x₂ */
function sumOf(weights, names) {
  return names.map((name, i) => `${i === 0 ? fixed(weights[i], 2) : added(weights[i])} ${name}`).join(" ");
}

function withBias(sum, bias) {
  return bias === undefined ? sum : `${sum} ${added(bias)}`;
}

/** A number with the sign between it and what stands before it. */
function added(value) {
  return `${value < 0 ? MINUS : "+"} ${fixed(Math.abs(value), 2)}`;
}

/** Of many inputs: those with the largest weights, and how many more there are. */
function largestOf(weights, words) {
  const bySize = [...weights.keys()].sort((one, other) => Math.abs(weights[other]) - Math.abs(weights[one]));
  const largest = bySize.slice(0, MOST_WEIGHTS);
  const sum = sumOf(largest.map((i) => weights[i]), largest.map((i) => words("inside_input", { input: i + 1 })));
  const rest = weights.length - largest.length;
  return rest > 0 ? `${sum} + ${words("inside_more", { rest })}` : sum;
}
