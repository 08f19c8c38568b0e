/* The formulas of the stages that decide who is asked, from the logits to the gates (see token_formulas.js). */

import { added, count, factor, fraction, name, number, of, part, piece, power, result, row, sign, sub, sum, tilde } from "./formula.js";
import { canDraw, isAsked } from "./token_cells.js";
import { gateRule, isKilled, isShut, probabilityRule } from "./way.js";

const MOST_TERMS = 4; // of a product of token and row that is written out
const SAME = 2e-3;
const AMONG_CHOSEN = () => row(name("j"), sign("∈"), name("S"));

export function logitFormula({ experts, stages, inputs, followed: e }) {
  const { scores, clean, offsets } = stages;
  const moved = offsets[e] === 0 ? [] : [piece(sign("+"), factor(offsets[e]))];
  if (isKilled(experts[e]) || !scores) {
    return [[piece(of("h", e)), result(clean[e])]];
  }
  const own = scores.kind === "cosine" ? cosine(scores, clean[e] - offsets[e], e) : linear(scores, inputs, e);
  return [[...own, ...moved, result(clean[e])]];
}

export function noiseFormula({ stages, settings, followed: e }, words) {
  const { clean, draw, noise, noise_std: std } = stages;
  if (draw === null || !canDraw(settings)) {
    return [[words(canDraw(settings) ? "token_noise_evaluation" : "token_noise_none")]];
  }
  if (settings.router === "gshard") {
    return [[words("token_noise_gshard", { threshold: settings.second_threshold })]];
  }
  if (!std) {
    const jittered = piece(of("h", e), sign("("), name("x"), sign("⊙"), name("ε"), sign(")"));
    return [[jittered, piece(sign("="), number(clean[e]), sign("+"), factor(noise[e])), result(clean[e] + noise[e])]];
  }
  const rule = piece(noisy(e), sign("="), of("h", e), sign("+"), of("ε", e), of("σ", e));
  const drawn = [factor(noise[e] / std[e]), sign("×"), number(std[e])];
  return [[rule, piece(sign("="), number(clean[e]), sign("+"), ...drawn), result(clean[e] + noise[e])]];
}

export function selectionFormula({ experts, stages, followed: e }, words) {
  const { selection, probability, logit } = experts[e];
  if (isShut(experts[e])) {
    return [[words("token_selection_shut")]];
  }
  const bias = stages.selection_bias?.[e];
  if (bias !== undefined) {
    const rule = piece(of("c", e), sign("="), of("s", e), sign("+"), of("β", e));
    return [[rule, piece(sign("="), number(selection - bias), sign("+"), factor(bias)), result(selection)]];
  }
  const rules = [
    [of("h", e), logit],
    [noisy(e), stages.clean[e] + stages.noise[e]],
    [of("p", e), probability],
    [sigmoidOf(e), 1 / (1 + Math.exp(-logit))],
  ];
  const [rule] = rules.find(([, value]) => Math.abs(value - selection) < SAME) ?? [];
  return [[piece(of("c", e), ...(rule ? [sign("="), rule] : [])), result(selection)]];
}

export function chosenFormula({ experts, settings }, words) {
  const value = (e) => experts[e].selection;
  const chosen = numbersWhere(experts, isAsked);
  const left = numbersWhere(experts, (expert) => !isAsked(expert) && !isShut(expert));
  const inside = chosen.flatMap((e, i) => [...(i ? [sign(",")] : []), count(e + 1)]);
  const rule = settings.k === 1 ? "token_chosen_one" : `token_chosen_${settings.router}`;
  const said = words(rule, { k: settings.k, p: settings.p, groups: settings.groups_kept });
  const clauses = [[said], [piece(name("S"), sign("="), sign("{"), ...inside, sign("}"))]];
  const last = chosen.reduce((least, e) => (least === null || value(e) < value(least) ? e : least), null);
  const next = left.reduce((most, e) => (most === null || value(e) > value(most) ? e : most), null);
  if (last !== null && next !== null && value(last) > value(next)) {
    const [in_, out] = [last, next].map((e) => [of("c", e), sign("="), number(value(e))]);
    clauses.push([piece(...in_), piece(sign(">"), ...out)]);
  }
  return clauses;
}

