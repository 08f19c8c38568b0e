/*
 * A canvas as sharp as the display. Its size is measured when it changes and kept, since asking the page for it while
 * drawing would make the browser lay out the page at every frame.
 */

const SHARPEST = 3; // pixels of the canvas per pixel of the page

export class Surface {
  /** `resized` is called when the canvas has another size, which also empties it. */
  constructor(canvas, resized) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.width = this.height = 0;
    this.scale = 1;
    this.observer = new ResizeObserver(([entry]) => {
      this.fit(entry.contentRect.width, entry.contentRect.height);
      resized();
    });
    this.observer.observe(canvas);
  }

  fit(width, height) {
    this.width = width;
    this.height = height;
    this.scale = Math.min(SHARPEST, window.devicePixelRatio || 1);
    this.canvas.width = Math.round(width * this.scale);
    this.canvas.height = Math.round(height * this.scale);
  }

  get isVisible() {
    return this.width > 0 && this.height > 0;
  }

  dispose() {
    this.observer.disconnect();
  }
}
