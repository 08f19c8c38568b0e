/*
 * What is going on. Of a run alone up to three sentences, the most urgent first; of several members each has its most
 * urgent one, above its own column and under its own name.
 */

import { Interval } from "./clock.js";
import { element, setAttribute, setText } from "./dom.js";

const MOST = 3;
const EVERY = 1000; // milliseconds: no sentence is taken away before it can be read

export class Narrator {
  /** names(records) is what each member is called. */
  constructor(words, names) {
    this.words = words;
    this.names = names;
    this.due = new Interval(EVERY);
    this.sentences = Array.from({ length: MOST }, (_, i) => element("span", { class: i === 0 ? "first" : "further" }));
    const [first, ...further] = this.sentences;
    this.alone = [first, element("span", { class: "rest" }, ...further)];
    this.members = [];
    const attributes = { class: "narrator", role: "status", "aria-live": "off", "data-testid": "narrator" };
    this.root = element("div", attributes, ...this.alone);
  }

  /** While the run goes on nothing is spoken; once it rests, what is then said is. */
  update(records, state, now = performance.now()) {
    const resting = state !== "running";
    setAttribute(this.root, "aria-live", resting ? "polite" : "off");
    // A sentence about another run is taken away at once.
    const names = this.names(records);
    const whose = JSON.stringify([names, records.map(({ header }) => header.run_version)]);
    if (!this.due.isDue(now, resting || whose !== this.whose)) {
      return;
    }
    this.whose = whose;
    this.build(records.length);
    const said = records.map(({ header }) =>
      header.narration?.length ? this.dated(header, state) : [this.quiet(header, state)],
    );
    if (records.length === 1) {
      this.sentences.forEach((node, i) => say(node, said[0][i] ?? ""));
    }
    this.members.forEach(({ name, sentence }, member) => {
      setText(name, names[member]);
      say(sentence, said[member][0]);
    });
  }

  /** Sentences are made now and then, and stay for a while: as the run goes on, the first says of which step they are. */
  dated({ narration: [first, ...further], narration_step: step }, state) {
    if (state !== "running" || step === undefined) {
      return [first, ...further];
    }
    return [this.words("narrator_at", { step: step.toLocaleString("en"), sentence: first }), ...further];
  }

  /** What stands where no rule found anything. That a run diverged is said below, and is out of the ordinary. */
  quiet({ step }, state) {
    return state === "diverged" ? "" : this.words(step === 0 ? "narrator_untrained" : "narrator_quiet");
  }

  build(count) {
    const wanted = count === 1 ? 0 : count;
    if (this.members.length !== wanted) {
      this.members = Array.from({ length: wanted }, () => {
        const [name, sentence] = [element("strong", { class: "whose" }), element("span", { class: "sentence" })];
        return { name, sentence, root: element("p", { class: "of-member" }, name, sentence) };
      });
      const roots = this.members.map(({ root }) => root);
      this.root.replaceChildren(...(wanted === 0 ? this.alone : roots));
      this.root.classList.toggle("of-group", wanted > 0);
    }
  }
}

/** The whole sentence is in the hint, should there be no room for it. */
function say(node, text) {
  setText(node, text);
  setAttribute(node, "title", text);
}
