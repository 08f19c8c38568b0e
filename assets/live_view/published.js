/* What the view says of itself, for tests and anyone curious: the newest frame, as data attributes of its element. */

import { FrameRate } from "./clock.js";
import { setAttribute } from "./dom.js";

export class Published {
  constructor(root) {
    this.root = root;
    this.frames = 0;
    this.rate = new FrameRate();
  }

  /** A frame is drawn. live: whether it came over the connection. */
  count(now, live) {
    this.frames++;
    this.rate.tick(now);
    markOnce("moe-first-picture");
    if (live) {
      markOnce("moe-first-frame");
    }
  }

  /** isDue: whether numbers may change. */
  update({ state, run, header, isDue }) {
    const { root } = this;
    setAttribute(root, "data-state", state);
    setAttribute(root, "data-run", run ?? "");
    setAttribute(root, "data-frame", this.frames);
    if (header) {
      setAttribute(root, "data-step", header.step);
      setAttribute(root, "data-sequence", header.sequence);
      setAttribute(root, "data-picture", header.picture);
    }
    if (isDue) {
      setAttribute(root, "data-fps", state === "running" ? this.rate.value.toFixed(1) : "0");
    }
  }
}

/** A mark for the browser's timeline, set once this drawing has reached the screen. */
function markOnce(name) {
  if (performance.getEntriesByName(name).length === 0) {
    requestAnimationFrame(() => performance.mark(name));
  }
}
