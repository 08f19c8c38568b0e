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

  /** The settings in which the run, having arrived, differs from what the page says; else null. */
  arrived(header, said) {
    if (this.step === null || header.step !== this.step) {
      return null;
    }
    this.step = null;
    const differing = Object.entries(header.settings).filter(([name, value]) => name in said && said[name] !== value);
    return differing.length > 0 ? Object.fromEntries(differing) : null;
  }
}
