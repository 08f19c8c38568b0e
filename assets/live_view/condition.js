/* How an expert is: what a person did to it that lasts, or that it gets next to nothing. */

const IDLE_BELOW = 0.1; // of the fair share; where it stays there it is dead, as moe_core/spells.py says

/** Conditions of an expert that gets next to nothing now. */
export const QUIET = ["idle", "unasked"];

export function isIdle(load, { fair_share: fair }) {
  return load < IDLE_BELOW * fair;
}

/** alive, frozen, killed, joining (it is let in little by little), forced, or idle: it gets next to nothing now. */
export function conditionOf(expert, header, load) {
  const is = (name) => header.experts?.[name]?.includes(expert);
  if (is("killed")) {
    return "killed";
  }
  if (header.experts?.forced === expert) {
    return "forced";
  }
  if (is("frozen")) {
    return "frozen";
  }
  if (is("waking")) {
    return "joining";
  }
  return isIdle(load, header) ? "idle" : "alive";
}

/** Whether an expert came later than the run began, and no row of the curves has anything for it. */
export function wasNeverAsked(expert, { loads }) {
  const cameLater = loads.length > 0 && !Number.isFinite(loads[0][expert]);
  return cameLater && loads.every((row) => !(row[expert] > 0));
}
