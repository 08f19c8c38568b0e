/* What is going on, in up to three sentences, the most urgent first. */

import { Interval } from "./clock.js";
import { element, setAttribute, setText } from "./dom.js";

const MOST = 3;
const EVERY = 1000; // milliseconds: no sentence is taken away before it can be read

export class Narrator {
  /** names(header) is what a member is called. */
  constructor(words, names) {
    this.words = words;
    this.names = names;
    this.due = new Interval(EVERY);
    this.sentences = Array.from({ length: MOST }, (_, i) => element("span", { class: i === 0 ? "first" : "further" }));
    const [first, ...further] = this.sentences;
    this.root = element(
      "div",
      { class: "narrator", role: "status", "aria-live": "off", "data-testid": "narrator" },
      first,
      element("span", { class: "rest" }, ...further),
    );
  }

  /** While the run goes on nothing is spoken; once it rests, what is then said is. */
  update(records, state, now = performance.now()) {
    const resting = state !== "running";
    setAttribute(this.root, "aria-live", resting ? "polite" : "off");
    if (!this.due.isDue(now, resting)) {
      return;
    }
    const said = records.length > 1 ? this.ofEach(records) : this.ofOne(records[0]);
    this.sentences.forEach((node, i) => {
      const text = said[i] ?? "";
      setText(node, text);
      setAttribute(node, "title", text);
    });
  }

  ofOne({ header }) {
    return header.narration?.length ? header.narration : [this.words("narrator_quiet")];
  }

  /** Of several members each has its most urgent sentence, all in the one line that always shows. */
  ofEach(records) {
    const sentences = records.map(({ header }, member) => {
      const [sentence] = this.ofOne({ header });
      return this.words("narrator_member", { name: this.names(header), sentence });
    });
    return [sentences.join(" ")];
  }
}
