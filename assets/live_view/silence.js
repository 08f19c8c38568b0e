/*
 * Whether the other side still answers. A network that is lost in silence closes no socket, and for most of a minute
 * nothing but silence tells it from a run that rests. So the server asks each page every second whether it is there,
 * whatever the run's worker is busy with: where even that does not come, the connection is gone.
 *
 * Seconds are counted as this page lives them, not read from a clock: a page that could do nothing itself for a while,
 * or a machine that slept, has as much to hear before it judges.
 */

const TICK = 1000; // milliseconds

export class Silence {
  /** `gone` is called once, when nothing was heard for as many seconds as were allowed. */
  constructor(gone) {
    this.gone = gone;
  }

  /** From now on something must be heard within so many seconds, again and again. */
  allow(seconds) {
    this.end();
    this.left = this.allowed = seconds;
    this.timer = setInterval(() => this.pass(), TICK);
  }

  heard() {
    this.left = this.allowed;
  }

  pass() {
    this.left -= 1;
    if (this.left <= 0) {
      this.end();
      this.gone();
    }
  }

  end() {
    clearInterval(this.timer);
  }
}
