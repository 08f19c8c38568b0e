/*
 * The WebSocket of one run. The view asks for the next frame once it has drawn one, so a slow browser never builds a
 * queue, and a hidden tab asks for nothing. A dropped connection is opened again by itself, under the same run id; so is
 * one on which nobody answers any more.
 */

import { randomId } from "./run_id.js";
import { Silence } from "./silence.js";

const FIRST_PAUSE = 250; // milliseconds before the first try to connect again; each further pause is twice as long
const LONGEST_PAUSE = 4000;
const OPENS_WITHIN = 10; // seconds without a word: to a server that is only starting, or with a whole frame on a slow line
const SILENT_FOR = 4; // seconds without one: the server speaks every second, even on a busy machine every two or three
const CLOSE_RUN_IN_USE = 4409;
// Normal end (a newer socket of this page took over), too big, malformed, foreign: trying again would change nothing.
const CLOSED_FOR_GOOD = [1000, 1009, 4400, 4403];
const RESOLUTION = 64;

/** Tells the server that a reload, or a socket opened again, is the same page that held the run before. */
const VIEW = randomId();

export class Connection {
  /**
   * events.attach()         the attach message's own fields (settings, others, pretrained)
   * events.have()           what the view knows of each member of the run, for the next request
   * events.look()           what the person looks at, for the next request
   * events.frame(buffer)    a frame has come
   * events.message(message) any other message that the view should show
   * events.phase(phase)     closed, connecting, open, waiting, lost or refused
   * events.run(id)          the run id in use
   */
  constructor(path, runId, events) {
    this.path = path;
    this.runId = runId;
    this.events = events;
    this.phase = "closed";
    this.queue = [];
    this.pause = FIRST_PAUSE;
    this.isGone = false; // whether a connection was lost, and no frame came since
    this.silence = new Silence(() => {
      this.leave();
      this.connectAgain();
    });
    this.onVisibility = () => this.request();
    document.addEventListener("visibilitychange", this.onVisibility);
  }

  open() {
    if (this.socket) {
      return;
    }
    clearTimeout(this.timer);
    const address = new URL(`${this.path}/${this.runId.value}`, document.baseURI);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    this.setPhase("connecting");
    this.runId.hold();
    this.events.run(this.runId.value);
    const socket = new WebSocket(address);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.attach();
    socket.onmessage = (event) => this.receive(event.data);
    socket.onclose = (event) => this.closed(event.code);
    this.socket = socket;
    this.silence.allow(OPENS_WITHIN);
  }

  /** Send now, or as soon as there is a connection, which is then opened. */
  send(message) {
    if (this.socket?.readyState === WebSocket.OPEN) {
      this.socket.send(JSON.stringify(message));
    } else {
      this.hold(message);
      this.open();
    }
  }

  /** Send once somebody opens the connection. */
  hold(message) {
    this.queue.push(message);
  }

  /** A connection that is still to be opened attaches with the present settings anyway. */
  configure(settings, others) {
    if (this.socket?.readyState === WebSocket.OPEN) {
      this.send({ type: "configure", settings, others });
    } else {
      this.open();
    }
  }

  /** Ask for the next frame, once. */
  request() {
    if (!this.asked) {
      this.ask();
    }
  }

  /** Ask although a request may be under way: the newer one replaces it, so asking twice does no harm. */
  ask() {
    if (document.visibilityState === "visible" && this.socket?.readyState === WebSocket.OPEN) {
      this.asked = true;
      const have = this.fresh ? [] : this.events.have();
      this.send({ type: "frame", have, resolution: RESOLUTION, look: this.events.look() });
    }
  }

  /** Leave the run for that of another id, which begins where the attach message says. */
  startAnew() {
    this.leave();
    this.queue = [];
    this.open();
  }

  /** After "lost": have a new worker go on from the last kept state. */
  restartKept() {
    this.setPhase("connecting");
    this.send({ type: "restart_kept" });
    this.askAnew();
  }

  dispose() {
    document.removeEventListener("visibilitychange", this.onVisibility);
    this.leave();
  }

  leave() {
    clearTimeout(this.timer);
    this.silence.end();
    if (this.socket) {
      this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
      this.socket.close();
      this.socket = null;
    }
  }

  attach() {
    this.socket.send(JSON.stringify({ type: "attach", view: VIEW, ...this.events.attach() }));
    this.queue.splice(0).forEach((message) => this.send(message));
    this.askAnew();
  }

  /** What the view has may be of another worker, so the first frame is asked for whole. */
  askAnew() {
    this.fresh = true;
    this.asked = false;
    this.request();
  }

  receive(data) {
    this.silence.heard();
    if (typeof data !== "string") {
      this.asked = this.fresh = this.isGone = false;
      this.pause = FIRST_PAUSE;
      if (this.phase !== "open") {
        this.silence.allow(SILENT_FOR);
        this.setPhase("open");
      }
      this.events.frame(data);
      return;
    }
    const message = JSON.parse(data);
    if (message.type === "who") {
      this.send({ type: "present" });
      return;
    }
    if (message.type === "lost" || message.type === "waiting") {
      this.setPhase(message.type);
    }
    this.events.message(message);
  }

  closed(code) {
    this.socket = null;
    this.silence.end();
    if (code === CLOSE_RUN_IN_USE) {
      this.runId.renew();
      this.open();
    } else if (CLOSED_FOR_GOOD.includes(code)) {
      this.setPhase("refused");
    } else {
      this.connectAgain();
    }
  }

  connectAgain() {
    this.isGone = true;
    this.phase = "connecting";
    this.events.phase(this.phase); // Even if it was before, it is news that this is not the first try.
    this.timer = setTimeout(() => this.open(), this.pause);
    this.pause = Math.min(2 * this.pause, LONGEST_PAUSE);
  }

  setPhase(phase) {
    if (phase !== this.phase) {
      this.phase = phase;
      this.events.phase(phase);
    }
  }
}
