/*
 * What the person looks at, which every part of the view shows in its own way: the mode of the picture, the expert that
 * was chosen, the one that is highlighted for a moment, and the place that is pointed at or pinned.
 *
 * A place is { place, at, sample }: in shares of the picture's sides, in the task's own coordinates, or as a test sample.
 */

export class Focus {
  /** `changed` is called whenever anything of it did. */
  constructor(changed) {
    this.changed = changed;
    this.mode = "owner";
    this.chosen = null; // an expert, or null
    this.last = 0; // the expert that is shown when none is chosen
    this.over = null; // the expert whose card is under the pointer, or has the keyboard's focus
    this.pointed = null;
    this.pin = null;
  }

  /** Another situation was chosen: nothing of it was looked at yet. */
  startAnew() {
    this.mode = "owner";
    this.chosen = this.over = this.pointed = this.pin = null;
    this.last = 0;
  }

  /** Let go of what the run does not have any more: an expert, or a place of another task. records: one for each member. */
  settle(records) {
    const [{ header }] = records;
    const count = Math.max(...records.map(({ arrays }) => arrays.load.length));
    this.chosen = this.chosen < count ? this.chosen : null;
    this.last = this.last < count ? this.last : 0;
    this.over = this.over < count ? this.over : null;
    const { name, bounds } = header.task;
    const task = JSON.stringify([name, bounds, header.picture]);
    const isAnotherTask = this.task !== undefined && this.task !== task;
    const isAnotherRun = this.run !== header.run_version;
    if (isAnotherTask || (isAnotherRun && (this.pin?.sample ?? null) !== null)) {
      this.pin = null;
    }
    if (isAnotherTask || (isAnotherRun && (this.pointed?.sample ?? null) !== null)) {
      this.pointed = null;
    }
    this.task = task;
    this.run = header.run_version;
  }

  /** The expert that is highlighted everywhere, or null. */
  get highlight() {
    return this.over ?? this.chosen;
  }

  show(mode) {
    this.mode = mode;
    if (mode === "expert") {
      this.chosen ??= this.last;
    } else {
      this.chosen = null;
    }
    this.changed();
  }

  /** Choose an expert, whose own answers are then shown; null lets it go. */
  choose(expert) {
    this.chosen = expert;
    this.last = expert ?? this.last;
    this.mode = expert === null ? "owner" : "expert";
    this.changed();
  }

  lookOver(expert) {
    if (this.over !== expert) {
      this.over = expert;
      this.changed();
    }
  }

  point(look) {
    this.pointed = look;
    this.changed();
  }

  pinAt(look) {
    this.pin = look;
    this.changed();
  }

  /** Let go of the pin, or else of the chosen expert. */
  letGo() {
    if (this.pin || this.pointed) {
      this.pin = this.pointed = null;
    } else if (this.chosen !== null) {
      this.choose(null);
    }
    this.changed();
  }

  /** The expert that is chosen, or was last. */
  get subject() {
    return this.chosen ?? this.last;
  }

  /** What the worker has to know of it. */
  get asked() {
    const { at = null, sample = null } = this.pin ?? this.pointed ?? {};
    return { at, sample, expert: this.mode === "expert" ? this.subject : null };
  }
}
