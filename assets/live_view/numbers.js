/* Numbers as they are printed, and steps that read well on an axis. */

export const MINUS = "\u2212";

export const MISSING = "–";

const HUGE = 1e4; // what has diverged would need a dozen digits
const LONGEST = 1e7; // what is still written out
const LOWEST_PERCENT = -9.995; // what has diverged would need a dozen digits

const DIGITS = { effective_experts: 1, own_minus_others: 2, untrained: 2 };

export function percent(share) {
  return share < LOWEST_PERCENT ? `< ${MINUS}999%` : `${fixed(100 * share, 1)}%`;
}

/** A value of a column of the curves, as it is said in a sentence. */
export function printed(column, value) {
  if (column === "step") {
    return value.toLocaleString("en");
  }
  if (column.endsWith("_score")) {
    return percent(value);
  }
  return fixed(value, DIGITS[column] ?? (column.endsWith("_nmi") ? 2 : 3));
}

/** toFixed with a true minus sign, and without one before a zero. */
export function fixed(value, digits) {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", MINUS);
}

/** To three digits after the point, as long as it is not huge; a dash for one that is not finite and so not sent. */
export function precise(value) {
  if (!Number.isFinite(value)) {
    return MISSING;
  }
  return Math.abs(value) < HUGE ? fixed(value, 3) : value.toExponential(1).replace("-", MINUS);
}

/** The same of a number of any size, but with no fewer digits where it is huge. */
export function full(value) {
  if (!Number.isFinite(value) || Math.abs(value) < HUGE) {
    return precise(value);
  }
  return Math.abs(value) < LONGEST ? Math.round(value).toLocaleString("en") : value.toExponential(4);
}

/** To three digits after the point, of which none is an idle zero; a dash for one that is not finite. */
export function trimmed(value) {
  return Number.isFinite(value) ? String(Number(value.toFixed(3))).replace("-", MINUS) : MISSING;
}

/** To two digits, however small or large; a dash for one that is not finite and so not sent. */
export function significant(value) {
  return Number.isFinite(value) ? String(Number(value.toPrecision(2))).replaceAll("-", MINUS) : MISSING;
}

/** The next number up that reads well at the end of an axis. */
export function roundUp(value) {
  return nextOf([1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10], value);
}

/** Where an axis has its marks: up to six, in equal steps of 1, 2 or 5 times a power of ten. */
export function marks(low, high) {
  const step = nextOf([1, 2, 5, 10], (high - low) / 5);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
}

function nextOf(factors, value) {
  const unit = 10 ** Math.floor(Math.log10(value));
  return factors.find((factor) => factor * unit >= 0.999 * value) * unit;
}
