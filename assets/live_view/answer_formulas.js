/* The formulas of the stages that follow once it is decided who is asked (see token_formulas.js). */

import { added, at, count, each, factor, fraction, name, number, part, piece, power, result, row } from "./formula.js";
import { sign, squared, sub, sum } from "./formula.js";
import { isAsked } from "./token_cells.js";

const MOST_CLASSES = 2; // of which each score is said

/** What is multiplied here, and what a dense layer would multiply. */
export function productsFormula({ experts, stages }, words) {
  const asked = experts.filter(isAsked).length;
  const { router, expert, shared } = stages.products;
  const work = (computed) => router + (computed + shared) * expert;
  const terms = (computed) => [count(router), sign("+"), count(computed + shared), sign("×"), count(expert)];
  const clause = (label, computed) => [words(label), piece(...terms(computed), sign("="), count(work(computed)))];
  const saved = work(experts.length) - work(asked);
  return [
    clause("token_products_here", asked),
    clause("token_products_dense", experts.length),
    [words("token_products_saved", { saved: saved.toLocaleString("en") })],
  ];
}

export function sumFormula({ experts, answer, shared, label, probabilities }) {
  const terms = experts
    .filter(isAsked)
    .map((expert) => row(number(expert.gate), sign("×"), factor(expert.answer[label])));
  if (shared) {
    terms.push(factor(shared[label]));
  }
  const of_ = (letter, one = label) => (probabilities ? at(letter, count(one)) : letter);
  const sharedTerm = shared ? [sign("+"), of_(sub("y", "shared"))] : [];
  const rule = [sum(row(name("e"), sign("∈"), name("S"))), each("g"), of_(each("y")), ...sharedTerm];
  const numbers = added(terms.length ? terms : [number(0)]);
  const own = [piece(of_(name("y")), sign("="), ...rule), piece(sign("=")), ...numbers, result(answer[label])];
  if (!probabilities) {
    return [own];
  }
  const others = answer.map((_, one) => one).filter((one) => one !== label && answer.length <= MOST_CLASSES);
  const scores = others.map((one) => [piece(of_(name("y"), one), sign("="), number(answer[one]))]);
  return [own, ...scores, classClause(answer, probabilities, label)];
}

/** How the scores of the classes make the probability of one: a softmax, written out. */
function classClause(answer, probabilities, label) {
  const score = (index) => power(at(name("y"), index));
  const rule = fraction(score(count(label)), row(sum(name("c")), score(name("c"))));
  const total = answer.reduce((all, one) => all + Math.exp(one), 0);
  const numbers = fraction(part(Math.exp(answer[label])), part(total));
  const left = piece(at(name("q"), count(label)), sign("="), rule);
  return [left, piece(sign("="), numbers), result(probabilities[label])];
}

export function lossFormula({ stages, probabilities, answer, settings, experts }, words) {
  const [target] = stages.target;
  const { load, importance, coefficient, loss } = stages;
  const balance = experts.length * load.reduce((total, share, e) => total + share * importance[e], 0);
  const rule =
    settings.mixture_loss === "cooperative" ? taskRule({ target, probabilities, answer }) : [piece(name("ℓ"))];
  const balanceRule = piece(sub("L", "balance"), sign("="), name("α"), name("E"), sum(name("e")), each("f"), each("P"));
  const numbers = piece(sign("="), number(coefficient), sign("×"), number(balance));
  return [
    [words(probabilities ? "token_task_nats" : "token_task"), ...rule, result(loss)],
    [balanceRule, numbers, result(coefficient * balance)],
  ];
}

function taskRule({ target, probabilities, answer }) {
  if (!probabilities) {
    const error = row(sign("("), number(answer[0]), sign("−"), factor(target), sign(")"));
    return [piece(name("ℓ"), sign("="), squared(error))];
  }
  return [piece(name("ℓ"), sign("="), sign("−"), name("ln"), at(name("q"), count(target)))];
}
