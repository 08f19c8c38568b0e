/* What a page has the view do once: a variation of a lesson comes into sight, is made, and trains. */

import { isIdle } from "./condition.js";

export class Acts {
  /** act: { number, rewind, revive, play }, or null. What a page said before the view was there is done. */
  constructor(act) {
    this.done = act?.number ?? 0;
  }

  /** The page says something new, and the session has heard it. */
  take(act, root, session) {
    if (!act || act.number === this.done) {
      return;
    }
    this.done = act.number;
    // From its head on, which says what is what. Of a token its stages: their first stays in sight and would cover more.
    const stages = root.querySelector(".token-beside");
    (stages ?? root).scrollIntoView({ block: "start" });
    if (act.rewind) {
      session.command("rewind");
    }
    if (act.revive) {
      this.reviveIdle(session);
    }
    // Also where the last frame says that it trains: other settings may have restarted it since.
    if (act.play) {
      session.command("play");
    }
  }

  /** Each idle expert of the first member becomes a copy of its busiest. */
  reviveIdle(session) {
    const { header, arrays } = session.record;
    arrays?.load.forEach((load, expert) => {
      if (isIdle(load, header)) {
        session.command("intervene", { name: "revive_by_cloning", expert, member: 0 });
      }
    });
  }
}
