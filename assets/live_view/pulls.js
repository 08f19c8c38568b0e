/*
 * The tug-of-war at the router: a card for each expert with two arrows, where the task's loss would move its router row
 * and where the balance loss would, and a thin third one, their sum: what is left. Below, what it all comes to.
 */

import { Arrows } from "./arrow.js";
import { element, setAttribute, setText } from "./dom.js";
import { fixed, MISSING, roundUp, significant } from "./numbers.js";
import { css, expertColour, inkOn } from "./palette.js";
import { AGAINST, CANCELLED, verdictOf } from "./verdict.js";

const MOST_ROOMY = 8;
const KINDS = ["task", "balance", "left"];
const SAMPLES = { task: [[40, 0], null, null], balance: [null, [40, 0], null], left: [null, null, [40, 0]] };

export class Pulls {
  /** pointAt(expert or null): the card under the pointer. */
  constructor(words, pointAt = () => {}) {
    this.words = words;
    this.pointAt = pointAt;
    this.cards = [];
    this.scale = element("span", { class: "pull-scale", "data-testid": "pull-scale" });
    this.grid = element("div", { class: "pull-cards", role: "group", tabindex: "0", "aria-label": words("pulls_title") });
    this.said = element("p", { class: "pulls-said", role: "status", "aria-live": "off", "data-testid": "pulls-said" });
    const legend = element("div", { class: "pull-legend" }, ...KINDS.map((kind) => this.entry(kind)), this.scale);
    this.full = element("div", { class: "pulls-full" }, legend, this.grid);
    this.root = element("div", { class: "pulls", "data-testid": "pulls" }, this.full, this.said);
  }

  /** What an arrow is, with one like it. */
  entry(kind) {
    const sample = new Arrows(KINDS);
    sample.draw(SAMPLES[kind], 40);
    setAttribute(sample.root, "viewBox", "0 -25 50 50");
    const name = element("span", {}, this.words(`pull_${kind}`));
    return element("span", { class: "pull-entry", title: this.words(`pull_${kind}_hint`) }, sample.root, name);
  }

  /** all: the records of every member of the group, whose arrows share a scale. highlight: an expert, or null. */
  update(record, { all = [record], highlight = null } = {}) {
    const { header } = record;
    const pulls = pullsOf(record);
    this.full.hidden = pulls.length === 0;
    setAttribute(this.said, "aria-live", header.state === "running" ? "off" : "polite");
    if (pulls.length === 0) {
      setText(this.said, this.reason(header));
      return;
    }
    const longest = Math.max(...all.flatMap(pullsOf).flatMap(({ task, balance }) => [task, balance]).filter(Number.isFinite));
    const reach = roundUp(longest);
    const length = significant(reach);
    setText(this.scale, this.words("pull_scale", { length }));
    setAttribute(this.scale, "title", this.words("pull_scale_hint", { length }));
    this.build(pulls.length);
    pulls.forEach((pull, expert) => this.show(this.cards[expert], pull, reach));
    this.cards.forEach(({ root }, expert) => root.classList.toggle("dimmed", highlight !== null && highlight !== expert));
    setText(this.said, this.sentence(pulls, header));
  }

  /** Why there are no arrows. */
  reason({ pulls_step: step, settings }) {
    if (step === null || step === undefined) {
      return this.words("pulls_waiting");
    }
    const known = ["none", "loss_free"].includes(settings.balancer);
    return this.words(known ? `pulls_nothing_${settings.balancer}` : "pulls_nothing");
  }

  sentence(pulls, { pulls_step: step }) {
    const { name, cosine, left } = verdictOf(pulls);
    const numbers = {
      step: step.toLocaleString("en"),
      cosine: cosine === null ? MISSING : fixed(cosine, 2),
      left: `${fixed(100 * left, 0)}%`,
      against: fixed(AGAINST, 1),
      cancelled: `${fixed(100 * CANCELLED, 0)}%`,
    };
    return `${this.words("pulls_measured", numbers)} ${this.words(`pulls_${name}`, numbers)}`;
  }

  show({ root, arrows, number }, pull, reach) {
    const { x, y, otherX, otherY } = pull;
    const isKnown = [x, y, otherX, otherY].every(Number.isFinite);
    const [task, balance, left] = isKnown ? [[x, y], [otherX, otherY], [x + otherX, y + otherY]] : [null, null, null];
    arrows.draw([pull.task > 0 ? task : null, pull.balance > 0 ? balance : null, left], reach);
    const cosine = isKnown && pull.task > 0 && pull.balance > 0 ? fixed(pull.cosine, 2) : MISSING;
    setText(number, cosine);
    const sizes = Object.fromEntries(KINDS.map((kind) => [kind, significant(pull[kind])]));
    const said = this.words("pull_card", { expert: Number(root.dataset.expert), cosine, ...sizes });
    setAttribute(root, "aria-label", said);
    setAttribute(root, "title", said);
  }

  build(count) {
    if (this.cards.length !== count) {
      this.cards = Array.from({ length: count }, (_, expert) => this.card(expert));
      this.grid.classList.toggle("roomy", count <= MOST_ROOMY);
      this.grid.replaceChildren(...this.cards.map(({ root }) => root));
    }
  }

  card(expert) {
    const colour = expertColour(expert);
    const arrows = new Arrows(KINDS);
    const number = element("span", { class: "pull-cosine" });
    const chip = element("span", { class: "chip-number" }, String(expert + 1));
    const style = `--expert: ${css(colour)}; --on-expert: ${css(inkOn(colour))}`;
    const attributes = { class: "pull-card", role: "img", "data-testid": "pull-card", "data-expert": expert + 1, style };
    const root = element("div", attributes, chip, number, arrows.root);
    root.addEventListener("pointerenter", () => this.pointAt(expert));
    root.addEventListener("pointerleave", () => this.pointAt(null));
    return { root, arrows, number };
  }
}

/** What a frame says of each expert: the lengths, the cosine, and both arrows; nothing where none was measured. */
function pullsOf({ arrays }) {
  const { pulls, pull_arrows: ends } = arrays;
  return Array.from({ length: (pulls?.length ?? 0) / 4 }, (_, expert) => {
    const [task, balance, left, cosine] = pulls.subarray(4 * expert);
    const [x, y, otherX, otherY] = ends.subarray(4 * expert);
    return { task, balance, left, cosine, x, y, otherX, otherY };
  });
}
