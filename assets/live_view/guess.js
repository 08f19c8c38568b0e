/*
 * A guess before training: which will be ahead after 1,000 steps, the mixture or the plain network beside it? It is
 * never scored. What the run then measured stands beside what was said. Until there is a guess, or the wish to just run,
 * what was measured before is veiled: it would be the answer.
 */

import { element, setAttribute, setText } from "./dom.js";
import { percent } from "./numbers.js";

const MEASURED_AT = 1000;
const GUESSES = ["left", "right", "tie", "none"];

export class Guess {
  /** `start` forgets what was learned and trains again. */
  constructor(words, start) {
    this.words = words;
    this.chosen = null;
    this.passed = false; // whether the run was started without a guess
    this.begun = false; // whether a frame from before the measured step came since the guess
    this.buttons = GUESSES.map((guess) => {
      const button = element("button", { type: "button", "data-testid": `guess-${guess}` }, words(`guess_${guess}`));
      button.addEventListener("click", () => {
        this.choose(guess);
        start();
      });
      return button;
    });
    this.answer = element("p", { class: "guess-answer", role: "status", "data-testid": "guess-answer" });
    this.root = element(
      "div",
      { class: "guess", role: "group", "aria-label": words("guess_title") },
      element("p", { class: "guess-question" }, words("guess_question")),
      element("div", { class: "segments" }, ...this.buttons),
      this.answer,
    );
  }

  /** Whether measured numbers would give the answer away. */
  get isOpen() {
    return this.chosen === null && !this.passed;
  }

  choose(guess) {
    this.chosen = guess;
    this.begun = false;
    this.buttons.forEach((button, i) => setAttribute(button, "aria-pressed", GUESSES[i] === guess));
    this.say(this.words("guess_waiting", { guess: this.words(`guess_said_${guess}`) }));
  }

  /** The run is started by another button: there is nothing to guess any more. */
  justRun() {
    this.passed = true;
  }

  /** Takes what is known of the run with each frame. Its curves hold what was measured at just that step. */
  update(record) {
    if (this.chosen === null) {
      return;
    }
    if (record.header.step < MEASURED_AT) {
      this.begun = true;
      return;
    }
    const row = this.begun && record.rows.find((row) => row[record.column("step")] >= MEASURED_AT);
    if (row) {
      this.begun = false;
      this.say(
        this.words("guess_measured", {
          guess: this.words(`guess_said_${this.chosen}`),
          step: row[record.column("step")].toLocaleString("en"),
          mixture: percent(row[record.column("test_score")]),
          plain: percent(row[record.column("plain_test_score")]),
        }),
      );
    }
  }

  say(text) {
    setText(this.answer, text);
  }
}
