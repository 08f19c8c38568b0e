/* The transport bar: play, one step, rewind, the pace, and where the run is. */

import { element, icon, setAttribute, setText } from "./dom.js";

const ICONS = {
  play: "M7 4v16l13-8z",
  pause: "M6 4h4v16H6zM14 4h4v16h-4z",
  step: "M5 4v16l10-8zM17 4h3v16h-3z",
  rewind: "M4 4h3v16H4zM20 4v16L9 12z",
};

export const PACES = ["motion", "1", "2", "10", "max"];

export class Transport {
  /** `command` is called with play, pause, step or rewind; `setPace` with one of PACES. */
  constructor(words, command, setPace) {
    this.words = words;
    this.numbers = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
    this.play = this.button("play", () => command(this.running ? "pause" : "play"), "main");
    this.step = this.button("step", () => command("step"));
    this.rewind = this.button("rewind", () => command("rewind"));
    this.paces = PACES.map((pace) => {
      const attributes = { type: "button", "data-testid": `pace-${pace}`, title: words(`pace_${pace}_hint`) };
      const button = element("button", attributes, words(`pace_${pace}`));
      button.addEventListener("click", () => setPace(pace));
      return button;
    });
    this.stepNumber = element("span", { class: "step-number" }, "–");
    this.speed = element("span", { class: "speed" });
    this.root = element(
      "div",
      { class: "transport", role: "group", "aria-label": words("transport_title") },
      element("div", { class: "buttons" }, this.play, this.step, this.rewind),
      element("div", { class: "segments", role: "group", "aria-label": words("pace_title") }, ...this.paces),
      element("div", { class: "counter" }, element("span", {}, words("step_name")), this.stepNumber),
      this.speed,
    );
  }

  button(name, act, look = "") {
    const word = element("span", { class: "word" }, this.words(name));
    const attributes = { type: "button", class: look, "data-testid": name, title: this.words(`${name}_hint`) };
    const button = element("button", attributes, icon(ICONS[name]), word);
    button.addEventListener("click", act);
    return button;
  }

  /** header is null before the first picture. */
  update(header, pace, state, isDue) {
    this.running = state === "running";
    this.showPlaying(this.running);
    const blocked = ["lost", "waiting", "stopped"].includes(state);
    this.play.disabled = this.step.disabled = blocked || state === "diverged";
    this.rewind.disabled = blocked;
    this.paces.forEach((button, i) => setAttribute(button, "aria-pressed", PACES[i] === pace));
    if (!header) {
      return;
    }
    setText(this.stepNumber, this.numbers.format(header.step));
    if (isDue) {
      const speed = this.numbers.format(header.steps_per_second);
      setText(this.speed, this.running ? this.words("speed", { speed }) : "");
    }
  }

  showPlaying(playing) {
    const name = playing ? "pause" : "play";
    if (this.shown !== name) {
      this.shown = name;
      this.play.firstChild.replaceWith(icon(ICONS[name]));
      setText(this.play.lastChild, this.words(name));
    }
  }
}
