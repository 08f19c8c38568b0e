/* What can be done to one expert, as a row of buttons; and the bar above the cards, with what concerns them all. */

import { element } from "./dom.js";
import { icon } from "./icons.js";

const FIRST = {
  killed: ["revive_by_cloning", "revive_afresh"],
  idle: ["revive_by_cloning", "revive_afresh"],
  frozen: ["unfreeze", "kill"],
};

/** The interventions that make sense for an expert in this condition, in the order of their buttons. */
export function actionsFor(condition) {
  return [...(FIRST[condition] ?? ["freeze", "kill"]), "clone"];
}

export class ExpertActions {
  /** `intervene(name, expert)` is called when a button is pressed. */
  constructor(words, intervene) {
    this.words = words;
    this.intervene = intervene;
    this.root = element("span", { class: "actions" });
  }

  /** Show these actions on an expert. Buttons that stay are not touched. */
  show(expert, actions) {
    const shown = `${expert} ${actions}`;
    if (this.shown !== shown) {
      this.shown = shown;
      this.root.replaceChildren(...actions.map((name) => this.button(name, expert)));
    }
  }

  button(name, expert) {
    const label = this.words("action_on", { action: this.words(name), expert: expert + 1 });
    const button = actionButton(this.words, name, icon(name));
    button.setAttribute("aria-label", label);
    button.addEventListener("click", () => this.intervene(name, expert));
    return button;
  }
}

export class ExpertBar {
  /** `intervene(name, expert)` is called when a button is pressed; expert is null for what concerns them all. */
  constructor(words, intervene) {
    this.words = words;
    this.actions = new ExpertActions(words, intervene);
    const button = (name, expert) => {
      const made = actionButton(words, name, icon(name), element("span", {}, words(name)));
      made.addEventListener("click", () => intervene(name, expert()));
      return made;
    };
    this.force = button("force", () => this.chosen);
    this.release = button("release", () => null);
    const add = button("add", () => null);
    const attributes = { class: "expert-bar", role: "group", "aria-label": words("bar_title") };
    this.root = element("div", attributes, this.actions.root, this.force, this.release, add);
  }

  /** `chosen` and `forced` are experts or null; `actions` those that are offered for the chosen one up here. */
  update(chosen, forced, actions) {
    this.chosen = chosen;
    this.force.hidden = forced !== null;
    this.release.hidden = forced === null;
    this.force.disabled = chosen === null;
    this.actions.show(chosen, actions);
  }
}

function actionButton(words, name, ...parts) {
  const attributes = { type: "button", class: "action", "data-testid": name, title: words(`${name}_hint`) };
  return element("button", attributes, ...parts);
}
