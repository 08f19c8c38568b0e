/*
 * A slider over the steps of a run: dragging it goes back to the nearest state that was kept, and from there the run
 * goes on another way. Arrows go from one kept state to the next.
 */

import { element, setAttribute, setText } from "./dom.js";
import { marksOf } from "./marks.js";

const LEAP = 10; // kept states, with the keys for a page up and down
const PATIENCE = 2000; // milliseconds until a step that was asked for and never came is given up
const LET_GO = ["change", "pointerup", "pointercancel", "blur"];
const FEW = 5; // kept steps that are named: of more the dots tell
const LIST = new Intl.ListFormat("en-GB");
const TICKS_WIDE = 1000; // units of the drawing of the ticks, from step 0 to the last one

export class Timeline {
  /** `back` is called with a kept step that the run shall go back to; not again before that step has come. */
  constructor(words, back) {
    this.words = words;
    this.back = back;
    this.kept = [];
    this.asked = this.wanted = null; // the step on its way, and the one to ask for after it
    const name = { "aria-label": words("timeline_title"), title: words("timeline_hint"), "data-testid": "timeline" };
    this.slider = element("input", { type: "range", min: 0, max: 0, step: 1, value: 0, ...name });
    this.ticks = drawing(["kept", "commands", "events"]);
    this.text = element("p", { class: "timeline-text" });
    const attributes = { type: "button", "data-testid": "latest", title: words("latest_hint") };
    this.latest = element("button", attributes, words("latest"));
    this.root = element(
      "div",
      { class: "timeline", role: "group", "aria-label": words("timeline_title") },
      element("div", { class: "timeline-track" }, this.slider, this.ticks.root),
      this.text,
      this.latest,
    );
    this.pointed = null; // the step that the thumb is dragged to, as long as it is held
    this.slider.addEventListener("input", () => this.dragTo(this.slider.valueAsNumber));
    // The slider reports no change where the thumb went back to where it was.
    LET_GO.forEach((name) => this.slider.addEventListener(name, () => this.letGo()));
    this.slider.addEventListener("keydown", (event) => this.key(event));
    this.latest.addEventListener("click", () => this.moveTo(this.kept.at(-1)));
  }

  /** blocked: whether there is no run to command at present. */
  update({ header, arrays }, blocked = false) {
    const kept = arrays.kept_steps ?? [];
    this.kept = Array.from(kept);
    this.present = header.step;
    this.last = Math.max(1, header.last_step ?? header.step, header.step);
    this.arrived(header.step);
    const isUseless = this.kept.length < 2 || blocked;
    if (this.slider.disabled !== isUseless) {
      this.slider.disabled = isUseless;
    }
    this.place(this.shown);
    const last = header.last_step ?? header.step;
    const wentBack = header.step < last && !header.recorded; // a recording has no other way to go
    const steps = { step: header.step.toLocaleString("en"), last: last.toLocaleString("en") };
    this.said = wentBack ? this.words("timeline_back", steps) : this.advice;
    this.say();
    this.root.classList.toggle("went-back", wentBack);
    if (this.latest.disabled !== !wentBack) {
      this.latest.disabled = !wentBack;
    }
    this.drawTicks(header);
  }

  get advice() {
    if (this.kept.length < 2) {
      return this.words("timeline_empty");
    }
    const steps = LIST.format(this.kept.map((step) => step.toLocaleString("en")));
    return this.words(this.kept.length <= FEW ? "timeline_few" : "timeline_hint", { steps });
  }

  /** While the thumb is held between two kept steps: which of them it goes to. Else what the run's place is. */
  say() {
    const to = this.pointed === null ? null : nearest(this.kept, this.pointed);
    const [step, at] = [to, this.pointed].map((one) => one?.toLocaleString("en"));
    setText(this.text, to === this.pointed ? this.said : this.words("timeline_to", { step, at }));
  }

  dragTo(step) {
    this.pointed = step;
    this.moveTo(nearest(this.kept, step));
    this.say();
  }

  letGo() {
    this.pointed = null;
    this.say();
  }

  /** The step on its way, or else where the run is. */
  get shown() {
    return this.wanted ?? this.asked ?? this.present;
  }

  place(step) {
    setAttribute(this.slider, "max", this.last);
    setAttribute(this.slider, "aria-valuetext", this.words("timeline_step", { step: step.toLocaleString("en") }));
    if (this.slider.valueAsNumber !== step) {
      this.slider.value = String(step);
    }
  }

  /** Keys that move the thumb stay with it, and do not move the run as elsewhere in the view. */
  key(event) {
    event.stopPropagation();
    const back = this.kept.filter((kept) => kept < this.shown);
    const further = this.kept.filter((kept) => kept > this.shown);
    const steps = {
      ArrowLeft: back.at(-1),
      ArrowDown: back.at(-1),
      ArrowRight: further[0],
      ArrowUp: further[0],
      PageDown: back.at(-LEAP) ?? back[0],
      PageUp: further[LEAP - 1] ?? further.at(-1),
      Home: this.kept[0],
      End: this.kept.at(-1),
    };
    if (event.key in steps) {
      event.preventDefault(); // by itself the slider would go one step
      this.moveTo(steps[event.key]);
    }
  }

  moveTo(step) {
    if (step !== undefined) {
      this.place(step);
      this.ask(step);
    }
  }

  /** Not for the step that is shown: going back to it would undo what was done at it. */
  ask(step) {
    if (step === undefined || step === this.shown) {
      return;
    }
    this.wanted = step;
    if (this.asked === null) {
      this.send();
    }
  }

  send() {
    this.asked = this.wanted;
    this.wanted = null;
    clearTimeout(this.timer);
    if (this.asked !== null) {
      this.timer = setTimeout(() => this.send(), PATIENCE);
      this.back(this.asked);
    }
  }

  arrived(step) {
    if (this.asked !== null && step === this.asked) {
      this.send();
    }
  }

  /** Where on the slider something happened; the list beside the curves says what. */
  drawTicks(header) {
    const marks = marksOf(header, this.words);
    const places = this.kept.map((step) => Math.round((TICKS_WIDE * step) / this.last));
    setAttribute(this.ticks.kept, "d", places.map((place) => `M${place} 1.1h0`).join(""));
    for (const [kind, path] of [["command", this.ticks.commands], ["event", this.ticks.events]]) {
      const places = marks.filter((mark) => mark.kind === kind).map((mark) => (TICKS_WIDE * mark.step) / this.last);
      setAttribute(path, "d", places.map((place) => `M${Math.round(place)} 0V1`).join(""));
    }
  }

  dispose() {
    clearTimeout(this.timer);
  }
}

function nearest(kept, step) {
  return kept.reduce((best, one) => (Math.abs(one - step) < Math.abs(best - step) ? one : best), kept[0]);
}

const SVG = "http://www.w3.org/2000/svg";

function drawing(names) {
  const root = document.createElementNS(SVG, "svg");
  setAttribute(root, "class", "ticks");
  setAttribute(root, "viewBox", `0 0 ${TICKS_WIDE} 1`);
  setAttribute(root, "preserveAspectRatio", "none");
  setAttribute(root, "aria-hidden", "true");
  const paths = names.map((name) => {
    const path = document.createElementNS(SVG, "path");
    setAttribute(path, "class", name);
    root.append(path);
    return [name, path];
  });
  return { root, ...Object.fromEntries(paths) };
}
