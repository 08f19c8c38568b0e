/* One run as the page knows it: its connection, the last frame, and what was asked, refused or lost. */

import { Connection } from "./connection.js";
import { stateOf } from "./describe.js";
import { unpack } from "./frame.js";
import { RunRecord } from "./record.js";
import { RunId } from "./run_id.js";

export class RunSession {
  /** `changed` is called whenever there is something new to show; `report(id)` with the id of the run in use. */
  constructor(data, changed, report) {
    this.data = data;
    this.changed = changed;
    this.record = new RunRecord();
    this.incoming = null; // the newest frame, until it is drawn
    this.live = false; // whether the frame that is shown came over the connection; else it is the saved picture
    this.asked = false; // whether the person asked for something that needs a connection not there yet
    this.loss = this.waiting = this.problem = null;
    this.runId = new RunId(data.page, canonical(data.settings));
    this.connection = new Connection(data.live, this.runId, {
      attach: () => ({ settings: this.data.settings, pretrained: this.data.pretrained ?? null }),
      have: () => this.record.have(),
      frame: (buffer) => {
        this.incoming = { ...unpack(buffer), live: true };
        this.changed();
      },
      message: (message) => this.hear(message),
      phase: () => this.changed(),
      run: (id) => {
        if (this.run !== id) {
          this.run = id;
          report(id);
        }
      },
    });
    this.fetchPicture();
    if (data.connect === "at-once") {
      this.connection.open();
    }
  }

  /** The page ran again: take over what it says now. */
  take(data) {
    const before = this.data;
    this.data = data;
    if (canonical(before.settings) !== canonical(data.settings)) {
      this.problem = null;
      this.asked = true;
      this.runId.remember(canonical(data.settings));
      this.connection.configure(data.settings);
    }
    this.changed();
  }

  async fetchPicture() {
    if (!this.data.picture) {
      return;
    }
    try {
      const response = await fetch(new URL(this.data.picture, document.baseURI));
      if (!response.ok) {
        throw new Error(`The saved picture could not be fetched: status ${response.status}.`);
      }
      const picture = unpack(await response.arrayBuffer());
      this.pictureStep = picture.header.step;
      if (!this.live && !this.incoming) {
        this.incoming = { ...picture, live: false };
      }
    } catch (error) {
      console.error(error);
      this.problem = { label: "problem_picture" };
    }
    this.changed();
  }

  /** Make the newest frame the one that is shown. Returns whether there was one. */
  advance() {
    if (!this.incoming) {
      return false;
    }
    if (this.incoming.live && !this.live) {
      this.record.forget();
      this.live = true;
      this.asked = false;
    }
    this.record.take(this.incoming);
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

  /** play, pause, step, rewind. */
  command(command) {
    this.problem = null;
    this.asked = true;
    this.connection.send({ type: "command", command });
    this.changed();
  }

  /** A pace alone is no reason to start a run: before there is one, it is kept until then. */
  setPace(pace) {
    const message = { type: "command", command: "pace", pace };
    if (this.connection.phase === "closed") {
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
    if (this.state === "lost") {
      this.connection.restartKept();
    } else if (this.state === "stopped") {
      this.connection.open();
    } else {
      this.command("rewind");
    }
  }

  get state() {
    return stateOf({ phase: this.connection.phase, header: this.record.header, live: this.live, asked: this.asked });
  }

  /** Whether what is shown is the saved model as it was saved. */
  get untouched() {
    const { header } = this.record;
    return this.state === "paused" && header.step > 0 && header.step === this.pictureStep && header.log_length === 0;
  }
}

/** Settings as text that is equal when they are, in whatever order they come. */
function canonical(settings) {
  return JSON.stringify(Object.entries(settings).sort(([one], [two]) => (one < two ? -1 : 1)));
}
