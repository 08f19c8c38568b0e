/* What the view keeps of one member of a run from one frame to the next: its curves so far, and what is sent seldom. */

// Arrays that a frame may lack: then the last ones still hold.
const KEPT = [
  "points",
  "point_targets",
  "expert_answers",
  "received",
  "projection",
  "projection_targets",
  "projection_samples",
];

export class RunRecord {
  constructor() {
    this.forget();
  }

  forget() {
    this.header = null;
    this.arrays = null;
    this.rows = [];
    this.loads = []; // for each row, the load of every expert; NaN before there was such an expert
    this.points = null;
    this.pointTargets = null;
  }

  /** Take a frame. One of another run version, or of a re-thinned history, replaces what was kept. */
  take({ header, arrays }) {
    if (this.header?.run_version !== header.run_version) {
      this.forget();
    }
    this.header = header;
    const kept = KEPT.filter((name) => this.arrays?.[name]).map((name) => [name, this.arrays[name]]);
    this.arrays = { ...Object.fromEntries(kept), ...arrays };
    this.points = this.arrays.points ?? null;
    this.pointTargets = this.arrays.point_targets ?? null;
    const { start, columns } = header.history;
    append(this.rows, start, arrays.history, columns.length);
    const numRows = this.rows.length - Math.min(this.rows.length, start);
    append(this.loads, start, arrays.history_load, arrays.history_load.length / Math.max(1, numRows));
  }

  /** What the server needs to know to send only what is new. */
  have() {
    return (
      this.header && {
        sequence: this.header.sequence,
        run_version: this.header.run_version,
        history_version: this.header.history.version,
        history_rows: this.rows.length,
      }
    );
  }

  /** Where a curve's value stands in each row. */
  column(name) {
    return this.header.history.columns.indexOf(name);
  }

  /** The newest value of a curve, or null while it has none. */
  latest(name) {
    const value = this.rows.at(-1)?.[this.column(name)];
    return Number.isFinite(value) ? value : null;
  }
}

/** Replace the rows from number `start` on by those of a flat array. */
function append(rows, start, values, width) {
  rows.length = Math.min(rows.length, start);
  for (let i = 0; i + width <= values.length && width > 0; i += width) {
    rows.push(values.slice(i, i + width));
  }
}
