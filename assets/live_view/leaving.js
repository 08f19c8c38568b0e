/*
 * Whether a person has just followed a link. Until the page that it leads to has begun, Streamlit takes whatever a
 * component reports for a wish to see the present page, and the person is back on it.
 */

const A_WHILE = 5000; // milliseconds: a page begins sooner

export class Leaving {
  constructor() {
    this.until = 0;
    this.stop = new AbortController();
    const { signal } = this.stop;
    document.addEventListener("click", (event) => this.see(event), { capture: true, signal });
  }

  see(event) {
    if (event.composedPath().some(({ tagName }) => tagName === "A")) {
      this.until = performance.now() + A_WHILE;
    }
  }

  /** Milliseconds for which nothing is to be reported. */
  get left() {
    return Math.max(0, this.until - performance.now());
  }

  dispose() {
    this.stop.abort();
  }
}
