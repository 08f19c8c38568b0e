/*
 * A run that went back to an earlier step has the live settings of that step again. The page's controls still say the
 * later ones; they are told once the run is there.
 */

export class GoingBack {
  constructor() {
    this.step = null;
  }

  /** The run was asked to go back to this step. */
  ask(step) {
    this.step = step;
  }

  /**
   * What to report once the run has arrived, or null: { settings }, in which the run differs from what the page says,
   * and { members }, in which each beside it does. headers: of each member; others: what the page says of the further.
   */
  arrived([header, ...further], said, others = []) {
    if (this.step === null || header.step !== this.step) {
      return null;
    }
    this.step = null;
    const settings = differing(header.settings, said);
    const members = others.map((other, i) => differing(further[i]?.settings ?? {}, other));
    return [settings, ...members].some((one) => Object.keys(one).length > 0) ? { settings, members } : null;
  }
}

/** Where a run has another value than what the page says. */
function differing(settings, said) {
  return Object.fromEntries(Object.entries(settings).filter(([name, value]) => name in said && said[name] !== value));
}
