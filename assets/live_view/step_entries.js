/* What the curves hold in one row, chart by chart: the value of each line, and the load of each expert. */

import { MISSING, percent } from "./numbers.js";

const MOST_EXPERTS = 8; // of more, the largest loads are said
const LARGEST = 6;

/**
 * The lines of a chart that are drawn, as { entries: [{ kind, name, text }], note: "" }. hidden: the kinds of lines that
 * are left out. nameOf(kind): what a line is called.
 */
export function linesAt({ lines, beside = [], print }, record, row, { hidden, nameOf }) {
  const printed = (column) => {
    const value = record.rows[row][record.column(column)];
    return Number.isFinite(value) ? print(value) : MISSING;
  };
  const shown = [...lines].reverse().filter(({ kind }) => !hidden.has(kind));
  const named = lines.length > 1;
  return {
    entries: [
      ...shown.map(({ column, kind }) => ({
        kind: named ? kind : null,
        name: named ? nameOf(kind) : "",
        text: printed(column),
      })),
      ...beside.map(({ column, title }) => ({ kind: null, name: nameOf(title), text: printed(column) })),
    ],
    note: "",
  };
}

/**
 * Each expert that there was, as { entries: [{ expert, name, text, pointed }], note }. Of many experts the largest loads
 * are said, which the note says; the one that is pointed at is always among them. pointed: an expert, or null.
 */
export function loadsAt(record, row, { pointed, words }) {
  const loads = Array.from(record.loads[row], (load, expert) => ({ load, expert }));
  const all = loads.filter(({ load }) => Number.isFinite(load));
  const isPointed = ({ expert }) => expert === pointed;
  const said = all.length <= MOST_EXPERTS ? all : largest(all, isPointed);
  const note = said === all ? "" : words("step_largest", { shown: LARGEST, count: all.length });
  return {
    entries: said.map(({ load, expert }) => ({
      expert,
      name: words("expert", { expert: expert + 1 }),
      text: percent(load),
      pointed: expert === pointed,
    })),
    note,
  };
}

function largest(all, isPointed) {
  const inOrder = [...all].sort((one, other) => other.load - one.load);
  return [...inOrder.slice(0, LARGEST), ...inOrder.slice(LARGEST).filter(isPointed)];
}
