/*
 * What belongs to one member of a run: its picture, the card of the whole mixture, the cards of its experts, and its
 * curves. A run of one member fills the view with it; of several, each has a column under a head that names it
 * by what tells it from the others.
 */

import { Cards } from "./cards.js";
import { Curves } from "./curves.js";
import { element, setAttribute, setText } from "./dom.js";
import { Inside } from "./inside.js";
import { Inspector } from "./inspector.js";
import { MixtureCard } from "./mixture.js";
import { Pulls } from "./pulls.js";
import { Stage } from "./stage.js";
import { Tabs } from "./tabs.js";

export class Column {
  /**
   * events: show(mode), point(look), pin(look), highlight(expert), choose(expert), intervene(name, expert), read(step), resized().
   * data.shows: which tabs there are, the first of them open. data.about: the column that the page is about, or null.
   */
  constructor(words, member, events, data) {
    this.member = member;
    this.stage = new Stage(words, events);
    this.mixture = new MixtureCard(words, () => events.show("prediction"));
    this.cards = new Cards(words, {
      ...events,
      intervene: (name, expert) => events.intervene({ name, expert, member }),
    });
    this.curves = new Curves(words, { ...events, pointAt: events.highlight }, data.about);
    this.inspector = new Inspector(words, { pointAt: events.highlight, changed: events.changed });
    this.pulls = new Pulls(words, events.highlight);
    this.inside = new Inside(words, events.changed);
    const panels = { curves: this.curves, input: this.inspector, pulls: this.pulls, inside: this.inside };
    const tabs = data.shows.map((name) => ({ name, label: words(`tab_${name}`), root: panels[name].root }));
    this.tabs = new Tabs(words("tabs_title"), tabs, events.changed);
    this.head = element("h2", { class: "member-head" });
    const beside = element(
      "div",
      { class: "beside" },
      element(
        "div",
        { class: "upper" },
        element("div", { class: "beside-head" }, this.mixture.root, this.cards.bar.root),
        this.cards.root,
      ),
      this.tabs.root,
    );
    this.root = element(
      "div",
      { class: "column", "data-testid": "member", "data-member": member, role: "group" },
      this.head,
      this.stage.root,
      beside,
    );
  }

  /** What the page says: its settings, of which the first member has all. */
  take({ settings }) {
    this.stage.board.take(this.member === 0 ? settings : {});
  }

  get isVisible() {
    return this.stage.surface.isVisible;
  }

  /** moment: { record, records, names, theme, focus, numbersDue, ghost, … }: see members.js. */
  draw(moment) {
    const { record, focus } = moment;
    this.stage.draw(moment);
    this.cards.update(moment);
    this.mixture.update(moment);
    // Due with all other numbers: what is said twice must say the same.
    if (moment.numbersDue) {
      this.drawTab(moment);
    }
    setText(this.head, moment.names[this.member]);
    setAttribute(this.head, "title", this.head.textContent);
    setAttribute(this.root, "aria-label", this.head.textContent);
    const look = focus.pin ?? focus.pointed;
    this.root.classList.toggle("pointing", look !== null && record.header.picture === "plane");
    this.root.classList.toggle("pinned", focus.pin !== null);
    if (look) {
      this.root.style.setProperty("--x", `${100 * look.place.x}%`);
      this.root.style.setProperty("--y", `${100 * look.place.y}%`);
    }
  }

  drawTab({ record, records, theme, ghost, focus: { highlight, subject } }) {
    if (this.tabs.shown === "curves") {
      const own = ghost?.member === this.member ? ghost : null;
      this.curves.update(record, theme, { all: records, highlight, ghost: own });
    } else if (this.tabs.shown === "input") {
      this.inspector.update(record, { highlight });
    } else if (this.tabs.shown === "pulls") {
      this.pulls.update(record, { all: records, highlight });
    } else {
      this.inside.update(record, theme, { all: records, expert: subject });
    }
  }

  /** The column for a saved picture. */
  pictured(isNamed) {
    const { stage, cards, curves } = this;
    return {
      name: isNamed ? this.head.textContent : "",
      picture: stage.pictured,
      cards: cards.pictured,
      curves: curves.pictured,
    };
  }

  /** Everything that is drawn at the size of the screen. */
  get surfaces() {
    return [this.stage.surface, ...this.curves.surfaces];
  }

  dispose() {
    this.stage.dispose();
    this.curves.dispose();
    this.root.remove();
  }
}
