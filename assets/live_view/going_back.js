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
   * and { twin }, in which its copy does. headers: of each member; others: what the page says of each copy.
   */
  arrived([header, copy], said, [saidOfCopy = {}] = []) {
    if (this.step === null || header.step !== this.step) {
      return null;
    }
    this.step = null;
    const settings = differing(header.settings, said);
    const twin = differing(copy?.settings ?? {}, saidOfCopy);
    return Object.keys({ ...settings, ...twin }).length > 0 ? { settings, twin } : null;
  }
}

/** Where a run has another value than what the page says. */
function differing(settings, said) {
  return Object.fromEntries(Object.entries(settings).filter(([name, value]) => name in said && said[name] !== value));
}
