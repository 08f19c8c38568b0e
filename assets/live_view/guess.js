/*
 * A question before a run: what will be measured? One of three choices, or just run. It is never scored, and not asked
 * again in this tab. What was guessed stays as a band on the curve it is about, and what the run then measured stands
 * beside it, with what was measured over many seeds. Before a room, a show of hands is taken by each choice, and each
 * load of the page asks anew: who has rehearsed it is asked again. So is a second class, at the press of a button. To
 * rewind is no such wish: whoever looks at the same run again keeps the guess beside it.
 *
 * question: { text, choices: [{ label, range }], reveal, column, metric, member, step, measured }, or null where the page
 * asks nothing of the present experiment. It is about a column of the curves, or about a metric, which the worker measures
 * at just that step when it is asked. range: [low, high], or null for a choice that leaves no mark.
 */

import { fill } from "./describe.js";
import { element, setText } from "./dom.js";
import { keep, kept } from "./keeping.js";
import { printed } from "./numbers.js";
import { markRun } from "./progress.js";

const JUST_RUN = "none";
const MOST_HANDS = 999;

export class Guess {
  /**
   * page: whose question it is. present: whether before a room. start() forgets what was learned and trains again,
   * rewind() forgets it and waits.
   */
  constructor(words, { page, lesson, present }, start, rewind) {
    this.words = words;
    this.start = start;
    this.rewind = rewind;
    this.present = present;
    this.lesson = lesson;
    this.key = present ? null : `moe-lab-guess:${page}`;
    this.question = null;
    const { chosen = null, hands = [] } = (this.key && kept("session", this.key)) ?? {};
    this.chosen = chosen; // the number of a choice, JUST_RUN, or null before there is an answer
    this.hands = hands;
    this.isWaiting = true; // whether what the run measured is still to be said
    this.begun = true; // whether the frames that come are of the run that was guessed about, not of one before it
    this.text = element("p", { class: "guess-question" });
    this.choices = element("div", { class: "guess-choices" });
    this.answer = element("p", { class: "guess-answer", role: "status", "data-testid": "guess-answer" });
    this.again = element("button", { type: "button", class: "guess-again", "data-testid": "guess-again" }, words("guess_again"));
    this.again.title = words("guess_again_hint");
    this.again.addEventListener("click", () => this.askAgain());
    const named = { role: "group", "aria-label": words("guess_title") };
    this.root = element("div", { class: "guess", ...named }, this.text, this.choices, this.answer, this.again);
    // What is typed into a field is no shortcut of the view.
    this.choices.addEventListener("keydown", (event) => event.target.matches("input") && event.stopPropagation());
  }

  /** The page says what it asks, and whether it is shown to a room. */
  take({ question = null, present }) {
    this.root.hidden = question === null;
    const said = JSON.stringify([question, present]);
    if (question === null || this.said === said) {
      this.question = question;
      return;
    }
    this.said = said;
    this.question = question;
    this.present = present;
    setText(this.text, question.text);
    const buttons = question.choices.map(({ label }, i) => this.choice(label, i, present));
    this.choices.replaceChildren(...buttons, this.button(this.words("guess_none"), JUST_RUN));
    this.show();
  }

  choice(label, number, present) {
    const button = this.button(label, number);
    if (!present) {
      return button;
    }
    const attributes = { type: "number", min: "0", max: MOST_HANDS, inputmode: "numeric", "data-testid": `hands-${number}` };
    const field = element("input", { ...attributes, "aria-label": this.words("guess_hands_hint", { choice: label }) });
    field.addEventListener("input", () => this.count(number, field));
    const counted = element("label", { class: "guess-hands" }, this.words("guess_hands_label"), field);
    return element("span", { class: "guess-counted" }, button, counted);
  }

  /** Takes the hands of a choice from its field, which shows what is counted. */
  count(number, field) {
    const count = Math.min(MOST_HANDS, Math.max(0, Math.floor(Number(field.value))));
    this.hands[number] = count;
    if (field.value !== "" && field.value !== String(count)) {
      field.value = count;
    }
  }

  button(label, choice) {
    const button = element("button", { type: "button", "data-testid": `guess-${choice}` }, label);
    button.addEventListener("click", () => {
      this.choose(choice);
      this.begun = false;
      this.start();
    });
    return button;
  }

  /** Until which step a run that has come to `step` is played: the one that is asked about, if it is still to come. */
  until(step) {
    return this.question && step < this.question.step ? { until: this.question.step } : {};
  }

  /** Whether measured numbers would give the answer away. */
  get isOpen() {
    return this.question !== null && this.chosen === null;
  }

  choose(choice) {
    this.chosen = choice;
    if (this.key) {
      keep("session", this.key, { chosen: choice, hands: this.hands });
    }
    this.show();
  }

