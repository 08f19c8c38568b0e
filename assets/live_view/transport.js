/* The transport bar: play, one step, rewind, another draw, the pace, where the run is, and on what it runs. */

import { element, setAttribute, setText } from "./dom.js";
import { icon } from "./icons.js";

/** States in which there is no run to command. */
export const BLOCKED = ["lost", "waiting", "stopped", "cut_off"];

export const PACES = ["motion", "1", "2", "10", "max"];

/** The settings that say which draw of the first weights, or of the data, a seed gives. */
const DRAWS = { new_weights: "weights_draw", new_data: "data_draw" };

export class Transport {
  /**
   * events: command(name) with play, pause, step or rewind; pace(name); change(settings) with settings of the
   * experiment. beside: further elements of the bar. `few` leaves only play and rewind.
   */
  constructor(words, events, { beside = [], few = false } = {}) {
    this.words = words;
    this.asked = {}; // the draws last asked for, until the page has heard of them
    this.numbers = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
    this.play = this.button("play", () => events.command(this.running ? "pause" : "play"), "main");
    this.step = this.button("step", () => events.command("step"), "bare");
    this.rewind = this.button("rewind", () => events.command("rewind"), few ? "" : "bare");
    this.draws = Object.keys(DRAWS).map((name) => this.button(name, () => events.change(this.drawn(DRAWS[name]))));
    this.paces = PACES.map((pace) => {
      const attributes = { type: "button", "data-testid": `pace-${pace}`, title: words(`pace_${pace}_hint`) };
      const button = element("button", attributes, words(`pace_${pace}`));
      button.addEventListener("click", () => events.pace(pace));
      return button;
    });
    this.stepNumber = element("span", { class: "step-number" }, "–");
    this.speed = element("span", { class: "speed" });
    const buttons = (...parts) => element("div", { class: "buttons" }, ...parts);
    const draws = element("div", { class: "buttons draws" }, ...this.draws);
    const segments = element("div", { class: "segments", role: "group", "aria-label": words("pace_title") });
    segments.append(...this.paces);
    const where = element("div", { class: "where" }, this.speed);
    where.prepend(element("div", { class: "counter" }, element("span", {}, words("step_name")), this.stepNumber));
    const main = buttons(this.play, ...(few ? [] : [this.step]), this.rewind);
    const parts = few ? [main, where] : [main, draws, segments, where, ...beside];
    const attributes = { class: "transport", role: "group", "aria-label": words("transport_title") };
    this.root = element("div", attributes, ...parts);
  }

  button(name, act, look = "") {
    const word = element("span", { class: "word" }, this.words(name));
    const label = { title: this.words(`${name}_hint`), "aria-label": this.words(name) };
    const button = element("button", { type: "button", class: look, "data-testid": name, ...label }, icon(name), word);
    button.addEventListener("click", act);
    return button;
  }

  /** The next draw of the first weights, or of the data. */
  drawn(setting) {
    // Two clicks may come before the page has said the first one's draw.
    const present = this.settings[setting] ?? 0;
    this.asked[setting] = Math.max(present, this.asked[setting] ?? 0) + 1;
    return { [setting]: this.asked[setting] };
  }

  /** What the page says counts from when it is news: a link or a situation may start from another draw. */
  hear(settings) {
    for (const setting of Object.values(DRAWS)) {
      const [before, now] = [this.settings?.[setting] ?? 0, settings[setting] ?? 0];
      const isOnTheWay = now > before && now < this.asked[setting];
      if (now !== before && !isOnTheWay) {
        delete this.asked[setting];
      }
    }
    this.settings = settings;
  }

  /** header is null before the first picture; settings are those of the page. state, condition: of the session. */
  update({ header, pace, state, condition, settings, isDue }) {
    this.hear(settings);
    this.running = state === "running";
    this.showPlaying(this.running);
    this.nameStep(pace === "motion" ? "step_stage" : "step");
    const blocked = BLOCKED.includes(condition);
    this.play.disabled = this.step.disabled = blocked || state === "diverged";
    this.rewind.disabled = blocked;
    this.draws.forEach((button) => (button.disabled = blocked));
    this.paces.forEach((button, i) => {
      button.disabled = condition === "cut_off"; // In all else it is kept until there is a run.
      setAttribute(button, "aria-pressed", PACES[i] === pace);
    });
    if (!header) {
      return;
    }
    setText(this.stepNumber, this.numbers.format(header.step));
    if (isDue) {
      const speed = this.numbers.format(header.steps_per_second);
      const device = this.words(`device_${header.device}`);
      const said = header.recorded ? "speed_recorded" : "speed";
      setText(this.speed, this.words(this.running ? said : `${said}_resting`, { speed, device }));
    }
  }

  /** In slow motion it goes on by one stage. */
  nameStep(name) {
    setText(this.step.lastChild, this.words(name));
    setAttribute(this.step, "aria-label", this.words(name));
    setAttribute(this.step, "title", this.words(`${name}_hint`));
  }

  showPlaying(playing) {
    const name = playing ? "pause" : "play";
    if (this.shown !== name) {
      this.shown = name;
      this.play.firstChild.replaceWith(icon(name));
      setText(this.play.lastChild, this.words(name));
      setAttribute(this.play, "aria-label", this.words(name));
    }
  }
}
