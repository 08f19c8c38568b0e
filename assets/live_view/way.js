/*
 * The way of one input from the router's logits to the answer, as formulas with its numbers in them:
 *
 *     logits -> probabilities -> chosen -> gates -> outputs -> their weighted sum -> softmax over the classes
 *
 * Which rule a router has is told by its numbers: a rule is named only where it gives just what the router gave.
 */

import { precise } from "./numbers.js";

const KILLED = -5e8; // a logit below it is that of an expert that was killed: it stands for "never"
const SAME = 1e-4; // numbers are sent as float32, and the largest of these is 1

export const isKilled = ({ logit }) => logit < KILLED;
/** A selection that stands for "never": of an expert that was killed, or whose group is closed to the token. */
export const isShut = ({ selection }) => selection < KILLED;
const isAsked = ({ chosen, kept }) => chosen && kept;
const isSame = (one, other) => Math.abs(one - other) < SAME;

export function softmax(values) {
  const largest = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - largest));
  const total = sum(powers);
  return powers.map((power) => power / total);
}

export function indexOfLargest(values) {
  return values.reduce((best, value, i) => (value > values[best] ? i : best), 0);
}

/** "softmax" of the logits, or the router's "own" function. */
export function probabilityRule(experts) {
  const expected = softmax(experts.map(({ logit }) => logit));
  return experts.every(({ probability }, i) => isSame(probability, expected[i])) ? "softmax" : "own";
}

/** A gate is its "probability"; or that, "renormalized" over those that were asked; or by the router's "own" rule. */
export function gateRule(experts) {
  const asked = experts.filter(isAsked);
  const total = sum(asked.map(({ probability }) => probability));
  if (asked.every(({ gate, probability }) => isSame(gate, probability))) {
    return "probability";
  }
  return asked.every(({ gate, probability }) => isSame(gate, probability / total)) ? "renormalized" : "own";
}

/** How an expert comes to its gate, in two formulas. `number` counts from 0. */
export function gateWay(experts, number, words) {
  const expert = experts[number];
  const probability = words(`way_probability_${probabilityRule(experts)}`, {
    expert: number + 1,
    logit: isKilled(expert) ? "−∞" : precise(expert.logit),
    ...quotient(experts.map(({ logit }) => logit), number),
    probability: precise(expert.probability),
  });
  return `${probability}; ${gateFormula(experts, expert, words)}`;
}

function gateFormula(experts, expert, words) {
  if (!isAsked(expert)) {
    return words(expert.chosen ? "way_gate_full" : "way_gate_none");
  }
  return words(`way_gate_${gateRule(experts)}`, {
    probability: precise(expert.probability),
    chosen: experts.filter(isAsked).map((one) => precise(one.probability)).join(" + "),
    gate: precise(expert.gate),
  });
}

/**
 * g_1 x f_1 + g_2 x f_2 = y with the numbers in it, of those that were asked: a term an expert. Shared experts, where
 * there are any, are one term without a gate.
 */
export function sumOf(experts, answer, output, shared) {
  const terms = experts.filter(isAsked).map((expert) => `${precise(expert.gate)} × ${signed(expert.answer[output])}`);
  if (shared) {
    terms.push(signed(shared[output]));
  }
  return `${terms.join(" + ") || "0"} = ${precise(answer[output])}`;
}

/** How a class comes to its probability. */
export function classWay({ answer, probabilities }, label, words) {
  const probability = precise(probabilities[label]);
  return words("way_class", { score: precise(answer[label]), ...quotient(answer, label), probability });
}

/** The two numbers whose quotient is the softmax. */
function quotient(values, index) {
  const powers = values.map(Math.exp);
  return { power: precise(powers[index]), sum: precise(sum(powers)) };
}

function signed(value) {
  return value < 0 ? `(${precise(value)})` : precise(value);
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
