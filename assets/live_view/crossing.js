/*
 * Where the border between two cells' owners lies, finer than the grid.
 *
 * The strength is the owner's probability. On the border the two owners are equally strong, and with two experts that
 * share nearly all probability the log-odds of a linear router change evenly across it.
 */

const HALF = 127.5; // a probability of one half, in the 255 levels of the strength
const FLATTEST = 0.7; // levels from one cell to the next; a smaller change is rounding
const REACH = 4; // cells over which a slope is taken, since one level is coarse

/** From 0 (at the centre of `cell`) to 1 (at that of `cell + stride`). */
export function crossingShare(labels, strength, cell, stride) {
  const other = cell + stride;
  const here = strength[cell];
  const there = strength[other];
  let share = 0.5;
  if (here > HALF && there > HALF) {
    share = logOdds(here) / (logOdds(here) + logOdds(there));
  } else {
    // Several experts share the probability: extend both slopes to where they meet.
    const slope = (rise(labels, strength, cell, -stride) + rise(labels, strength, other, stride)) / 2;
    share = slope > FLATTEST ? 0.5 + (here - there) / (2 * slope) : 0.5;
  }
  return Math.min(0.95, Math.max(0.05, share));
}

/** Levels by which the strength rises from cell to cell, away from the border and within the owner's region. */
function rise(labels, strength, cell, stride) {
  let steps = 0;
  while (steps < REACH && labels[cell + (steps + 1) * stride] === labels[cell]) {
    steps++;
  }
  return steps > 0 ? (strength[cell + steps * stride] - strength[cell]) / steps : 0;
}

function logOdds(level) {
  return Math.log(level / (255.5 - level));
}
