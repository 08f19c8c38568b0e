/* One run, or lockstep group, as the page knows it: its connection, the last frames, what was asked, refused or lost. */

import { Connection } from "./connection.js";
import { stateOf } from "./describe.js";
import { unpackAll } from "./frame.js";
import { RunRecord } from "./record.js";
import { Recording } from "./recording.js";
import { RunId } from "./run_id.js";
import { RunReport } from "./run_report.js";
import { SavedPicture } from "./saved_picture.js";

const LOOK_AT_NOTHING = { at: null, sample: null, expert: null, plain: false, pulls: false, inside: null, measures: false, then: null };

export class RunSession {
  /** `changed` is called whenever there is something new to show, `report(id)` to tell the page of the run. */
  constructor(data, changed, report) {
    this.data = data;
    this.changed = changed;
    this.report = new RunReport(data, report);
    this.records = [new RunRecord()]; // one for each member
    this.incoming = null; // the newest frame of each member, until it is drawn
    this.looking = LOOK_AT_NOTHING;
    this.live = false; // whether the frame that is shown came over the connection; else it is the saved picture
    this.asked = false; // whether the person asked for something that needs a connection not there yet
    this.loss = this.waiting = this.problem = null;
    this.recording = new Recording((members) => {
      this.incoming = { members, live: false };
      changed();
    }, changed);
    this.picture = new SavedPicture(
      (members) => {
        if (!this.live && !this.incoming) {
          this.incoming = { members, live: false };
        }
        changed();
      },
      () => {
        this.problem = { label: "problem_picture" };
        changed();
      },
    );
    this.runId = new RunId(data.page, asText(data), data.opening);
    this.connection = new Connection(data.live, this.runId, {
      attach: () => ({
        settings: this.data.settings,
        others: this.data.others ?? [],
        pretrained: this.data.pretrained ?? null,
      }),
      have: () => (this.record.header ? this.records.map((record) => record.have()) : []),
      look: () => this.look,
      frame: (buffer) => {
        if (!this.recording.isPlayed) {
          this.advance(); // An undrawn frame may hold what this one lacks.
          this.incoming = { members: unpackAll(buffer), live: true };
        }
        this.changed();
      },
      message: (message) => this.hear(message),
      phase: (phase) => {
        this.recording.hear(phase === "open");
        if (phase === "open" && this.problem?.label === "problem_cut_off") {
          this.problem = null;
        }
        this.changed();
      },
      run: (id) => (this.run = id),
    });
    this.picture.fetch(data.picture);
    // What was begun here before a reload goes on, also where a run begins on demand alone.
    if (data.connect === "at-once" || this.runId.isHeld) {
      this.connection.open();
    }
  }

  /** The page ran again: take over what it says now. Returns whether that is a situation that was opened. */
  take(data) {
    const before = this.data;
    const isOpened = this.runId.isNew(data.opening);
    this.data = data;
    this.report.take(data);
    if (isOpened || asText(before) !== asText(data)) {
      this.leaveRecording();
    }
    if (data.picture !== before.picture) {
      this.forgetPicture();
    }
    if (isOpened) {
      this.openAnew();
    } else if (asText(before) !== asText(data)) {
      this.problem = null;
      this.asked = true;
      this.runId.remember(asText(data));
      this.connection.configure(data.settings, data.others ?? []);
    }
    this.changed();
    return isOpened;
  }

  /** A situation was chosen, be it the present one again: begin in a new run. The present one stays what it became. */
  openAnew() {
    this.forgetPicture();
    this.incoming = null;
    this.problem = null;
    this.asked = true;
    this.live = false;
    this.runId.open(this.data.opening, asText(this.data));
    this.connection.startAnew();
    this.picture.fetch(this.data.picture);
  }

  /** The saved picture is of the situation that is left. A live frame still to be drawn is not: it came but once. */
  forgetPicture() {
    this.picture.forget();
    if (!this.incoming?.live) {
      this.incoming = null;
    }
  }

  /** What is known of the first member, from which the others differ. */
  get record() {
    return this.records[0];
  }