export function gatesFormula({ experts, stages, settings, followed: e }, words) {
  return [probabilityClause(experts, e), gateClause({ experts, stages, settings }, e, words)];
}

function linear({ weight, bias, temperature, handicap }, inputs, e) {
  const score = row(of("w", e), sign("·"), name("x"), sign("+"), of("b", e));
  const isHot = temperature !== 1;
  const rule = piece(of("h", e), sign("="), isHot ? fraction(score, name("τ")) : score);
  if (inputs.length > MOST_TERMS) {
    return [rule];
  }
  const products = inputs.map((x, d) => row(factor(weight[e][d]), sign("×"), factor(x)));
  const terms = added([...products, factor(bias[e])]);
  const over = isHot ? [piece(sign("(")), ...terms, piece(sign(")"), sign("/"), number(temperature))] : terms;
  const held = handicap[e] === 0 ? [] : [piece(sign("+"), factor(handicap[e]))];
  return [rule, piece(sign("=")), ...over, ...held];
}

function cosine({ temperature }, logit, e) {
  const angle = row(name("cos"), sign("("), name("V"), name("x"), sign(","), of("w", e), sign(")"));
  const rule = piece(of("h", e), sign("="), fraction(angle, name("τ")));
  return [rule, piece(sign("="), fraction(number(logit * temperature), number(temperature)))];
}

function probabilityClause(experts, e) {
  const { logit, probability } = experts[e];
  if (probabilityRule(experts) !== "softmax" || isKilled(experts[e])) {
    return [piece(of("p", e), sign("="), number(probability))];
  }
  const total = experts.reduce((all, one) => all + Math.exp(one.logit), 0);
  const rule = fraction(power(of("h", e)), row(sum(name("j")), power(sub("h", "j"))));
  const numbers = fraction(part(Math.exp(logit)), part(total));
  return [piece(of("p", e), sign("="), rule), piece(sign("="), numbers), result(probability)];
}

function gateClause({ experts, stages, settings }, e, words) {
  const left = [of("g", e), sign("=")];
  if (!isAsked(experts[e])) {
    return [words("token_gate_none"), piece(...left, count(0))];
  }
  const rule = gateRule(experts);
  const own = GATE_RULES[rule === "own" ? settings.router : rule];
  const written = own?.({ left, e, experts, stages, settings }) ?? [piece(...left, number(experts[e].gate))];
  return own ? [...written, result(experts[e].gate)] : [...written, words("token_own")];
}

/** How a gate comes about: two rules that many routers have, and those of routers with a rule of their own. */
const GATE_RULES = {
  probability: ({ left, e }) => [piece(...left, of("p", e))],
  renormalized: ({ e, experts }) => shareOf((index) => sub("p", index), e, experts, (j) => experts[j].probability),
  noisy_top_k: ({ e, experts, stages }) => {
    const value = (j) => Math.exp(stages.clean[j] + stages.noise[j]);
    return shareOf((index) => power(tilde("h", index)), e, experts, value);
  },
  sigmoid: ({ left, e }) => [piece(...left, sigmoidOf(e))],
  relu: ({ left, e }) => [piece(...left, name("max"), sign("("), count(0), sign(","), of("h", e), sign(")"))],
  group_limited: ({ left, e, settings }) => [piece(...left, number(settings.routed_scaling), sign("×"), of("s", e))],
};

/** A value over the sum of those of all that were chosen. */
function shareOf(written, e, experts, value) {
  const below = row(sum(AMONG_CHOSEN()), written("j"));
  const chosen = numbersWhere(experts, isAsked);
  const total = row(...chosen.flatMap((j, i) => [...(i ? [sign("+")] : []), part(value(j))]));
  const rule = piece(of("g", e), sign("="), fraction(written(String(e + 1)), below));
  return [rule, piece(sign("="), fraction(part(value(e)), total))];
}

const noisy = (e) => tilde("h", String(e + 1));
const sigmoidOf = (e) => row(name("σ"), sign("("), of("h", e), sign(")"));

function numbersWhere(experts, is) {
  return experts.map((_, e) => e).filter((e) => is(experts[e]));
}
