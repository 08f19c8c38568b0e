/*
 * The Export menu: the link to this experiment, the run as files from its worker, and a picture of the view.
 *
 * Keys as in every menu: down or Enter opens it, arrows, Home and End move, Esc closes and goes back to the button.
 */

import { element, setAttribute, setText } from "./dom.js";

const FILES = ["script.py", "notebook.ipynb", "weights.safetensors", "metrics.csv", "settings.toml"];

export class ExportMenu {
  /** `savePicture` is called when a picture of the view is asked for, `changed` when another run's files are. */
  constructor(words, savePicture, changed) {
    this.words = words;
    this.changed = changed;
    this.button = element(
      "button",
      { type: "button", "data-testid": "export", "aria-haspopup": "menu", "aria-expanded": "false" },
      words("export"),
    );
    setAttribute(this.button, "title", words("export_hint"));
    this.member = 0; // of a lockstep group: whose files are offered
    this.names = [];
    this.runs = element("div", { class: "export-runs", role: "group", "aria-label": words("export_runs"), hidden: "" });
    this.link = this.item("button", "link", { type: "button" });
    this.files = FILES.map((file) => this.item("a", file));
    this.picture = this.item("button", "picture.png", { type: "button" });
    this.says = element("p", { class: "export-says", role: "status", "data-testid": "export-says" });
    this.menu = element("div", { class: "export-menu", role: "menu", "aria-label": words("export"), hidden: "" });
    this.menu.append(this.link, this.runs, ...this.files, this.picture, this.says);
    this.root = element("div", { class: "export" }, this.button, this.menu);
    this.link.addEventListener("click", () => this.copyLink());
    this.files.forEach((file) => file.addEventListener("click", (event) => this.fetchFile(event)));
    this.picture.addEventListener("click", () => this.leave(savePicture));
    this.button.addEventListener("click", () => (this.isOpen ? this.close() : this.open(0)));
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.root.addEventListener("click", (event) => event.stopPropagation()); // the focus stays in the menu
    this.onOutside = (event) => event.composedPath().includes(this.root) || this.close();
    document.addEventListener("pointerdown", this.onOutside);
  }

  item(tag, name, attributes = {}) {
    const key = `export_${name.split(".")[0]}`;
    return element(
      tag,
      { ...attributes, class: "export-item", role: "menuitem", tabindex: "-1", "data-testid": `export-${name}` },
      element("span", { class: "export-name" }, this.words(key)),
      element("span", { class: "export-hint" }, this.words(`${key}_hint`)),
    );
  }

  get items() {
    const runs = this.runs.hidden ? [] : this.runs.children;
    return [this.link, ...runs, ...this.files, this.picture];
  }

  /**
   * exports: the address that runs are under. run: the run's id, once it is connected; null before.
   * names: what each member of the group is called. commands: how many were given to the run since step 0.
   */
  update({ exports, run, names, commands }) {
    const ready = Boolean(exports && run);
    this.offer(names);
    this.commands = commands;
    setText(this.link.querySelector(".export-hint"), this.words(this.ofLink("export_link_hint")));
    const { member } = this;
    this.files.forEach((item, i) => {
      setAttribute(item, "aria-disabled", !ready);
      if (ready) {
        setAttribute(item, "href", `${exports}/${run}/export/${FILES[i]}?member=${member}`);
        setAttribute(item, "download", FILES[i]);
      } else {
        item.removeAttribute("href");
      }
    });
    if (this.ready !== ready) {
      this.ready = ready;
      this.say("");
    }
  }

  /** With several members, a choice of whose files they are. */
  offer(names) {
    if (names.length === this.names.length && names.every((name, i) => name === this.names[i])) {
      return;
    }
    this.names = names;
    this.member = Math.min(this.member, Math.max(0, names.length - 1));
    const choices = names.map((name, member) => {
      const attributes = { type: "button", role: "menuitemradio", tabindex: "-1", "data-testid": `export-run-${member + 1}` };
      const choice = element("button", attributes, name);
      choice.addEventListener("click", () => {
        this.choose(member);
        this.changed();
      });
      return choice;
    });
    this.runs.replaceChildren(...choices);
    this.runs.hidden = names.length < 2;
    this.choose(this.member);
  }

  choose(member) {
    this.member = member;
    [...this.runs.children].forEach((choice, i) => setAttribute(choice, "aria-checked", i === member));
  }

  get isOpen() {
    return !this.menu.hidden;
  }

  open(item) {
    this.menu.hidden = false;
    setAttribute(this.button, "aria-expanded", true);
    this.say("");
    this.focus(item);
  }

  close() {
    this.menu.hidden = true;
    setAttribute(this.button, "aria-expanded", false);
  }

  leave(act) {
    this.close();
    this.button.focus();
    act();
  }

  focus(item) {
    this.focused = (item + this.items.length) % this.items.length;
    this.items[this.focused].focus();
  }

  key(event) {
    if (!this.isOpen) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        this.open(event.key === "ArrowDown" ? 0 : -1);
        event.preventDefault();
        event.stopPropagation();
      }
      return;
    }
    const moves = { ArrowDown: this.focused + 1, ArrowUp: this.focused - 1, Home: 0, End: -1 };
    if (event.key in moves) {
      this.focus(moves[event.key]);
    } else if (event.key === "Escape") {
      this.leave(() => {});
    } else if (event.key === "Tab") {
      this.close();
      return;
    } else if (event.key === " ") {
      this.items[this.focused].click();
    } else if (event.key === "Enter") {
      event.stopPropagation(); // the browser presses the item
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  fetchFile(event) {
    if (!this.ready) {
      event.preventDefault();
      return;
    }
    this.close();
  }

  /** The key of words about the link, which holds settings, and nothing that was done to a run on the way. */
  ofLink(key) {
    return this.commands > 0 ? `${key}_changed` : key;
  }

  async copyLink() {
    try {
      await navigator.clipboard.writeText(location.href);
      this.say(this.ofLink("export_link_copied"));
    } catch {
      // A page that is served without encryption to another machine may not write there.
      this.say("export_link_refused");
    }
  }

  /** The line below the items: what was done, or else why some cannot be chosen yet. */
  say(key) {
    const shown = key || (this.ready ? "export_about" : "export_not_connected");
    setText(this.says, this.words(shown, { commands: this.commands }));
  }

  dispose() {
    document.removeEventListener("pointerdown", this.onOutside);
  }
}
