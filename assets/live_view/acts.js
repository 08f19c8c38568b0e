/* What a page has the view do once: a variation of a lesson comes into sight, is made, and trains. */

import { isIdle } from "./condition.js";

export class Acts {
  /**
   * act: { number, rewind, revive, play, back }, or null. What a page said before the view was there is done.
   * goBack(step) has the run go back to a step that was kept.
   */
  constructor(act, goBack) {
    this.done = act?.number ?? 0;
    this.goBack = goBack;
    this.untreated = null; // the step at which the first variation of the run as it is was made
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
    if (act.back) {
      this.putBack(session);
      return;
    }
    this.untreated = act.rewind ? null : Math.min(session.record.header?.step ?? 0, this.untreated ?? Infinity);
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

  /** To the last state that was kept before the first variation. */
  putBack(session) {
    const before = Array.from(session.record.arrays?.kept_steps ?? []).filter((step) => step <= this.untreated);
    if (this.untreated !== null && before.length > 0) {
      this.goBack(before.at(-1));
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
