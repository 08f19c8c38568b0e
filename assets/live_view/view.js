/*
 * The live view on the screen. Frames, the theme, sizes and the pointer all lead to `schedule`, and everything is drawn
 * in one place, `paint`, in step with the display.
 */

import { Acts } from "./acts.js";
import { arrange, arranged } from "./arrangement.js";
import { Interval } from "./clock.js";
import { describe, wordsFrom } from "./describe.js";
import { element, setAttribute } from "./dom.js";
import { ExportMenu } from "./export_menu.js";
import { Focus } from "./focus.js";
import { GoingBack } from "./going_back.js";
import { Guess } from "./guess.js";
import { Hints } from "./hints.js";
import { listenToKeys } from "./keys.js";
import { Members } from "./members.js";
import { Meters } from "./meters.js";
import { Narrator } from "./narrator.js";
import { markBegun } from "./progress.js";
import { Published } from "./published.js";
import { Rest } from "./rest.js";
import { RunSession } from "./session.js";
import { memberNames } from "./settings.js";
import { shortcutsOf } from "./shortcuts.js";
import { Stages } from "./stages.js";
import { Status, TOKEN_SHORTCUTS } from "./status.js";
import { StreamlitsDialog } from "./streamlits_dialog.js";
import { Summary } from "./summary.js";
import { readTheme, watchTheme } from "./theme.js";
import { Timeline } from "./timeline.js";
import { BLOCKED, Transport } from "./transport.js";
import { savePictureOf } from "./view_picture.js";

// Milliseconds between two drawings of what is read rather than watched.
const NUMBERS_EVERY = 125;
const SUMMARY_EVERY = 2000;

export class LiveView {
  /** tell.run(id) is called with the id of the run in use, tell.change(settings, members) with settings for the experiment and for each further member. */
  constructor(host, data, tell) {
    const words = (this.words = wordsFrom(data.labels, data.settings_labels));
    this.names = (records) => memberNames(records.map(({ header }) => header), words.settings, words);
    this.tell = tell;
    this.isHome = data.layout === "home";
    this.isToken = data.layout === "token";
    this.numbersDue = new Interval(NUMBERS_EVERY);
    this.summaryDue = new Interval(SUMMARY_EVERY);
    this.rest = new Rest();
    this.goingBack = new GoingBack();
    this.focus = new Focus(() => this.schedule());
    this.session = new RunSession(data, () => this.schedule(), tell.run);
    this.session.look = { plain: this.isHome, stages: this.isToken };
    this.build();
    this.stopKeys = listenToKeys(this.root, shortcutsOf(this));
    this.stopTheme = watchTheme(host, () => this.restyle());
    this.dialog = new StreamlitsDialog(() => this.session.isCutOff);
    this.schedule();
  }

  build() {
    const { session, words } = this;
    const events = {
      command: (command) => this.command(command),
      pace: (pace) => session.setPace(pace),
      change: (settings) => this.tell.change(settings),
    };
    this.exports = new ExportMenu(words, () => savePictureOf(this), () => this.schedule());
    this.transport = new Transport(words, events, { beside: [this.exports.root], few: this.isHome });
    const rewind = () => session.command("rewind");
    const start = () => {
      rewind();
      session.command("play", this.guess.until(0));
    };
    this.guess = new Guess(words, session.data, start, rewind);
    this.acts = new Acts(session.data.act, (step) => this.goBack(step));
    this.status = new Status(words, () => session.recover(), this.isToken ? TOKEN_SHORTCUTS : undefined);
    this.summary = new Summary(words);
    this.members = new Members(words, this.columnEvents(), session.data.layout);
    this.timeline = new Timeline(words, (step) => this.goBack(step));
    this.stages = new Stages(words);
    this.narrator = new Narrator(words, this.names);
    this.meters = session.data.meters ? new Meters(words) : null;
    this.layout = arranged(this, session.data.layout);
    this.root = element(
      "section",
      { class: "live-view", tabindex: "0", "data-testid": "live-view", "aria-label": words("view_title") },
      this.layout,
      this.summary.root,
    );
    new Hints(this.root);
    this.published = new Published(this.root);
    this.showMembers(1);
    this.guess.take(session.data);
    if (session.data.lesson) {
      markBegun(session.data.lesson);
    }
    // After a click the keys should act on the view, not press the same button again.
    this.root.addEventListener("click", (event) => event.detail > 0 && this.root.focus({ preventScroll: true }));
  }

  columnEvents() {
    const { focus, session } = this;
    return {
      show: (mode) => focus.show(mode),
      point: (look) => focus.point(look),
      pin: (look) => focus.pinAt(look),
      look: (fields) => (session.look = fields),
      highlight: (expert) => focus.lookOver(expert),
      read: (step) => this.members.read(step),
      choose: (expert) => focus.choose(expert),
      change: (settings) => this.tell.change(settings),
      changed: () => this.schedule(),
      intervene: (what) => session.command("intervene", what),
      resized: () => this.restyle(), // the text grows with the view
    };
  }

