/* Parts of which one is shown at a time. Arrow keys move between the tabs, as everywhere. */

import { element, setAttribute } from "./dom.js";

export class Tabs {
  /** tabs: [{ name, label, root }]. `changed` is called when another one is shown. */
  constructor(title, tabs, changed) {
    this.tabs = tabs.map(({ name, label, root }) => {
      const attributes = { type: "button", role: "tab", "data-testid": `tab-${name}` };
      const button = element("button", attributes, label);
      button.addEventListener("click", () => this.show(name));
      const panel = element("div", { class: "tab-panel", role: "tabpanel", "aria-label": label }, root);
      return { name, button, panel };
    });
    this.changed = changed;
    const list = element("div", { class: "tab-list", role: "tablist", "aria-label": title });
    list.append(...this.tabs.map(({ button }) => button));
    list.hidden = tabs.length === 1;
    list.addEventListener("keydown", (event) => this.key(event));
    this.root = element("div", { class: "tabs" }, list, ...this.tabs.map(({ panel }) => panel));
    this.show(tabs[0].name);
  }

  show(name) {
    this.shown = name;
    for (const { name: other, button, panel } of this.tabs) {
      const isShown = name === other;
      setAttribute(button, "aria-selected", isShown);
      setAttribute(button, "tabindex", isShown ? 0 : -1);
      panel.hidden = !isShown;
    }
    this.changed();
  }

  key(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) {
      const at = this.tabs.findIndex(({ name }) => name === this.shown);
      const { name, button } = this.tabs.at((at + step) % this.tabs.length);
      this.show(name);
      button.focus();
      event.preventDefault();
      event.stopPropagation();
    }
  }
}
