/*
 * The live view on the screen. Frames, the theme, sizes and the pointer all lead to `schedule`, and everything is drawn
 * in one place, `paint`, in step with the display.
 */

// Named here so that the browser asks for every file at once, not level by level.
import "./chart.js";
import "./connection.js";
import "./contours.js";
import "./crossing.js";
import "./expert_number.js";
import "./frame.js";
import "./line.js";
import "./matrix.js";
import "./numbers.js";
import "./palette.js";
import "./palette.json" with { type: "json" };
import "./plane.js";
import "./record.js";
import "./regions.js";
import "./run_id.js";
import "./shapes.js";
import "./surface.js";

import { Cards } from "./cards.js";
import { FrameRate, Interval } from "./clock.js";
import { Curves } from "./curves.js";
import { describe, wordsFrom } from "./describe.js";
import { element, setAttribute } from "./dom.js";
import { listenToKeys } from "./keys.js";
import { RunSession } from "./session.js";
import { Stage } from "./stage.js";
import { Status } from "./status.js";
import { Summary } from "./summary.js";
import { readTheme, watchTheme } from "./theme.js";
import { Transport } from "./transport.js";

// Milliseconds between two drawings of what is read rather than watched.
const CURVES_EVERY = 100;
const NUMBERS_EVERY = 125;
const SUMMARY_EVERY = 2000;

export class LiveView {
  /** `report(id)` is called with the id of the run in use. */
  constructor(host, data, report, change = () => {}) {
    this.change = change;
    this.words = wordsFrom(data.labels);
    this.frames = 0;
    this.rate = new FrameRate();
    this.curvesDue = new Interval(CURVES_EVERY);
    this.numbersDue = new Interval(NUMBERS_EVERY);
    this.summaryDue = new Interval(SUMMARY_EVERY);
    this.highlight = null;
    this.session = new RunSession(data, () => this.schedule(), report);
    this.build();
    this.stopKeys = listenToKeys(this.root, {
      toggle: () => this.transport.play.click(),
      step: () => this.transport.step.click(),
      rewind: () => this.transport.rewind.click(),
      pace: (pace) => this.session.setPace(pace),
      switchMode: () => this.stage.switchMode(),
    });
    this.stopTheme = watchTheme(host, () => this.restyle());
    this.stage.board.take(data.settings);
    this.schedule();
  }

  build() {
    const redraw = () => this.schedule();
    const resized = () => this.restyle(); // the text grows with the view
    this.transport = new Transport(
      this.words,
      (command) => this.session.command(command),
      (pace) => this.session.setPace(pace),
    );
    this.stage = new Stage(this.words, redraw, resized, (settings) => this.change({ settings }));
    this.cards = new Cards(this.words, (expert) => this.pointAt(expert));
    this.curves = new Curves(this.words, resized);
    this.status = new Status(this.words, () => this.session.recover());
    this.summary = new Summary(this.words);
    const beside = element("div", { class: "beside" }, this.cards.root, this.curves.root);
    const parts = [this.transport.root, this.stage.root, beside, this.status.root];
    this.layout = element("div", { class: "layout" }, ...parts);
    this.root = element(
      "section",
      { class: "live-view", tabindex: "0", "data-testid": "live-view", "aria-label": this.words("view_title") },
      this.layout,
      this.summary.root,
    );
    // After a click the keys should act on the view, not press the same button again.
    this.root.addEventListener("click", (event) => event.detail > 0 && this.root.focus({ preventScroll: true }));
  }

  /** The page ran again, or its theme changed. */
  take(data) {
    this.session.take(data);
    this.stage.board.take(data.settings);
    this.restyle();
  }

  restyle() {
    this.theme = null;
    this.schedule();
  }

  /** An expert, or null for none. */
  pointAt(expert) {
    if (this.highlight !== expert) {
      this.highlight = expert;
      this.cards.mark(expert);
      this.schedule();
    }
  }

  schedule() {
    this.scheduled ??= requestAnimationFrame((now) => {
      this.scheduled = null;
      this.paint(now);
    });
  }

  paint(now) {
    // Before the style sheet is there nothing has a size; the first size that arrives leads here again.
    if (!this.root.isConnected || !this.stage.surface.isVisible) {
      return;
    }
    this.theme ??= readTheme(this.layout);
    const { session } = this;
    const isNew = session.advance();
    const { record, state } = session;
    // While frames stream in, numbers and curves may skip some; whatever else leads here must show at once.
    const streaming = isNew && state === "running";
    const numbersDue = this.numbersDue.isDue(now, !streaming);
    if (record.header) {
      this.stage.draw(record, this.theme, this.highlight);
      this.cards.update(record, numbersDue);
      if (this.curvesDue.isDue(now, !streaming)) {
        this.curves.update(record, this.theme);
      }
      if (this.summaryDue.isDue(now, isNew && state !== "running")) {
        this.summary.update(record, state);
      }
    }
    this.transport.update(record.header, session.pace, state, numbersDue);
    this.status.update(state, describe(state, session, this.words), this.problem());
    if (isNew) {
      this.countFrame(now, session.live);
    }
    this.publish(state, record.header, numbersDue);
    if (isNew && session.live) {
      session.connection.request();
    }
  }

  problem() {
    const { problem, data } = this.session;
    return problem ? (problem.text ?? this.words(problem.label)) : data.notice;
  }

  countFrame(now, live) {
    this.frames++;
    this.rate.tick(now);
    markOnce("moe-first-picture");
    if (live) {
      markOnce("moe-first-frame");
    }
  }

  /** Where tests, and anyone curious, read what is on the screen. */
  publish(state, header, numbersDue) {
    const { root, session } = this;
    setAttribute(root, "data-state", state);
    setAttribute(root, "data-run", session.run ?? "");
    setAttribute(root, "data-frame", this.frames);
    if (header) {
      setAttribute(root, "data-step", header.step);
      setAttribute(root, "data-sequence", header.sequence);
      setAttribute(root, "data-picture", header.picture);
    }
    if (numbersDue) {
      setAttribute(root, "data-fps", state === "running" ? this.rate.value.toFixed(1) : "0");
    }
  }

  dispose() {
    cancelAnimationFrame(this.scheduled);
    this.stopKeys();
    this.stopTheme();
    this.session.connection.dispose();
    this.stage.dispose();
    this.curves.dispose();
    this.root.remove();
  }
}

/** A mark for the browser's timeline, set once this drawing has reached the screen. */
function markOnce(name) {
  if (performance.getEntriesByName(name).length === 0) {
    requestAnimationFrame(() => performance.mark(name));
  }
}
