/* What the pulls of all experts come to: two numbers, and which sentence is true of them. pulls.json has the limits. */

import limits from "./pulls.json" with { type: "json" };

export const AGAINST = limits.against.value; // the median cosine is at most so much
export const CANCELLED = limits.cancelled.value; // at most this share of the pulls is left

/**
 * pulls: { task, balance, left, cosine } of each expert, lengths and a cosine. Returns { name, cosine, left, experts }:
 * the median cosine of the experts at which both pull, null where there are none; and the length of what is left over
 * the lengths of all pulls.
 */
export function verdictOf(pulls) {
  const total = (name) => pulls.reduce((sum, pull) => sum + pull[name], 0);
  const both = pulls.filter(({ task, balance }) => task > 0 && balance > 0);
  const cosine = both.length > 0 ? median(both.map((pull) => pull.cosine)) : null;
  const left = total("left") / (total("task") + total("balance"));
  return { name: nameOf(cosine, left, total("task") > total("balance")), cosine, left, experts: both.length };
}

function nameOf(cosine, left, taskIsStronger) {
  if (cosine === null) {
    return "alone";
  }
  if (cosine > AGAINST) {
    return "apart";
  }
  if (left <= CANCELLED) {
    return "cancelled";
  }
  return taskIsStronger ? "task" : "balance";
}

function median(values) {
  const sorted = [...values].sort((one, two) => one - two);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
}
