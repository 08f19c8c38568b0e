/*
 * How the gradient of the task's loss comes back to a logit, with the numbers in it. a_e is the slope of the loss along
 * the gate of expert e, and said first. A rule is written out only where it gives the gradient that the core computed.
 */

import { count, factor, fine, fraction, name, number, of, piece, row, sign, sub, sum } from "./formula.js";
import { isAsked } from "./token_cells.js";

const SAME = 1e-4;
const DIGITS = 4;
const MOST_SLOPES = 4; // that are said; of more experts, that of the followed one
const LEAST = 5e-5; // what is printed as zero is called zero

export function gradientFormula({ experts, stages, settings, followed: e }, words) {
  const { gradient, slopes, coefficient, pull } = stages;
  const by = (letter, below = of("h", e)) => fraction(row(name("∂"), letter), row(name("∂"), below));
  const rule = rulesOf(settings).find((one) => Math.abs(one.value(experts, slopes, e) - gradient[e]) < SAME);
  const chain = () => [piece(sign("="), sum(name("j")), sub("a", "j"), by(sub("g", "j")))];
  const said = Math.abs(gradient[e]) < LEAST ? "leaves" : gradient[e] > 0 ? "lowers" : "raises";
  const asked = experts.map((_, j) => j).filter((j) => isAsked(experts[j]));
  const told = asked.length > MOST_SLOPES ? asked.filter((j) => j === e) : asked;
  const slope = (j) => piece(of("a", j), sign("="), by(name("ℓ"), of("g", j)), sign("="), number(slopes[j]));
  return [
    ...told.map((j) => [slope(j)]),
    [piece(by(name("ℓ"))), ...(rule?.written(experts, slopes, e) ?? chain()), finely(gradient[e])],
    [words(`token_gradient_${said}`, { expert: e + 1 })],
    [piece(by(sub("L", "balance"))), finely(coefficient * pull[e])],
  ];
}

/** Gates that are shares of one another: v_e (a_e - sum over the chosen of v_j a_j), v a probability or a gate. */
function shareRule(letter, of_) {
  const parts = (experts, slopes, e) => ({
    weight: of_(experts[e]),
    slope: isAsked(experts[e]) ? slopes[e] : 0,
    mean: experts.reduce((total, one, j) => total + (isAsked(one) ? of_(one) * slopes[j] : 0), 0),
  });
  return {
    value: (experts, slopes, e) => {
      const { weight, slope, mean } = parts(experts, slopes, e);
      return weight * (slope - mean);
    },
    written: (experts, slopes, e) => {
      const { weight, slope, mean } = parts(experts, slopes, e);
      const own = isAsked(experts[e]) ? of("a", e) : count(0);
      const all = [sum(row(name("j"), sign("∈"), name("S"))), sub(letter, "j"), sub("a", "j")];
      return [
        piece(sign("="), of(letter, e), sign("("), own, sign("−"), ...all, sign(")")),
        piece(sign("="), number(weight), sign("("), number(slope), sign("−"), factor(mean), sign(")")),
      ];
    },
  };
}

const OF_PROBABILITIES = shareRule("p", ({ probability }) => probability);
const OF_GATES = shareRule("g", ({ gate }) => gate);

/** A sigmoid stands alone. */
const OF_SIGMOIDS = {
  value: (experts, slopes, e) => experts[e].gate * (1 - experts[e].gate) * slopes[e],
  written: (experts, slopes, e) => [
    piece(sign("="), of("g", e), sign("("), count(1), sign("−"), of("g", e), sign(")"), of("a", e)),
    piece(sign("="), number(experts[e].gate), sign("×"), number(1 - experts[e].gate), sign("×"), factor(slopes[e])),
  ],
};

/** The logit itself is the gate. */
const OF_LOGITS = {
  value: (experts, slopes, e) => (isAsked(experts[e]) ? slopes[e] : 0),
  written: (experts, _slopes, e) => [piece(sign("="), isAsked(experts[e]) ? of("a", e) : count(0))],
};

/** The rules that may hold. Of one expert alone several give the same number, so the router's own comes first. */
function rulesOf({ router, renormalize }) {
  if (router === "relu") {
    return [OF_LOGITS];
  }
  return router === "sigmoid" && !renormalize ? [OF_SIGMOIDS] : [OF_PROBABILITIES, OF_GATES];
}

function finely(value) {
  return piece(sign("="), fine(value, DIGITS));
}