  /** As many columns as the run has members. */
  showMembers(count) {
    this.members.show(count, this.session.data);
    arrange(this.layout, this.session.data, count);
  }

  /** The page ran again, or its theme changed. */
  take(data) {
    const { session } = this;
    if (session.take(data)) {
      this.focus.startAnew();
    }
    this.members.take(data);
    this.guess.take(data);
    this.acts.take(data.act, this.root, session);
    this.restyle();
  }

  restyle() {
    this.theme = null;
    this.schedule();
  }

  /** Who starts the run without a guess just runs it. */
  command(command) {
    if (command !== "rewind") {
      this.guess.justRun();
    }
    this.session.command(command, command === "play" ? this.guess.until(this.session.record.header?.step ?? 0) : {});
  }

  goBack(step) {
    if (this.session.isLive) {
      this.goingBack.ask(step);
    }
    this.session.command("back", { step });
  }

  schedule() {
    this.scheduled ??= requestAnimationFrame((now) => {
      this.scheduled = null;
      this.paint(now);
    });
  }

  paint(now) {
    // The first size that arrives leads here again.
    if (!this.root.isConnected || !this.members.isVisible) {
      return;
    }
    const { session } = this;
    this.root.classList.toggle("present", session.data.present === true);
    this.theme ??= readTheme(this.layout, session.data.present === true);
    const isNew = session.advance();
    const { record, state, condition } = session;
    // While frames stream in, numbers and curves may skip some; whatever else leads here must show at once.
    const streaming = isNew && state === "running";
    const numbersDue = this.numbersDue.isDue(now, !streaming);
    if (record.header) {
      this.drawMembers(numbersDue, isAnswering(session));
      this.timeline.update(record, !session.live || BLOCKED.includes(condition));
      this.showStage(record);
      this.narrator.update(session.records, state, now);
      if (!this.isVeiled && this.summaryDue.isDue(now, isNew && state !== "running")) {
        this.summary.update(record, state);
      }
    }
    this.dialog.closeIfSaid();
    const { exports, settings, others } = session.data;
    const isConnected = session.isLive && session.connection.phase === "open";
    const names = record.header ? this.names(session.records) : [""];
    const commands = Math.max(0, ...session.records.map(({ header }) => header?.log_length ?? 0));
    this.exports.update({ exports, run: isConnected ? session.run : null, names, commands });
    if (isNew) {
      this.guess.update(session.records);
      const headers = session.records.map(({ header }) => header);
      const changed = this.goingBack.arrived(headers, settings, others);
      if (changed) {
        this.tell.change(changed.settings, changed.members);
      }
    }
    this.transport.update({ header: record.header, pace: session.pace, state, condition, settings, isDue: numbersDue });
    this.status.update(condition, describe(state, session, this.words), this.problem());
    if (isNew) {
      this.published.count(now, session.isLive);
    }
    this.published.update({ state, run: session.run, header: record.header, isDue: numbersDue });
    this.rest.see(session.run, state, session.isLive ? record.header : null);
    const then = this.guess.asked;
    const measures = this.meters !== null || then !== null;
    const inside = this.members.shows("inside") ? this.focus.subject : null;
    session.look = { ...this.focus.asked, pulls: this.members.shows("pulls"), inside, measures, then };
    if (isNew && session.isLive) {
      session.connection.request();
    }
  }

  drawMembers(numbersDue, answers = true) {
    const { focus, theme } = this;
    const { records } = this.session;
    const names = this.names(records);
    const { ghost } = this.guess;
    this.showMembers(records.length);
    if (numbersDue) {
      this.meters?.update(records, { names, ghost, veiled: this.guess.isOpen });
    }
    focus.settle(records);
    this.members.draw({ records, names, theme, focus, numbersDue, answers, veiled: this.isVeiled, ghost });
  }

  /** In slow motion the stage of the present step is lit, and what it is not about steps back. */
  showStage(record) {
    const { pace } = this.session;
    this.stages.update(record, pace);
    setAttribute(this.layout, "data-pace", pace);
    setAttribute(this.layout, "data-lit", record.header.stage?.name ?? "nothing");
  }

  /** Whether measured numbers are kept back until a guess is made. */
  get isVeiled() {
    return this.isHome && this.guess.isOpen;
  }

  problem() {
    const { problem, data } = this.session;
    return problem ? (problem.text ?? this.words(problem.label)) : data.notice;
  }

  dispose() {
    cancelAnimationFrame(this.scheduled);
    this.stopKeys();
    this.stopTheme();
    this.dialog.dispose();
    this.session.dispose();
    this.rest.dispose();
    this.exports.dispose();
    this.timeline.dispose();
    this.members.dispose();
    this.root.remove();
  }
}

/** Whether what is looked at now is answered: the run is there, and is no recording. */
function isAnswering({ isLive, connection, state }) {
  return isLive && connection.phase === "open" && !BLOCKED.includes(state);
}
