/*
 * The drawing a person is at: its points, what was there before each stroke, and whether the page has heard of it.
 *
 * The page says the points of its settings again and again. What it says is taken over only where it is news: not what
 * it said before, and not an echo of what this drawing told it while the person drew on.
 */

import { decode, encode, FEWEST_CLASSES, labelsOf, MOST_CLASSES, MOST_POINTS, onGrid } from "./drawing.js";

const MOST_UNDONE = 200; // strokes that are kept, each a list of at most MOST_POINTS points

export class Sketch {
  constructor() {
    this.points = []; // [x, y, class]
    this.label = 0; // the class that is drawn with
    this.offered = FEWEST_CLASSES;
    this.before = [];
    this.heard = null;
    this.told = [];
  }

  /** The page's settings hold this drawing. */
  hear(text) {
    if (text === this.heard) {
      return;
    }
    this.heard = text;
    const echo = this.told.indexOf(text);
    this.told.splice(0, echo + 1);
    if (echo < 0 && text !== encode(this.points)) {
      this.told = [];
      this.before = [];
      this.points = decode(text);
      this.offered = Math.max(FEWEST_CLASSES, labelsOf(this.points).length);
      this.label = Math.min(this.label, this.offered - 1);
    }
  }

  /** The text to tell the page, or null: nothing is new, or something is missing. */
  tell() {
    const text = encode(this.points);
    if (this.missing || text === (this.told.at(-1) ?? this.heard)) {
      return null;
    }
    this.told.push(text);
    return text;
  }

  /** What keeps the drawing from being learned, as the key of a sentence, or null. */
  get missing() {
    if (this.points.length === 0) {
      return "draw_missing_points";
    }
    return labelsOf(this.points).length < FEWEST_CLASSES ? "draw_missing_class" : null;
  }

  get isFull() {
    return this.points.length >= MOST_POINTS;
  }

  /** A class of its own can follow once each that is offered has points. */
  get offersMore() {
    return this.offered < MOST_CLASSES && labelsOf(this.points).length === this.offered;
  }

  /** Draw with a class; the one after the last is offered from now on, where that may be. */
  choose(label) {
    if (label === this.offered && this.offersMore) {
      this.offered++;
    }
    if (label < this.offered) {
      this.label = label;
    }
  }

  /** What follows until the next stroke can be undone at once. */
  beginStroke() {
    this.before.push(this.points);
    this.before.splice(0, this.before.length - MOST_UNDONE);
    this.points = [...this.points];
  }

  add(x, y) {
    if (!this.isFull) {
      this.points.push([onGrid(x), onGrid(y), this.label]);
    }
  }

  get canUndo() {
    return this.before.length > 0;
  }

  undo() {
    this.points = this.before.pop() ?? this.points;
  }

  clear() {
    this.beginStroke();
    this.points = [];
  }
}
