/*
 * Inside one expert: a picture for each hidden unit, of its activation everywhere, between what goes in and what comes
 * out, with a line for each weight. Where the inputs are an image, a unit's picture is of the weights that lead to it.
 */

import { element, setAttribute, setText } from "./dom.js";
import { insideOf } from "./inside_record.js";
import { sayAll, sayUnit } from "./inside_words.js";
import { Links } from "./links.js";
import { significant } from "./numbers.js";
import { css, expertColour, inkOn } from "./palette.js";
import { Places } from "./places.js";
import { UnitPicture, unitColours } from "./unit_picture.js";

// Times the size of the text. A narrower picture cannot be read: fewer are shown.
const LEAST_UNIT = { plane: 2.1, line: 2.1, image: 3.2, none: 2.1 };
const MOST_IN_TWO_LINES = 4; // weights in, or out, that are read in two lines
const APART = 0.4; // of a unit's width, between the ends of the lines to the two factors of a product

export class Inside {
  /** changed(): another unit is pointed at. */
  constructor(words, changed = () => {}) {
    this.words = words;
    this.changed = changed;
    this.over = this.held = null; // the number of the unit under the pointer, and of the one that was clicked
    this.places = new Places();
    this.units = [];
    const row = (name) => element("div", { class: `inside-row ${name}` });
    const text = (name) => element("span", { class: name });
    this.chip = text("chip-number");
    this.count = text("count");
    [this.low, this.high, this.shows, this.thickest] = ["low", "high", "shows", "thickest"].map(text);
    this.scale = element("span", { class: "inside-scale" }, text("inside-zero"));
    this.ramp = element("span", { class: "inside-entry" }, this.low, this.scale, this.high, this.shows);
    const [above, below] = [words("inside_positive"), words("inside_negative")];
    const signs = [text("link-sample"), above, text("link-sample negative"), below];
    const key = element("span", { class: "inside-entry" }, ...signs, this.thickest);
    this.legend = element("div", { class: "inside-legend" }, this.chip, this.count, this.ramp, key);
    [this.inputs, this.row, this.outputs] = ["inputs", "units", "outputs"].map(row);
    [this.into, this.out] = [new Links(), new Links()];
    const rows = [this.inputs, this.into.root, this.row, this.out.root, this.outputs];
    this.net = element("div", { class: "inside-net", role: "group" }, ...rows);
    const spoken = { role: "status", "aria-live": "off", "data-testid": "inside-said" };
    this.said = element("p", { class: "inside-said", ...spoken });
    this.full = element("div", { class: "inside-full" }, this.legend, this.net);
    this.root = element("div", { class: "inside", "data-testid": "inside" }, this.full, this.said);
  }

  /** all: the records of every member of the group, which share their scales. expert: the one to be looked into. */
  update(record, theme, { all = [record], expert = 0 } = {}) {
    const inside = insideOf(record);
    this.full.hidden = !inside.units;
    if (this.full.hidden) {
      setText(this.said, this.reason(record, expert));
      return;
    }
    this.theme = theme;
    const others = all.map(insideOf).filter(({ units }) => units);
    const scale = {
      low: Math.min(...others.map(({ low }) => low)),
      high: Math.max(...others.map(({ high }) => high)),
      reach: Math.max(...others.map(({ reach }) => reach)),
    };
    const room = Math.max(1, Math.floor(this.net.clientWidth / (LEAST_UNIT[inside.picture] * theme.size)));
    const shown = this.places.settle(inside, room);
    const find = (number) => shown.find(({ unit }) => unit === number);
    const pointed = find(this.over) ?? find(this.held) ?? null;
    this.drawLegend(inside, scale);
    this.drawUnits(inside, shown, scale);
    this.drawLinks(inside, shown, scale, pointed);
    this.say(inside, shown, pointed);
  }

  /** Why there is nothing to look into. */
  reason({ header, arrays }, expert) {
    if (!(expert < arrays.load.length)) {
      return this.words("inside_no_expert", { expert: expert + 1 });
    }
    return this.words(header.inside ? "inside_none" : "pulls_waiting");
  }

