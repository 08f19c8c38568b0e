/*
 * How specialised the experts are, a line for each member: for each measure a scale with a ring where the untrained model
 * was and a disc where it is now, both printed. A guess is a band behind them.
 */

import { element, setAttribute, setText } from "./dom.js";
import { MISSING, printed } from "./numbers.js";

const VEIL = "?";

/** domain: of the scale. Where the data was made of parts, experts are held against those, and else against classes. */
const OWN = { name: "own_minus_others", domain: [-0.2, 1] };
const PARTS = { name: "expert_cluster_nmi", domain: [0, 1] };
const CLASSES = { name: "expert_class_nmi", domain: [0, 1] };

export class Meters {
  constructor(words) {
    this.words = words;
    this.lines = [];
    this.root = element("div", { class: "meters", role: "group", "aria-label": words("meters_title") });
  }

  /**
   * names: what each member is called. ghost: what was guessed, see guess.js. veiled: whether the numbers would answer
   * a guess that is not made yet.
   */
  update(records, { names, ghost, veiled }) {
    this.lines.splice(records.length).forEach(({ root }) => root.remove());
    while (this.lines.length < records.length) {
      this.lines.push(new Line(this.words));
      this.root.append(this.lines.at(-1).root);
    }
    this.root.classList.toggle("of-group", records.length > 1);
    records.forEach(({ header }, member) => {
      const name = records.length > 1 ? names[member] : "";
      this.lines[member].update(header, { name, ghost: ghost?.member === member ? ghost : null, veiled });
    });
  }
}

/** The meters of one member, under its name where there are several. */
class Line {
  constructor(words) {
    this.name = element("strong", { class: "meters-member" });
    this.meters = [OWN, PARTS, CLASSES].map((measure) => new Meter(words, measure));
    const attributes = { class: "meters-line", role: "group", "data-testid": "meters-line" };
    this.root = element("div", attributes, this.name, ...this.meters.map(({ root }) => root));
  }

  update({ measures }, { name, ghost, veiled }) {
    setText(this.name, name);
    setAttribute(this.root, "aria-label", name);
    const hasParts = measures?.now[PARTS.name] !== undefined;
    for (const meter of this.meters) {
      const measure = meter.measure.name;
      meter.root.hidden = measure === (hasParts ? CLASSES : PARTS).name;
      meter.update(measures, { ghost: ghost?.column === measure ? ghost : null, veiled });
    }
  }
}

class Meter {
  constructor(words, measure) {
    this.words = words;
    this.measure = measure;
    const hint = words(`meter_${measure.name}_hint`);
    const name = element("span", { class: "meter-name", title: hint, tabindex: "0" });
    name.textContent = words(`meter_${measure.name}`);
    this.band = element("span", { class: "meter-band" });
    this.ring = element("span", { class: "meter-mark ring" });
    this.disc = element("span", { class: "meter-mark disc" });
    const scale = element("span", { class: "meter-scale", "aria-hidden": "true" }, this.band, this.ring, this.disc);
    scale.style.setProperty("--zero", this.place(0));
    this.now = element("b", { "data-testid": `meter-${measure.name}` });
    this.first = element("span", { class: "meter-first", "data-testid": `meter-${measure.name}-untrained` });
    const said = element("span", { class: "meter-said" }, this.now, " ", this.first);
    this.root = element("p", { class: "meter" }, name, scale, said);
  }

  /** Where a value stands on the scale; what is outside stands at its end. */
  place(value) {
    const [low, high] = this.measure.domain;
    return `${(100 * (Math.min(Math.max(value, low), high) - low)) / (high - low)}%`;
  }

  update(measures, { ghost, veiled }) {
    const { name } = this.measure;
    const [now, first] = [measures?.now[name] ?? null, measures?.untrained[name] ?? null];
    const said = (value) => (value === null ? MISSING : printed(name, value));
    setText(this.now, veiled ? VEIL : said(now));
    setText(this.first, this.words("meter_untrained", { value: veiled ? VEIL : said(first) }));
    this.show(this.disc, veiled ? null : now);
    this.show(this.ring, veiled ? null : first);
    this.band.hidden = ghost === null;
    if (ghost) {
      setAttribute(this.band, "title", ghost.label);
      this.band.style.setProperty("--from", this.place(ghost.low));
      this.band.style.setProperty("--to", this.place(ghost.high));
    }
  }

  show(mark, value) {
    mark.hidden = value === null;
    mark.style.setProperty("--at", this.place(value ?? 0));
  }
}
