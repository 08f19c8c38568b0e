/* What is read of one hidden unit: how it comes about, the weights that lead from it, and its effect. */

import { fixed, MINUS } from "./numbers.js";

const MOST_WEIGHTS = 3; // of a table's many inputs, those with the largest weights are read

export function sayUnit(inside, { unit, effect, weights, biases, answers }, words) {
  const { outputs, inputs, picture } = inside;
  const sums = weights.map((own, factor) => {
    if (inputs.length > 0) {
      return withBias(sumOf(own, inputs), biases[factor]);
    }
    const sum = picture === "image" ? words("inside_of_image") : largestOf(own, words);
    return withBias(sum, biases[factor]);
  });
  const values = { unit: unit + 1, activation: inside.activation, sum: sums[0], value: sums[1] };
  const how = words(weights.length > 1 ? "inside_product" : "inside_sum", values);
  const key = outputs.length > 1 ? "inside_to_class" : "inside_to_answer";
  const to = outputs.map((name, i) => words(key, { name, weight: fixed(answers[i], 2) })).join(", ");
  return `${how} ${words("inside_weights", { to })} ${words("inside_effect", { effect: fixed(effect, 2) })}`;
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