  drawLegend({ expert, hidden, picture }, { low, high, reach }) {
    const colour = expertColour(expert);
    setAttribute(this.root, "style", `--expert: ${css(colour)}; --on-expert: ${css(inkOn(colour))}`);
    setAttribute(this.net, "aria-label", this.words("inside_title", { expert: expert + 1 }));
    setText(this.chip, String(expert + 1));
    setText(this.count, this.words("inside_count", { hidden }));
    this.ramp.hidden = picture === "none";
    const [pale, deep] = unitColours(expert, this.theme);
    const zero = `${(100 * -low) / (high - low || 1)}%`;
    setAttribute(this.scale, "style", `--pale: ${css(pale)}; --deep: ${css(deep)}; --zero: ${zero}`);
    setText(this.low, significant(low));
    setText(this.high, significant(high));
    setText(this.shows, this.words(picture === "image" ? "inside_weight" : "inside_activation"));
    setText(this.thickest, this.words("inside_thickest", { weight: significant(reach) }));
  }

  drawUnits(inside, shown, scale) {
    while (this.units.length < shown.length) {
      this.units.push(this.unit(this.units.length));
    }
    this.units.length = shown.length;
    if (this.row.children.length !== shown.length) {
      this.row.replaceChildren(...this.units.map(({ root }) => root));
    }
    shown.forEach((unit, i) => {
      const { root, picture } = this.units[i];
      picture.draw(inside, unit, scale, this.theme);
      setAttribute(root, "data-unit", unit.unit + 1);
      setAttribute(root, "aria-pressed", unit.unit === this.held);
      setAttribute(root, "aria-label", sayUnit(inside, unit, this.words));
    });
    setNames(this.inputs, inside.inputs);
    setNames(this.outputs, inside.outputs);
  }

  drawLinks(inside, shown, { reach }, pointed) {
    const { inputs, outputs, factors } = inside;
    const middle = (i, count) => (i + 0.5) / count;
    const link = (weight, unit) => ({
      weight: weight / (reach || 1),
      dimmed: pointed !== null && pointed !== unit,
    });
    const into = shown.flatMap((unit, at) =>
      unit.weights.flatMap((weights, factor) => {
        const to = middle(at, shown.length) + ((factor - (factors - 1) / 2) * APART) / shown.length;
        return inputs.map((_, i) => ({ from: middle(i, inputs.length), to, ...link(weights[i], unit) }));
      }),
    );
    const out = shown.flatMap((unit, at) =>
      outputs.map((_, i) => {
        const ends = { from: middle(at, shown.length), to: middle(i, outputs.length) };
        return { ...ends, ...link(unit.answers[i], unit) };
      }),
    );
    this.into.root.classList.toggle("none", inputs.length === 0);
    this.into.draw(into, this.theme.stroke);
    this.out.draw(out, this.theme.stroke);
  }

  /** Of the unit that is pointed at; or what all of them are. Both have the room of the longer one. */
  say(inside, shown, pointed) {
    const { hidden, inputs, factors, outputs } = inside;
    const left = hidden - shown.length;
    const { present } = this.theme;
    const weights = Math.max(factors * inputs.length, outputs.length);
    this.said.classList.toggle("long", weights > MOST_IN_TWO_LINES || (left > 0 && !present));
    const text = pointed ? sayUnit(inside, pointed, this.words) : sayAll(inside, left, present, this.words);
    setText(this.said, text);
  }

  unit(i) {
    const picture = new UnitPicture();
    const attributes = { type: "button", class: "inside-unit", "data-testid": "inside-unit" };
    const root = element("button", attributes, picture.root);
    const point = (isOver) => {
      this.over = isOver ? this.places.at(i) : null;
      this.changed();
    };
    root.addEventListener("pointerenter", () => point(true));
    root.addEventListener("pointerleave", () => point(false));
    root.addEventListener("focus", () => point(true));
    root.addEventListener("blur", () => point(false));
    root.addEventListener("click", () => {
      this.held = this.held === this.places.at(i) ? null : this.places.at(i);
      this.changed();
    });
    return { root, picture };
  }
}

function setNames(row, names) {
  if (row.children.length !== names.length) {
    row.replaceChildren(...names.map(() => element("span", { class: "inside-name" })));
  }
  names.forEach((name, i) => setText(row.children[i], name));
}
