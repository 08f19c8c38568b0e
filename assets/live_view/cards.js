/*
 * One card per expert: its number and colour, what it answers everywhere, its load beside the fair share, how it is,
 * and what can be done to it. Up to eight experts have their buttons on their cards; of more, the chosen one has them
 * above.
 */

import { conditionOf, QUIET, wasNeverAsked } from "./condition.js";
import { element, setAttribute, setText } from "./dom.js";
import { actionsFor, ExpertActions, ExpertBar } from "./expert_actions.js";
import { css, expertColour, inkOn } from "./palette.js";
import { Thumbnail } from "./thumbnail.js";

const LONGEST_SCALE = 8; // fair shares; a longer bar runs out of its gauge, and its percentage tells
const SHRINK_BELOW = 0.85; // of the next smaller scale: the scale must not flicker
const MOST_WITH_BUTTONS = 8;
const MOST_WITH_THUMBNAILS = 32;
const DENSITIES = [
  [8, "roomy"],
  [18, "compact"],
  [32, "dense"],
  [Infinity, "tiny"],
];

export class Cards {
  /** events: highlight(expert or null), choose(expert or null), intervene(name, expert or null). */
  constructor(words, events) {
    this.words = words;
    this.events = events;
    this.cards = [];
    this.grid = element("div", { class: "cards", role: "group", "aria-label": words("cards_title") });
    this.bar = new ExpertBar(words, events.intervene);
    this.shared = element("p", { class: "shared-experts", "data-testid": "shared-experts", hidden: "" });
    this.added = element("p", { class: "shared-experts", "data-testid": "added-experts", hidden: "" });
    this.root = element("div", { class: "cards-block" }, this.grid, this.shared, this.added);
  }

  /** Bars follow every frame; numbers and words change only when they are due, so that they can be read. */
  update({ record, records, theme, focus, numbersDue }) {
    const { header, arrays } = record;
    const { load, load_start: start } = arrays;
    const fair = header.fair_share;
    if (this.cards.length !== load.length) {
      this.build(load.length);
    }
    this.presenting = theme.present;
    this.isNarrow = theme.present && records.length > 2;
    this.sayShared(header.settings.num_shared ?? 0);
    this.sayAdded(load.length, header.settings.num_experts);
    this.rescale(Math.max(...load, ...start), fair);
    this.drawThumbnails(record, theme);
    this.cards.forEach((card, expert) => {
      this.setGauge(card, load[expert], start[expert] ?? 0);
      setAttribute(card.root, "data-load", load[expert].toFixed(4));
      const seen = conditionOf(expert, header, load[expert]);
      if (numbersDue || card.seen !== seen) {
        card.seen = seen;
        this.say(card, expert, load[expert], seen === "idle" && wasNeverAsked(expert, record) ? "unasked" : seen);
      }
      setAttribute(card.choose, "aria-pressed", focus.chosen === expert);
      card.root.classList.toggle("dimmed", focus.highlight !== null && focus.highlight !== expert);
    });
    const chosen = focus.chosen < load.length ? focus.chosen : null;
    const condition = chosen === null ? null : this.cards[chosen].condition;
    this.bar.update(chosen, condition, header.experts?.forced ?? null);
  }

  /** Shared experts are no rows of the router: they have no load, and nothing can be done to them. */
  sayShared(count) {
    this.shared.hidden = count === 0;
    setText(this.shared, this.words("shared_experts", { count }));
  }

  /** The setting counts the experts that a run starts with. */
  sayAdded(now, start) {
    this.added.hidden = now === (start ?? now);
    setText(this.added, this.words("added_experts", { now, start, added: now - start }));
  }

  say(card, expert, load, condition) {
    const percent = this.percent(load);
    const word = condition === "alive" ? "" : this.words(`condition_${condition}`);
    setText(card.percent, percent);
    setText(card.conditionWord, word);
    const name = this.words("card_name", { expert: expert + 1, percent });
    setAttribute(card.choose, "aria-label", word ? `${name}, ${word}` : name);
    const hint = this.words("card_hint", { expert: expert + 1 });
    const why = QUIET.includes(condition) ? `${this.words(`card_hint_${condition}`)} ` : "";
    setAttribute(card.choose, "title", why + hint);
    setAttribute(card.root, "data-condition", condition);
    // The load alone may not exchange buttons that somebody is about to press.
    const pressing = card.root.matches(":hover, :focus-within") && [card.condition, condition].some((one) => QUIET.includes(one));
    if (this.hasButtons && (card.condition === undefined || !pressing)) {
      card.actions.show(expert, actionsFor(condition));
    }
    card.condition = condition;
  }

