/*
 * Who follows a link to an entry sees it: styles and formulas come after the browser has gone there, and move it. So it
 * is gone to again while the page settles, until the person scrolls.
 */

const SETTLED = 3000; // milliseconds
const BY_HAND = ["wheel", "touchmove", "keydown", "pointerdown"];

export default () => {
  const entry = document.getElementById(location.hash.slice(1));
  const page = document.querySelector(".stMain .stMainBlockContainer");
  if (!entry || !page) {
    return;
  }
  const settling = new ResizeObserver(() => entry.scrollIntoView());
  const stop = () => {
    settling.disconnect();
    BY_HAND.forEach((name) => removeEventListener(name, stop));
  };
  settling.observe(page);
  BY_HAND.forEach((name) => addEventListener(name, stop, { passive: true }));
  setTimeout(stop, SETTLED);
  return stop;
};
