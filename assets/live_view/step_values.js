/* A thin line through a chart at one step, and beside it the values there. It lies over the chart, which stays as it is. */

import { element, setAttribute, setText } from "./dom.js";
import { css, expertColour, inkOn } from "./palette.js";

const AWAY = 8; // pixels from the line to its values

export class StepValues {
  /** canvas: the chart's. */
  constructor(canvas) {
    this.line = element("div", { class: "step-line" });
    this.step = element("p", { class: "step-at" });
    this.note = element("p", { class: "step-note" });
    this.list = element("div", { class: "step-entries" });
    this.texts = [];
    const box = element("div", { class: "step-box" }, this.list, this.note);
    this.place = element("div", { class: "step-place" }, box, element("span", { class: "step-away" }));
    // Whoever cannot see it has the same from the slider: see step_reader.js.
    this.root = element("div", { class: "step-values", "aria-hidden": "true", hidden: "" });
    const foot = element("div", { class: "step-foot" }, this.step);
    this.root.append(this.line, foot, this.place);
    canvas.after(this.root);
  }

  /**
   * x, top, bottom: of the line, in the chart's pixels. step: what is printed at its foot, or "". entries, note: see
   * step_entries.js.
   */
  show({ x, top, bottom, width, height }, step, { entries, note }) {
    this.root.hidden = false;
    const isLeft = x > width / 2;
    const away = Math.round((isLeft ? width - x : x) + AWAY);
    const place = `--x: ${Math.round(x)}px; --top: ${top}px; --below: ${height - bottom}px; --away: ${away}px`;
    setAttribute(this.root, "style", place);
    this.place.classList.toggle("left", isLeft);
    setText(this.step, step);
    setText(this.note, note);
    this.build(entries);
    entries.forEach(({ text, pointed = false }, i) => {
      setText(this.texts[i], text);
      this.texts[i].parentElement.classList.toggle("pointed", pointed);
    });
  }

  hide() {
    this.root.hidden = true;
  }

  /** What stands before the values changes seldom. */
  build(entries) {
    const key = entries.map(({ kind, expert, name }) => `${kind} ${expert} ${name}`).join();
    if (this.key !== key) {
      this.key = key;
      this.texts = entries.map(() => element("span", { class: "value" }));
      this.list.classList.toggle("of-experts", entries.some(({ expert }) => expert !== undefined));
      this.list.replaceChildren(...entries.map((entry, i) => element("div", {}, ...nameOf(entry), this.texts[i])));
    }
  }
}

/** A line by how it is drawn and its name, an expert by its number in its colour. */
function nameOf({ kind, expert, name }) {
  if (expert !== undefined) {
    const colour = expertColour(expert);
    const style = `--expert: ${css(colour)}; --on-expert: ${css(inkOn(colour))}`;
    return [element("span", { class: "chip-number", style }, String(expert + 1))];
  }
  const sample = kind ? [element("span", { class: `sample ${kind}` })] : [];
  return name ? [...sample, element("span", { class: "term" }, name)] : sample;
}
