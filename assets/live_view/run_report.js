/*
 * Tells the page which run the view shows, once its first frame is there: the page then runs again, which would hold
 * that frame up. A page that was just opened waits with all that follows the view (see ui/live_view.py) until it hears
 * of the view for the first time: "" and no run, with the first frame, or where none comes soon, or none by itself.
 *
 * The run is said after that, when the page is whole. What it runs again then is the view's fragment: had the whole page
 * run last, Streamlit would not run it again for a server that was started anew.
 *
 * Who follows a link meanwhile is not called back: what is left to say then waits.
 */

import { Leaving } from "./leaving.js";

const SOON = 500; // milliseconds

export class RunReport {
  constructor({ awaited, connect }, tell) {
    this.tell = tell;
    this.awaited = awaited;
    this.onDemand = connect === "on-demand";
    this.run = this.said = null;
    this.leaving = new Leaving();
    this.timer = awaited ? setTimeout(() => this.report(), SOON) : null;
  }

  /** The page ran again. One that waits again is of a server that was started anew and knows of nothing. */
  take({ awaited }) {
    if (awaited && !this.awaited) {
      this.said = null;
    }
    this.awaited = awaited;
    this.report();
  }

  /** Frames are about to be drawn: of a run, or saved ones. */
  drawn(run) {
    this.run = run;
    if (run !== null || this.onDemand) {
      this.report();
    }
  }

  report() {
    const next = this.awaited ? "" : this.run;
    if (next === null || next === this.said) {
      return;
    }
    clearTimeout(this.timer);
    if (this.leaving.left) {
      this.timer = setTimeout(() => this.report(), this.leaving.left);
    } else {
      this.said = next;
      this.tell(next);
    }
  }

  dispose() {
    clearTimeout(this.timer);
    this.leaving.dispose();
  }
}
