/* What each kind of line is, in words. Pressing them takes the line out of the charts, and brings it back. */

import { element, setAttribute, setText } from "./dom.js";

export class Strokes {
  /** kinds: those of the lines, see chart.js. `changed` is called when another choice of them is to be drawn. */
  constructor(words, kinds, changed) {
    this.words = words;
    this.hidden = new Set(); // kinds of lines that are not drawn
    this.entries = new Map(kinds.map((kind) => [kind, this.entry(kind, changed)]));
    const buttons = [...this.entries.values()].map(({ root }) => root);
    this.root = element("div", { class: "strokes", role: "group", "aria-label": words("strokes_title") }, ...buttons);
  }

  entry(kind, changed) {
    const text = element("span");
    const attributes = { type: "button", class: "stroke", "aria-pressed": "true", title: this.words("stroke_hint") };
    const sample = element("span", { class: `sample ${kind}` });
    const root = element("button", { ...attributes, "data-testid": `stroke-${kind}` }, sample, text);
    root.addEventListener("click", () => {
      this.hidden.delete(kind) || this.hidden.add(kind);
      setAttribute(root, "aria-pressed", !this.hidden.has(kind));
      changed();
    });
    return { root, text };
  }

  /** texts: what each kind of line is called now. */
  name(texts) {
    for (const [kind, text] of Object.entries(texts)) {
      setText(this.entries.get(kind).text, text);
    }
  }
}
