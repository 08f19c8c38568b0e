/* A slider over the states that a run has kept: dragging it goes back, and from there the run goes on another way. */

import { element, setAttribute, setText } from "./dom.js";
import { marksOf } from "./marks.js";

const PATIENCE = 2000; // milliseconds until a step that was asked for and never came is given up
const TICKS_WIDE = 1000; // units of the drawing of the ticks, from the first kept step to the last

export class Timeline {
  /** `back` is called with a kept step that the run shall go back to; not again before that step has come. */
  constructor(words, back) {
    this.words = words;
    this.back = back;
    this.kept = [];
    this.asked = this.wanted = null; // the step on its way, and the one to ask for after it
    const name = { "aria-label": words("timeline_title"), title: words("timeline_hint"), "data-testid": "timeline" };
    this.slider = element("input", { type: "range", min: 0, max: 0, step: 1, value: 0, ...name });
    this.ticks = drawing(["commands", "events"]);
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
    this.slider.addEventListener("input", () => this.ask(this.kept[this.slider.valueAsNumber]));
    // Its arrows and Home move the slider, and not the run as elsewhere in the view.
    this.slider.addEventListener("keydown", (event) => event.stopPropagation());
    this.latest.addEventListener("click", () => this.ask(this.kept.at(-1)));
  }

  /** blocked: whether there is no run to command at present. */
  update({ header, arrays }, blocked = false) {
    const kept = arrays.kept_steps ?? [];
    this.kept = Array.from(kept);
    this.present = header.step;
    this.arrived(header.step);
    const isUseless = this.kept.length < 2 || blocked;
    if (this.slider.disabled !== isUseless) {
      this.slider.disabled = isUseless;
    }
    const shown = this.wanted ?? this.asked ?? header.step;
    this.place(shown);
    const last = header.last_step ?? header.step;
    const wentBack = header.step < last;
    const steps = { step: header.step.toLocaleString("en"), last: last.toLocaleString("en") };
    const advice = this.kept.length < 2 ? "timeline_empty" : "timeline_hint";
    setText(this.text, this.words(wentBack ? "timeline_back" : advice, steps));
    this.root.classList.toggle("went-back", wentBack);
    if (this.latest.disabled !== !wentBack) {
      this.latest.disabled = !wentBack;
    }
    setAttribute(this.slider, "aria-valuetext", this.words("timeline_step", { step: shown.toLocaleString("en") }));
    this.drawTicks(header);
  }

  /** Put the thumb at the last kept step that is not later than `step`. */
  place(step) {
    const later = this.kept.findIndex((kept) => kept > step);
    const index = Math.max(0, (later < 0 ? this.kept.length : later) - 1);
    setAttribute(this.slider, "max", Math.max(1, this.kept.length - 1));
    if (this.slider.valueAsNumber !== index) {
      this.slider.value = String(index);
    }
  }

  /** Not for the step that is shown: going back to it would undo what was done at it. */
  ask(step) {
    if (step === undefined || step === (this.wanted ?? this.asked ?? this.present)) {
      return;
    }
    this.wanted = step;
    setAttribute(this.slider, "aria-valuetext", this.words("timeline_step", { step: step.toLocaleString("en") }));
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
    for (const [kind, path] of [["command", this.ticks.commands], ["event", this.ticks.events]]) {
      const places = marks.filter((mark) => mark.kind === kind).map((mark) => tickAt(mark.step, this.kept));
      setAttribute(path, "d", places.map((place) => `M${Math.round(TICKS_WIDE * place)} 0V1`).join(""));
    }
  }

  dispose() {
    clearTimeout(this.timer);
  }
}

/** Where a step stands between the first kept one (0) and the last (1), where each kept one has the same room. */
export function tickAt(step, kept) {
  const next = kept.findIndex((one) => one >= step);
  if (next <= 0 || kept.length < 2) {
    return next === 0 ? 0 : 1;
  }
  const share = (step - kept[next - 1]) / (kept[next] - kept[next - 1]);
  return (next - 1 + share) / (kept.length - 1);
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
