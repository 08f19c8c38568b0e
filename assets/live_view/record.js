/* What the view keeps of a run from one frame to the next: its curves so far, and its data points. */

import { HISTORY } from "./frame.js";

const WIDTH = HISTORY.length;

export class RunRecord {
  constructor() {
    this.forget();
  }

  forget() {
    this.header = null;
    this.arrays = null;
    this.rows = [];
    this.points = null;
    this.pointLabels = null;
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
      this.pointLabels = arrays.point_labels;
    }
    this.rows.length = Math.min(this.rows.length, header.history.start);
    for (let i = 0; i + WIDTH <= arrays.history.length; i += WIDTH) {
      this.rows.push(arrays.history.slice(i, i + WIDTH));
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

  /** The newest value of a curve, or null while it has none. */
  latest(column) {
    const value = this.rows.at(-1)?.[HISTORY.indexOf(column)];
    return Number.isFinite(value) ? value : null;
  }
}