  /** Another class: the same question, before the same run. */
  askAgain() {
    this.hands = [];
    this.choices.querySelectorAll("input").forEach((field) => (field.value = ""));
    this.isWaiting = true;
    this.say("");
    this.choose(null);
    this.rewind();
  }

  /** The run is started by another button: there is nothing to guess any more. */
  justRun() {
    if (this.isOpen) {
      this.choose(JUST_RUN);
    }
  }

  show() {
    this.choices.hidden = this.chosen !== null;
    this.again.hidden = !this.present || this.chosen === null;
    if (this.chosen !== null) {
      const step = this.question.step.toLocaleString("en");
      this.say(this.words("guess_waiting", { guess: this.guessed, step }));
    }
  }

  /** What was answered, in words. */
  get guessed() {
    const { words, hands, question } = this;
    const counted = question.choices.map(({ label }, i) => ({ label, count: hands[i] ?? 0 }));
    const room = counted.some(({ count }) => count > 0)
      ? words("guess_room", { hands: counted.map((one) => words("guess_hands", one)).join(", ") })
      : "";
    const own = this.choiceMade ? words("guess_you", { choice: this.choiceMade.label }) : room ? "" : words("guess_no");
    return [own, room].filter(Boolean).join(" ");
  }

  get choiceMade() {
    return this.question.choices[this.chosen] ?? null;
  }

  /** The choice that most hands were raised for, or null. */
  get choiceOfTheRoom() {
    const most = Math.max(0, ...this.hands.map((count) => count ?? 0));
    return most > 0 ? this.question.choices[this.hands.indexOf(most)] : null;
  }

  /** The metric that the worker is to measure, and when; null for a question about a curve. */
  get asked() {
    return this.question?.metric ? this.question.step : null;
  }

  /** What is marked on a curve or a meter: { column, member, low, high, label }, or null. */
  get ghost() {
    const marked = this.question && this.chosen !== null ? (this.choiceMade ?? this.choiceOfTheRoom) : null;
    if (!marked?.range) {
      return null;
    }
    const label = this.words(this.choiceMade ? "guess_ghost" : "guess_ghost_room");
    const { member } = this.question;
    return { column: nameOf(this.question), member, low: marked.range[0], high: marked.range[1], label };
  }

  /** Takes what is known of every member with each frame. */
  update(records) {
    const { question } = this;
    const record = records[question?.member];
    if (!record?.header || this.chosen === null) {
      return;
    }
    const { step } = record.header;
    if (step < question.step) {
      this.isWaiting = true;
      this.begun = true;
      this.show();
      return;
    }
    if (!this.isWaiting || !this.begun) {
      return;
    }
    const found = measuredAt(record, question);
    if (found) {
      this.isWaiting = false;
      this.reveal(record, found);
    } else if (step > question.step) {
      this.say(this.words("guess_passed", { guess: this.guessed, step: printed("step", question.step) }));
    }
  }

  /** at: the step that was measured; values: by name. What is done to a run at a step acts after it. */
  reveal(record, { at, values }) {
    const { words, question } = this;
    if (record.header.log.some(({ step }) => step < at)) {
      this.say(words("guess_meddled", { guess: this.guessed }));
      return;
    }
    const { measured } = question;
    const name = nameOf(question);
    const columns = Object.entries(values).map(([column, value]) => [column, printed(column, value)]);
    const step = printed("step", question.step);
    const inWords = { step, ...Object.fromEntries(columns), guess: this.guessed, value: printed(name, values[name]) };
    const over = measured ? this.overSeeds(name, measured) : "";
    const said = question.reveal ? fill(question.reveal, inWords) : words("guess_measured", inWords);
    this.say([said, over].filter(Boolean).join(" "));
    if (this.lesson) {
      markRun(this.lesson);
    }
  }

  /** What was measured of it over many seeds. */
  overSeeds(name, { seeds, ...ends }) {
    const [low, high] = [ends.low, ends.high].map((value) => printed(name, value));
    return this.words(low === high ? "guess_seeds_alike" : "guess_seeds", { seeds, low, high });
  }

  say(text) {
    setText(this.answer, text);
  }
}

const nameOf = ({ column, metric }) => column ?? metric;

/**
 * What is known of the step that is asked about, { at, values }, or null: the curves have a row of it, or of the next that
 * was kept; the header has the metrics, but not that of a saved picture.
 */
function measuredAt({ header, rows }, question) {
  if (question.metric) {
    const { then, untrained } = header.measures ?? {};
    const values = { ...then, untrained: untrained?.[question.metric] };
    return Number.isFinite(then?.[question.metric]) ? { at: question.step, values } : null;
  }
  const { columns } = header.history;
  const stepOf = (row) => row[columns.indexOf("step")];
  const row = rows.find((row) => stepOf(row) >= question.step);
  return row ? { at: stepOf(row), values: Object.fromEntries(columns.map((name, i) => [name, row[i]])) } : null;
}
