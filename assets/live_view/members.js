/* The members of a run side by side: as many columns as there are, each drawn from the record of its own. */

import { Column } from "./column.js";
import { element } from "./dom.js";
import { Pair } from "./pair.js";
import { TokenColumn } from "./token_column.js";

/** What a column is, by the view's layout. */
const KINDS = { home: Pair, token: TokenColumn };

export class Members {
  /** events: what a column tells, see column.js. layout: the view's. */
  constructor(words, events, layout) {
    this.words = words;
    this.events = events;
    this.Kind = KINDS[layout] ?? Column;
    this.columns = [];
    this.root = element("div", { class: "members" });
  }

  /** data: what the page says, for columns that are new. */
  show(count, data) {
    this.columns.splice(count).forEach((column) => column.dispose());
    while (this.columns.length < count) {
      const column = new this.Kind(this.words, this.columns.length, this.events, data);
      column.take(data);
      this.columns.push(column);
      this.root.append(column.root);
    }
  }

  /** The page says something new. */
  take(data) {
    this.columns.forEach((column) => column.take(data));
  }

  /** The step that is read off the curves of one member is read off those of all: see step_reader.js. */
  read(step) {
    this.columns.forEach(({ curves }) => curves?.reader.show(step));
  }

  /** Before the style sheets are there nothing has a size. */
  get isVisible() {
    return this.columns[0].isVisible;
  }

  /** Whether any column shows the tab of this name. */
  shows(tab) {
    return this.columns.some(({ tabs }) => tabs?.shown === tab);
  }

  /**
   * moment: records, names, one of each for a member; theme; focus; numbersDue: whether what is read is drawn too;
   * answers: whether the run answers what it is asked; veiled: whether numbers are kept back; ghost: what was guessed.
   */
  draw(moment) {
    this.columns.forEach((column, member) => column.draw({ ...moment, record: moment.records[member] }));
  }

  dispose() {
    this.show(0);
  }
}
