/* One card per expert: its number and colour, and its load beside the fair share and the load at step 0. */

import { element, setAttribute, setText } from "./dom.js";
import { css, expertColour, inkOn } from "./palette.js";

const DEAD_BELOW = 0.1; // of the fair share
const LONGEST_SCALE = 8; // fair shares; a longer bar runs out of its gauge, and its percentage tells
const SHRINK_BELOW = 0.85; // of the next smaller scale: the scale must not flicker
const DENSITIES = [
  [8, "roomy"],
  [16, "compact"],
  [32, "dense"],
  [Infinity, "tiny"],
];

export class Cards {
  /** `highlight` is called with an expert, or with null when none is pointed at. */
  constructor(words, highlight) {
    this.words = words;
    this.highlight = highlight;
    this.pinned = null;
    this.cards = [];
    this.grid = element("div", { class: "cards", role: "group", "aria-label": words("cards_title") });
    this.root = element("div", { class: "cards-block" }, this.head(), this.grid);
  }

  head() {
    const key = (kind, label) =>
      element("span", { class: "entry" }, element("span", { class: `key ${kind}` }), this.words(label));
    return element(
      "div",
      { class: "cards-head" },
      element("span", { class: "cards-title" }, this.words("cards_title")),
      key("load", "cards_key_load"),
      key("start", "cards_key_start"),
      key("share", "cards_key_fair"),
    );
  }

  /** Bars follow every frame; numbers change only when they are due, so that they can be read. */
  update({ header, arrays }, numbersDue) {
    const { load, load_start: start } = arrays;
    const fair = header.fair_share;
    if (this.cards.length !== load.length) {
      this.build(load.length);
    }
    this.rescale(Math.max(...load, ...start), fair);
    this.cards.forEach((card, expert) => {
      this.setGauge(card, load[expert], start[expert]);
      setAttribute(card.root, "data-load", load[expert].toFixed(4));
      const dead = load[expert] < DEAD_BELOW * fair;
      card.root.classList.toggle("dead", dead);
      setText(card.verdict, dead ? this.words("dead") : "");
      if (numbersDue) {
        setText(card.percent, this.percent(load[expert]));
      }
    });
  }

  percent(load) {
    return `${(100 * load).toFixed(this.cards.length > 16 && load >= 0.0995 ? 0 : 1)}%`;
  }

  /** One scale for all bars: two, four or eight fair shares, at most everything. */
  rescale(largest, fair) {
    const longest = Math.min(1, LONGEST_SCALE * fair);
    let scale = Math.min(longest, 2 * fair);
    while (scale < largest && scale < longest) {
      scale = Math.min(longest, 2 * scale);
    }
    const grows = !(scale < this.scale) || this.fair !== fair;
    if (grows || largest < SHRINK_BELOW * scale) {
      this.scale = scale;
      this.fair = fair;
      setAttribute(this.grid, "style", `--fair: ${(100 * fair) / scale}%`);
    }
  }

  setGauge(card, load, start) {
    const shown = (share) => (share / this.scale).toFixed(3);
    if (card.shownLoad !== shown(load)) {
      card.shownLoad = shown(load);
      card.bar.style.transform = `scaleX(${card.shownLoad})`;
    }
    if (card.shownStart !== shown(start)) {
      card.shownStart = shown(start);
      card.ghost.style.width = `${100 * card.shownStart}%`;
    }
  }

  build(count) {
    const [, density] = DENSITIES.find(([most]) => count <= most);
    this.grid.className = `cards ${density}`;
    this.pinned = null;
    this.highlight(null);
    this.cards = Array.from({ length: count }, (_, expert) => this.card(expert));
    this.grid.replaceChildren(...this.cards.map((card) => card.root));
  }

  card(expert) {
    const colour = expertColour(expert);
    const part = (name, text = "") => element("span", { class: name }, text);
    const card = { bar: part("bar"), ghost: part("ghost"), percent: part("percent"), verdict: part("verdict") };
    const gauge = part("gauge");
    gauge.append(card.bar, card.ghost, part("fair"));
    const number = part("number", String(expert + 1));
    card.root = element(
      "button",
      {
        type: "button",
        class: "card",
        "data-testid": "expert-card",
        "data-expert": expert + 1,
        "aria-pressed": "false",
        title: this.words("card_hint", { expert: expert + 1 }),
        style: `--expert: ${css(colour)}; --on-expert: ${css(inkOn(colour))}`,
      },
      number,
      gauge,
      card.percent,
      card.verdict,
    );
    card.root.addEventListener("pointerenter", () => this.highlight(expert));
    card.root.addEventListener("pointerleave", () => this.highlight(this.pinned));
    card.root.addEventListener("focus", () => this.highlight(expert));
    card.root.addEventListener("blur", () => this.highlight(this.pinned));
    card.root.addEventListener("click", () => this.pin(this.pinned === expert ? null : expert));
    return card;
  }

  pin(expert) {
    this.pinned = expert;
    this.cards.forEach((card, i) => setAttribute(card.root, "aria-pressed", i === expert));
    this.highlight(expert);
  }

  /** Mark the card of the expert that is highlighted, from here or from the plane. */
  mark(highlight) {
    this.cards.forEach((card, i) => card.root.classList.toggle("dimmed", highlight !== null && i !== highlight));
  }
}
