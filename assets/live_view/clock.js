/* How often things happen: frames are drawn as they come, numbers change only as often as they can be read. */

const WINDOW = 1000; // milliseconds

export class FrameRate {
  constructor() {
    this.times = [];
  }

  tick(now) {
    this.times.push(now);
    while (this.times[0] < now - WINDOW) {
      this.times.shift();
    }
  }

  /** Frames a second over the last second. */
  get value() {
    const span = this.times.at(-1) - this.times[0];
    return span > 0 ? (1000 * (this.times.length - 1)) / span : 0;
  }
}

export class Interval {
  constructor(milliseconds) {
    this.milliseconds = milliseconds;
    this.last = -Infinity;
  }

  /** Whether it is time again; if so the interval starts anew. `always` makes it time now. */
  isDue(now, always = false) {
    if (!always && now - this.last < this.milliseconds) {
      return false;
    }
    this.last = now;
    return true;
  }
}
