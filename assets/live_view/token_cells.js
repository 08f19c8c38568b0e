/*
 * What each stage of a token has for each expert, as an ExpertRow draws it. A token is { experts, stages, settings,
 * label }: the rows of the pointed input, what the frame tells of its stages, the run's settings, and the output that is
 * followed.
 */

import { fixed, MISSING, precise, roundUp } from "./numbers.js";
import { isKilled, isShut } from "./way.js";

const LEAST_LOGITS = 4; // what a bar of logits stands for at least, so that small ones look small
const LEAST_GRADIENT = 0.01; // what a bar of gradients stands for at least
const LEAST = 1e-9;

export const isAsked = ({ chosen, kept }) => chosen && kept;
/** Whether the router draws anything while it trains. */
export function canDraw({ router, input_jitter: jitter, second_expert: second }) {
  return router === "noisy_top_k" || (router === "gshard" && second === "random") || (router === "switch" && jitter > 0);
}

/** Gradients are small: one digit more. */
const slight = (value) => (Number.isFinite(value) ? fixed(value, 4) : MISSING);

/** The stages in their order. */
export const STAGES = [
  "logits",
  "noise",
  "selection",
  "chosen",
  "gates",
  "experts",
  "combination",
  "losses",
  "gradients",
];

/** Stages whose bars stand on a line in the middle. */
export const SIGNED = ["logits", "noise", "selection", "experts", "combination", "gradients"];

/** What the bars of the logits stand for at full length. */
export function logitScale({ stages }) {
  return scaleOf(stages.clean.filter((logit) => !isKilled({ logit })), LEAST_LOGITS);
}

/** The cells of one stage. logits: what the bars of the logits stand for. */
export function cellsOf(stage, token, logits) {
  return CELLS[stage](token, logits);
}

const CELLS = {
  logits: ({ experts, stages: { clean, offsets } }, scale) =>
    experts.map((expert, i) => ({
      ...(never(isKilled(expert)) ?? cell(clean[i], scale, stateOf(expert))),
      below: offsets[i] === 0 ? "" : signed(offsets[i]),
    })),
  noise: ({ experts, stages, settings }, scale) => {
    const isDrawn = stages.draw !== null && canDraw(settings);
    return experts.map((expert, i) => (isDrawn ? cell(stages.noise[i], scale, stateOf(expert)) : none(expert)));
  },
  selection: ({ experts }, logits) => {
    const scale = Math.max(logits, scaleOf(experts.filter((expert) => !isShut(expert)).map(({ selection }) => selection), 0));
    return experts.map((expert) => never(isShut(expert)) ?? cell(expert.selection, scale, stateOf(expert)));
  },
  chosen: ({ experts }) =>
    ranks(experts).map((rank, i) => ({
      bar: isAsked(experts[i]) ? 1 : null,
      text: isShut(experts[i]) ? MISSING : String(rank),
      state: stateOf(experts[i]),
    })),
  gates: ({ experts }) => {
    const scale = Math.max(1, ...experts.map(({ gate }) => gate));
    return experts.map((expert) => ({
      ...cell(expert.gate, scale, stateOf(expert)),
      second: expert.probability / scale,
      below: precise(expert.probability),
    }));
  },
  experts: ({ experts, label }) => {
    const scale = scaleOf(experts.map(({ answer }) => answer[label]), LEAST);
    return experts.map((expert) => ({
      ...(isAsked(expert) ? cell(expert.answer[label], scale, "asked") : SKIPPED),
      second: expert.answer[label] / scale,
      below: precise(expert.answer[label]),
    }));
  },
  combination: ({ experts, label }) => {
    const terms = experts.map(({ answer, gate }) => gate * answer[label]);
    const scale = scaleOf(terms.filter((_, i) => isAsked(experts[i])), LEAST);
    return experts.map((expert, i) => (isAsked(expert) ? cell(terms[i], scale, "asked") : SKIPPED));
  },
  losses: ({ experts, stages }) => {
    const scale = scaleOf([...stages.load, ...stages.importance], 2 / experts.length);
    return experts.map((expert, i) => ({
      ...cell(stages.load[i], scale, stateOf(expert)),
      second: stages.importance[i] / scale,
      below: precise(stages.importance[i]),
    }));
  },
  gradients: ({ experts, stages }) => {
    const balance = stages.pull.map((pull) => stages.coefficient * pull);
    const scale = scaleOf([...stages.gradient, ...balance], LEAST_GRADIENT);
    return experts.map((expert, i) => ({
      ...cell(stages.gradient[i], scale, stateOf(expert)),
      text: slight(stages.gradient[i]),
      second: balance[i] / scale,
      below: slight(balance[i]),
    }));
  },
};

function cell(value, scale, state) {
  return { bar: value / scale, text: precise(value), state };
}

function none(expert) {
  return { bar: null, text: MISSING, state: stateOf(expert) };
}

/** Of an expert that was killed, or whose group is closed: it is never chosen. */
function never(isNever) {
  return isNever ? { bar: null, text: MISSING, state: "idle" } : null;
}

/** Only who is asked is computed. */
const SKIPPED = { bar: null, text: MISSING, state: "skipped" };

const signed = (value) => (value > 0 ? `+${precise(value)}` : precise(value));

function stateOf(expert) {
  return isAsked(expert) ? "asked" : "idle";
}

function scaleOf(values, least) {
  const largest = Math.max(least, ...values.map(Math.abs));
  return largest > 0 ? roundUp(largest) : 1;
}

/** Each expert's place in the order of what is compared, from 1. */
function ranks(experts) {
  return experts.map(({ selection }) => 1 + experts.filter((other) => other.selection > selection).length);
}
