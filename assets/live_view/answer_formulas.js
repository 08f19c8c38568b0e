/* The formulas of the stages that follow once it is decided who is asked (see token_formulas.js). */

import { added, count, each, factor, name, number, piece, result, row, sign, squared, sub, sum } from "./formula.js";
import { isAsked } from "./token_cells.js";

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
  const rule = [sum(row(name("e"), sign("∈"), name("T"))), each("g"), each("f"), ...(shared ? [sign("+"), name("s")] : [])];
  const left = probabilities ? sub("y", count(label)) : name("y");
  const numbers = added(terms.length ? terms : [number(0)]);
  const clauses = [[piece(left, sign("="), ...rule), piece(sign("=")), ...numbers, result(answer[label])]];
  return probabilities ? [...clauses, classClause(answer, probabilities, label)] : clauses;
}

/** How the scores of two classes make the probability of one: a softmax, written out. */
function classClause(answer, probabilities, label) {
  const scores = answer.length === 2 ? [sign("="), name("σ"), sign("("), ...difference(answer, label), sign(")")] : [];
  return [piece(sub("P", count(label)), ...scores), result(probabilities[label])];
}

function difference(answer, label) {
  return [number(answer[label]), sign("−"), factor(answer[1 - label])];
}

export function lossFormula({ stages, probabilities, answer, settings, experts }, words) {
  const [target] = stages.target;
  const { load, importance, coefficient, loss } = stages;
  const balance = experts.length * load.reduce((total, share, e) => total + share * importance[e], 0);
  const rule =
    settings.mixture_loss === "cooperative" ? taskRule({ target, probabilities, answer }) : [piece(name("ℓ"))];
  const balanceRule = piece(name("L"), sign("="), name("α"), name("E"), sum(name("e")), each("f"), each("P"));
  const numbers = piece(sign("="), number(coefficient), sign("×"), number(balance));
  return [
    [words(probabilities ? "token_task_nats" : "token_task"), ...rule, result(loss)],
    [words("token_balance"), balanceRule, numbers, result(coefficient * balance)],
  ];
}

function taskRule({ target, probabilities, answer }) {
  if (!probabilities) {
    const error = row(sign("("), number(answer[0]), sign("−"), factor(target), sign(")"));
    return [piece(name("ℓ"), sign("="), squared(error))];
  }
  const log = (of_) => [sign("−"), name("log"), of_];
  const shown = log(number(probabilities[target]));
  return [piece(name("ℓ"), sign("="), ...log(sub("P", count(target)))), piece(sign("="), ...shown)];
}
