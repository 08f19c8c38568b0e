/* What can be done to one expert, as a row of buttons; and the bar above the cards, with what concerns them all. */

import { QUIET } from "./condition.js";
import { element, setAttribute } from "./dom.js";
import { icon } from "./icons.js";

const REVIVE = ["revive_by_cloning", "revive_afresh"];

const FIRST = {
  killed: REVIVE,
  ...Object.fromEntries(QUIET.map((condition) => [condition, REVIVE])),
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
    const button = (name, act) => {
      const made = actionButton(words, name, icon(name), element("span", {}, words(name)));
      made.addEventListener("click", act);
      return made;
    };
    this.force = button("force", () => this.whyNoForce === null && intervene("force", this.chosen));
    this.release = button("release", () => intervene("release", null));
    const add = button("add", () => intervene("add", null));
    // Of many experts the buttons stand here, once it is known for which.
    this.hint = element("span", { class: "bar-hint" }, words("bar_hint"));
    const attributes = { class: "expert-bar", role: "group", "aria-label": words("bar_title") };
    this.root = element("div", attributes, this.hint, this.actions.root, this.force, this.release, add);
  }

  /** `chosen` and `forced` are experts or null; `condition` is that of the chosen one. */
  update(chosen, condition, forced) {
    this.chosen = chosen;
    this.hint.hidden = chosen !== null;
    this.actions.show(chosen, chosen === null ? [] : actionsFor(condition));
    this.force.hidden = forced !== null;
    this.release.hidden = forced === null;
    this.whyNoForce = chosen === null ? "force_none" : condition === "killed" ? "force_killed" : null;
    // Not `disabled`: the keyboard reaches it, and so the reason is heard.
    setAttribute(this.force, "aria-disabled", this.whyNoForce !== null);
    const reason = this.words(this.whyNoForce ?? "force_hint", { expert: chosen + 1 });
    setAttribute(this.force, "title", reason);
  }
}

function actionButton(words, name, ...parts) {
  const named = { "aria-label": words(name), title: words(`${name}_hint`) };
  return element("button", { type: "button", class: "action", "data-testid": name, ...named }, ...parts);
}
