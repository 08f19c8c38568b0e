/* Says when a run has come to rest, so that what is measured at rest is measured again. */

const SETTLED = 250; // milliseconds at one step until a run counts as resting

export class Rest {
  /** The run as it is drawn now. Rest is told once for each moment at which a run rests. */
  see(run, state, header) {
    const resting = header && ["paused", "diverged"].includes(state);
    const moment = resting ? `${run} ${header.run_version} ${header.step} ${header.log_length} ${state}` : null;
    if (moment === this.moment) {
      return;
    }
    this.moment = moment;
    clearTimeout(this.timer);
    if (moment) {
      const detail = { run, step: header.step };
      this.timer = setTimeout(() => window.dispatchEvent(new CustomEvent("moe-lab:rest", { detail })), SETTLED);
    }
  }

  dispose() {
    clearTimeout(this.timer);
  }
}
