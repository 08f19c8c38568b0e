/* The picture of one hidden unit: pale where what it shows is low, deep where it is high. Without one, its number. */

import { deepest, palest } from "./answers.js";
import { element } from "./dom.js";
import { mix } from "./palette.js";
import { Thumbnail } from "./thumbnail.js";

export class UnitPicture {
  constructor() {
    this.parts = [];
    this.root = element("span", { class: "unit-picture" });
  }

  /** scale: { low, high }, what pale and deep stand for; inside: see inside_record.js; unit: one of its units. */
  draw(inside, unit, scale, theme) {
    const { picture, expert, own } = inside;
    const images = picture === "image" ? unit.weights : picture === "none" ? [] : [unit.picture];
    if (this.parts.length !== images.length || this.number !== unit.unit) {
      this.number = unit.unit;
      this.parts = images.map((_, i) => this.parts[i] ?? new Thumbnail());
      this.root.replaceChildren(...(images.length ? this.parts.map(({ canvas }) => canvas) : [String(unit.unit + 1)]));
    }
    const range = scale.high - scale.low || 1;
    const colours = unitColours(expert, theme);
    const colourAt = (value) => mix(...colours, (value - scale.low) / range);
    images.forEach((values, i) => {
      if (picture === "line") {
        this.parts[i].line(values, [0, 0, scale.low - 0.08 * range, scale.high + 0.08 * range], colours[1], theme);
      } else if (picture === "image") {
        const levels = values.map((value) => (255 * (value - scale.low)) / range);
        this.parts[i].image(levels, inside.image, { background: colours[0], text: colours[1] });
      } else {
        const side = Math.sqrt(values.length);
        const [background, text] = own.map(colourAt);
        this.parts[i].image(values, [side, side], { background, text }, true);
      }
    });
  }
}

/** The colours of the lowest and of the highest value. */
export function unitColours(expert, theme) {
  return [palest(expert, theme), deepest(expert, theme)];
}
