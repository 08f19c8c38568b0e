/*
 * A canvas as sharp as the display, or for a moment as a picture that is saved of it. Its size is measured when it
 * changes and kept, since asking the page for it while drawing would make the browser lay out the page at every frame.
 */

const SHARPEST = 3; // pixels of the canvas per pixel of the page

export class Surface {
  /** `resized` is called when the canvas has another size, which also empties it. */
  constructor(canvas, resized) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.width = this.height = 0;
    this.scale = 1;
    this.least = 0; // pixels across
    this.observer = new ResizeObserver(([entry]) => {
      this.fit(entry.contentRect.width, entry.contentRect.height);
      resized();
    });
    this.observer.observe(canvas);
  }

  /** Have at least so many pixels across from now on; with 0, those of the display. This empties the canvas. */
  sharpen(least) {
    this.least = least;
    this.fit(this.width, this.height);
  }

  fit(width, height) {
    this.width = width;
    this.height = height;
    const ofDisplay = Math.min(SHARPEST, window.devicePixelRatio || 1);
    this.scale = this.isVisible ? Math.max(ofDisplay, this.least / width) : ofDisplay;
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