  /**
   * Above eight cards there is room for four digits, on many for three letters, and before a room, or on narrow ones
   * there, for two.
   */
  percent(load) {
    const count = this.cards.length;
    const isLong = load >= (count > 16 ? 0.0995 : 0.9995);
    const whole = this.isNarrow || (count > MOST_WITH_BUTTONS && isLong) || (count > 16 && this.presenting);
    return `${(100 * load).toFixed(whole ? 0 : 1)}%`;
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

  /** Drawn when there is something new; in between, and where a frame has nothing, they stay as they are. */
  drawThumbnails({ header, arrays }, theme) {
    const { expert_answers: answers, received, experts, x } = arrays;
    const source = answers ?? received ?? (x && experts);
    const key = theme.key;
    if (!source) {
      // A run that has no such pictures shows none; a frame without them may follow one with them.
      const drawable = header.picture === "plane" || header.picture === "line" || header.task.image;
      this.root.classList.toggle("no-thumbnails", !drawable || this.cards.length > MOST_WITH_THUMBNAILS);
      return;
    }
    if (this.drawn === source && this.drawnKey === key) {
      return;
    }
    this.drawn = source;
    this.drawnKey = key;
    this.root.classList.toggle("no-thumbnails", this.cards.length > MOST_WITH_THUMBNAILS);
    const each = source.length / this.cards.length;
    this.cards.forEach(({ thumbnail }, expert) => {
      const own = source.subarray(expert * each, (expert + 1) * each);
      if (answers) {
        thumbnail.answers(own, expert, header.task.num_outputs, theme);
      } else if (received) {
        thumbnail.image(own, header.task.image, theme);
      } else {
        thumbnail.line(own, header.task.bounds, expertColour(expert), theme);
      }
    });
  }

  /** The cards for a saved picture. */
  get pictured() {
    const hasThumbnails = !this.root.classList.contains("no-thumbnails");
    return this.cards.map(({ percent, conditionWord, thumbnail }, expert) => ({
      expert,
      words: `${percent.textContent} ${conditionWord.textContent}`.trim(),
      canvas: hasThumbnails ? thumbnail.canvas : null,
    }));
  }

  build(count) {
    const [, density] = DENSITIES.find(([most]) => count <= most);
    this.grid.className = `cards ${density}`;
    this.hasButtons = count <= MOST_WITH_BUTTONS;
    this.bar.root.classList.toggle("for-chosen", !this.hasButtons);
    this.drawn = null;
    this.cards = Array.from({ length: count }, (_, expert) => this.card(expert));
    this.grid.replaceChildren(...this.cards.map((card) => card.root));
  }

  card(expert) {
    const { words, events } = this;
    const colour = expertColour(expert);
    const part = (name, ...children) => element("span", { class: name }, ...children);
    const card = { bar: part("bar"), ghost: part("ghost"), percent: part("percent"), conditionWord: part("condition") };
    card.thumbnail = new Thumbnail();
    card.choose = element("button", {
      type: "button",
      class: "choose",
      "aria-pressed": "false",
    });
    const face = part("face", card.thumbnail.canvas, part("cross"), card.conditionWord);
    const parts = [card.choose, face, part("number", String(expert + 1)), card.percent];
    const gauge = part("gauge", card.bar, card.ghost, part("fair"));
    card.actions = new ExpertActions(words, events.intervene);
    card.root = element(
      "div",
      {
        class: "card",
        role: "group",
        "aria-label": words("expert", { expert: expert + 1 }),
        "data-testid": "expert-card",
        "data-expert": expert + 1,
        style: `--expert: ${css(colour)}; --on-expert: ${css(inkOn(colour))}`,
      },
      ...parts,
      gauge,
      ...(this.hasButtons ? [card.actions.root] : []),
    );
    const over = () => events.highlight(expert);
    const away = () => events.highlight(null);
    card.root.addEventListener("pointerenter", over);
    card.root.addEventListener("pointerleave", away);
    card.root.addEventListener("focusin", over);
    card.root.addEventListener("focusout", away);
    card.choose.addEventListener("click", () => {
      events.choose(card.choose.getAttribute("aria-pressed") === "true" ? null : expert);
    });
    return card;
  }
}
