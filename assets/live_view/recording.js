/*
 * A run that was recorded, to be played where the connection is gone. Its file (see server/record.py) is fetched once the
 * live run is seen and the browser has nothing else to do. It is unpacked when somebody plays it.
 */

import { unpackAll } from "./frame.js";

const OFFERED_AFTER = 3000; // milliseconds without a connection
const FETCHED_WITHIN = 2000; // milliseconds: a run that trains leaves a slow browser no idle moment
const LENGTH_BYTES = 4;
const STEPS_PER_SECOND = { motion: 5, 1: 30, 2: 60, 10: 300, max: 600 }; // by pace; slow motion has no stages here

export class Recording {
  /** `show` is called with the frame of each member, `changed` when there is something to offer, or no more. */
  constructor(show, changed) {
    this.show = show;
    this.changed = changed;
    this.packed = null; // the file, once it is fetched
    this.messages = null; // one for each step, while it is played
    this.place = 0;
    this.running = false;
    this.pace = "2";
  }

  /** A lesson that was never recorded has no address. */
  fetchWhenIdle(address) {
    this.address = address;
    if (address) {
      const whenIdle = window.requestIdleCallback ?? ((act, { timeout }) => setTimeout(act, timeout));
      whenIdle(() => this.fetch(address), { timeout: FETCHED_WITHIN });
    }
  }

  async fetch(address) {
    try {
      const response = await fetch(new URL(address, document.baseURI), { priority: "low" });
      this.packed = response.ok ? await response.blob() : null;
    } catch (error) {
      console.warn(`The recorded run could not be fetched, so none is offered: ${error.message}`);
    }
  }

  /** The connection is there, or is not. */
  hear(isConnected) {
    if (isConnected) {
      clearTimeout(this.timer);
      this.timer = null;
      this.isMissed = false;
      if (this.isMissing) {
        this.fetchWhenIdle(this.address);
      }
    } else {
      this.timer ??= setTimeout(() => {
        this.isMissed = true;
        this.changed();
      }, OFFERED_AFTER);
    }
  }

  /** Whether there is one, and it is not here. */
  get isMissing() {
    return Boolean(this.address) && !this.packed;
  }

  get isOffered() {
    return Boolean(this.isMissed && this.packed) && !this.isPlayed;
  }

  /** Whether it is what is shown. */
  get isPlayed() {
    return this.messages !== null;
  }

  /** Show it from its start, and play. */
  async open() {
    const unpacked = this.packed.stream().pipeThrough(new DecompressionStream("gzip"));
    this.messages = messagesOf(await new Response(unpacked).arrayBuffer());
    this.steps = Float32Array.from(this.messages, (message) => unpackAll(message)[0].header.step);
    this.rewind();
    this.play();
  }

  close() {
    this.pause();
    this.messages = null;
  }

  /** One press of a button. Returns whether a recording can do that. */
  obey(command, { step }) {
    const acts = {
      play: () => this.play(),
      pause: () => this.pause(),
      step: () => this.goTo(this.place + 1),
      rewind: () => this.rewind(),
      back: () => this.goTo(this.steps.indexOf(step)),
    };
    acts[command]?.();
    return command in acts;
  }

  setPace(pace) {
    this.pace = pace;
    this.draw();
  }

  /** At its end it begins again. */
  play() {
    this.running = true;
    if (this.place === this.messages.length - 1) {
      this.place = 0;
    }
    this.draw();
    this.goOn();
  }

  /** The next frame comes when it is due at the present pace. */
  goOn() {
    clearTimeout(this.player);
    if (this.running) {
      const steps = this.steps[this.place + 1] - this.steps[this.place];
      this.player = setTimeout(() => {
        this.place += 1;
        this.running = this.place < this.messages.length - 1;
        this.draw();
        this.goOn();
      }, (1000 * steps) / STEPS_PER_SECOND[this.pace]);
    }
  }

  pause() {
    this.goTo(this.place);
  }

  rewind() {
    this.goTo(0);
  }

  goTo(place) {
    clearTimeout(this.player);
    this.running = false;
    this.place = Math.min(place, this.messages.length - 1);
    this.draw();
  }

  /** Its frames say that the run rests, and know of no step that was not done yet. */
  draw() {
    const said = {
      state: this.running ? "running" : "paused",
      pace: this.pace,
      steps_per_second: STEPS_PER_SECOND[this.pace],
      last_step: this.steps.at(-1),
      recorded: true,
    };
    const members = unpackAll(this.messages[this.place]);
    this.show(
      members.map(({ header, arrays }) => ({
        header: { ...header, ...said },
        arrays: { ...arrays, kept_steps: this.steps },
      })),
    );
  }

  dispose() {
    clearTimeout(this.timer);
    clearTimeout(this.player);
  }
}

/** Each in a buffer of its own, where its arrays stand at the places that they need. */
function messagesOf(buffer) {
  const view = new DataView(buffer);
  const messages = [];
  for (let start = 0; start < buffer.byteLength; ) {
    const end = start + LENGTH_BYTES + view.getUint32(start, true);
    messages.push(buffer.slice(start + LENGTH_BYTES, end));
    start = end;
  }
  return messages;
}
