/*
 * The name of this tab's run. The browser makes it and keeps it in the tab's session storage, so a reload, a dropped
 * connection or a restarted server finds the same run again, and another tab does not. Nor does a link or a situation
 * that is opened: that shows a run as it begins, whatever became of the one before.
 */

const HELD = "held";

/** A random UUID (version 4). crypto.randomUUID exists only on https and localhost. */
export function randomId() {
  if (crypto.randomUUID) {
    return crypto.randomUUID();
  }
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/**
 * The last opening of each page of this page load: a view that is mounted again, by whichever version of this module,
 * goes on with its run, whatever was changed meanwhile.
 */
const opened = (window[Symbol.for("moe-lab.opened")] ??= new Map());

export class RunId {
  /**
   * settings (text): those the page opened with; a run of others is not the one that was asked for. opening: names the
   * last time that a situation was opened; empty where none was.
   */
  constructor(page, settings, opening) {
    this.key = `moe-lab-run:${page}`;
    this.storage = sessionStorageOrNone();
    const [value, kept, held] = (this.storage?.getItem(this.key) ?? "").split(" ", 3);
    this.settings = settings;
    this.value = value;
    this.isHeld = held === HELD; // whether there is such a run: a page may wait with it until it is asked for
    const goesOn = opened.has(this.key)
      ? !this.isNew(opening)
      : !opening && kept === encodeURIComponent(settings) && !cameByLink();
    if (!value || !goesOn) {
      this.renew();
    }
    opened.set(this.key, opening);
    this.remember(settings);
  }

  /** A server that was started again has forgotten what was opened, and opens nothing by that. */
  isNew(opening) {
    return Boolean(opening) && opening !== opened.get(this.key);
  }

  /** Leave the present run as it is, for a new one of these settings. */
  open(opening, settings) {
    opened.set(this.key, opening);
    this.settings = settings;
    this.renew();
  }

  /** Leave the present run to whoever holds it and take a new name. */
  renew() {
    this.value = randomId();
    this.isHeld = false;
    this.remember(this.settings);
  }

  /** There is a run of this name from now on. */
  hold() {
    this.isHeld = true;
    this.remember(this.settings);
  }

  /** The run has these settings now. */
  remember(settings) {
    this.settings = settings;
    const words = [this.value, encodeURIComponent(settings), ...(this.isHeld ? [HELD] : [])];
    this.storage?.setItem(this.key, words.join(" "));
  }
}

/** Whether this page was loaded by a link or an address, and not by a reload or on the way back. */
function cameByLink() {
  return performance.getEntriesByType("navigation")[0]?.type === "navigate";
}

/** A browser told to block site data throws on the first touch; then the name lasts as long as the page. */
function sessionStorageOrNone() {
  try {
    return window.sessionStorage;
  } catch (error) {
    if (error instanceof DOMException && error.name === "SecurityError") {
      return null;
    }
    throw error;
  }
}
