/* The page's colours and type, read from the CSS variables of the view: Streamlit's theme, or the system's own colours. */

import { luminance, mix } from "./palette.js";

const PRESENTED_STROKE = 1.6;
const LEAST_PRESENTED = 18;

const COLOURS = ["background", "surface", "text", "accent"];

/**
 * Colours as [red, green, blue]; `size` is that of the text in pixels; `dark` says whether the background is darker
 * than the text. `present` says whether it is shown to a room; `stroke` is by how much lines are thicker then, `least` how
 * many pixels type has at least. Equal themes have equal `key`s.
 */
export function readTheme(element, present) {
  const probe = document.createElement("span");
  probe.style.forcedColorAdjust = "none"; // else every colour reads as that of text
  element.append(probe);
  const style = getComputedStyle(probe);
  const theme = {};
  for (const name of COLOURS) {
    probe.style.color = `var(--${name})`;
    theme[name] = channels(style.color);
  }
  theme.font = style.fontFamily;
  theme.size = parseFloat(style.fontSize);
  probe.remove();
  theme.muted = mix(theme.background, theme.text, 0.62);
  theme.faint = mix(theme.background, theme.text, 0.16);
  theme.dark = luminance(theme.background) < luminance(theme.text);
  theme.present = present;
  theme.least = present ? LEAST_PRESENTED : 0;
  theme.stroke = present ? PRESENTED_STROKE : 1;
  theme.key = JSON.stringify(theme);
  return theme;
}

/** Computed colours read "rgb(r, g, b)", or "color(srgb r g b)" with fractions when they were mixed. */
function channels(computed) {
  const numbers = computed.match(/[\d.]+/g).slice(0, 3).map(Number);
  return computed.startsWith("color(") ? numbers.map((share) => Math.round(share * 255)) : numbers;
}

/** Call `changed` when the theme around `host` may have changed. Returns what stops it. */
export function watchTheme(host, changed) {
  const observer = new MutationObserver(changed);
  for (let node = host; node; node = node.parentElement) {
    observer.observe(node, { attributes: true, attributeFilter: ["class", "style"] });
  }
  const queries = ["(prefers-color-scheme: dark)", "(forced-colors: active)"].map((query) => matchMedia(query));
  queries.forEach((query) => query.addEventListener("change", changed));
  return () => {
    observer.disconnect();
    queries.forEach((query) => query.removeEventListener("change", changed));
  };
}
