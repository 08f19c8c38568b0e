/* What the view keeps of a run from one frame to the next: its curves so far, and its data points. */

export class RunRecord {
  constructor() {
    this.forget();
  }

  forget() {
    this.header = null;
    this.arrays = null;
    this.rows = [];
    this.points = null;
    this.pointTargets = null;
  }

  /** Take a frame. One of another run version, or of a re-thinned history, replaces what was kept. */
  take({ header, arrays }) {
    if (this.header?.run_version !== header.run_version) {
      this.forget();
    }
    this.header = header;
    this.arrays = arrays;
    if (arrays.points) {
      this.points = arrays.points;
      this.pointTargets = arrays.point_targets;
    }
    this.rows.length = Math.min(this.rows.length, header.history.start);
    const width = header.history.columns.length;
    for (let i = 0; i + width <= arrays.history.length; i += width) {
      this.rows.push(arrays.history.slice(i, i + width));
    }
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