  /** Make the newest frames those that are shown. Returns whether there were any. */
  advance() {
    if (!this.incoming) {
      return false;
    }
    const { members, live } = this.incoming;
    if (live && !this.live) {
      this.records.forEach((record) => record.forget());
      this.live = true;
      this.asked = false;
      this.recording.fetchWhenIdle(this.data.recording);
    }
    this.report.drawn(live ? this.run : null);
    this.records.length = Math.min(this.records.length, members.length);
    members.forEach((frame, i) => (this.records[i] ??= new RunRecord()).take(frame));
    this.incoming = null;
    return true;
  }

  hear(message) {
    if (message.type === "lost") {
      this.loss = message;
    } else if (message.type === "waiting") {
      this.waiting = message.message;
    } else if (message.type === "problem") {
      this.problem = { text: message.message };
    }
    this.changed();
  }

  /** play { until }, a step at which it pauses; pause, step, rewind; back { step }; intervene { name, expert, member }. */
  command(command, fields = {}) {
    this.problem = null;
    if (this.recording.isPlayed) {
      this.problem = this.recording.obey(command, fields) ? null : { label: "problem_recording" };
    } else if (this.isCutOff) {
      this.problem = { label: "problem_cut_off" }; // Kept until later, it would come when nobody expects it.
    } else {
      this.asked = true;
      this.connection.send({ type: "command", command, ...fields });
    }
    this.changed();
  }

  get look() {
    return this.looking;
  }

  /** What the person looks at now: any of { at, sample, expert, plain, pulls, inside, measures, then }; what is left out stays. Asks for it at once. */
  set look(look) {
    const next = { ...this.looking, ...look };
    if (JSON.stringify(next) !== JSON.stringify(this.looking)) {
      this.looking = next;
      this.connection.ask();
    }
  }

  /** A pace alone is no reason to start a run: before there is one, it is kept until then. */
  setPace(pace) {
    const message = { type: "command", command: "pace", pace };
    if (this.recording.isPlayed) {
      this.recording.setPace(pace);
    } else if (this.isCutOff) {
      this.problem = { label: "problem_cut_off" };
    } else if (this.connection.phase === "closed") {
      this.chosenPace = pace;
      this.connection.hold(message);
    } else {
      this.connection.send(message);
    }
    this.changed();
  }

  get pace() {
    return this.live ? this.record.header.pace : (this.chosenPace ?? this.record.header?.pace);
  }

  /** What the status line offers in the present state. */
  recover() {
    if (this.recording.isPlayed) {
      this.leaveRecording();
    } else if (this.recording.isOffered && this.state === "connecting") {
      this.recording.open();
    } else if (this.state === "lost") {
      this.connection.restartKept();
    } else if (this.state === "stopped") {
      this.connection.open();
    } else {
      this.command("rewind");
    }
  }

  /** Show the run itself again, as soon as it can be had. */
  leaveRecording() {
    if (this.recording.isPlayed) {
      this.recording.close();
      this.incoming = this.problem = null;
      this.connection.askAnew();
      this.changed();
    }
  }

  /** Whether what is shown is the run itself. */
  get isLive() {
    return this.live && !this.recording.isPlayed;
  }

  /** What the words say of it: a recording is none of the run's states, and a connection that is gone is not any. */
  get condition() {
    return this.recording.isPlayed ? "recorded" : this.isCutOff ? "cut_off" : this.state;
  }

  /** Whether the connection is gone, and more than a saved picture is wanted. */
  get isCutOff() {
    return this.connection.isGone && this.stateOfRun === "connecting";
  }

  get state() {
    if (this.recording.isPlayed) {
      return this.recording.running ? "running" : "paused";
    }
    return this.stateOfRun;
  }

  get stateOfRun() {
    return stateOf({ phase: this.connection.phase, header: this.record.header, live: this.live, asked: this.asked });
  }

  dispose() {
    this.report.dispose();
    this.connection.dispose();
    this.recording.dispose();
  }

  /** Whether what is shown is the saved model as it was saved. */
  get untouched() {
    const { header } = this.record;
    return this.state === "paused" && header.step > 0 && header.step === this.picture.step && header.log_length === 0;
  }
}

/** The settings of every member as text that is equal when they are, in whatever order they come. */
function asText({ settings, others }) {
  const sorted = (some) => Object.entries(some).sort(([one], [two]) => (one < two ? -1 : 1));
  return JSON.stringify([settings, ...(others ?? [])].map(sorted));
}
