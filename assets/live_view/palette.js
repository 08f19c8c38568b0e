/*
 * One colour per expert, everywhere the same. palette.json is shared with the charts drawn in Python.
 *
 * The first eight stay apart for readers with protanopia, deuteranopia and tritanopia, on light and on dark; each
 * further row of eight repeats their hues darker, lighter or greyer. The expert's number is always printed as well.
 */

import palette from "./palette.json" with { type: "json" };

/** A colour is [red, green, blue], each from 0 to 255. */
function parseHex(hex) {
  return [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16));
}

const EXPERTS = palette.experts.map(parseHex);

export function expertColour(expert) {
  return EXPERTS[expert % EXPERTS.length];
}

/** The colour that lies `share` of the way from `from` to `to`. */
export function mix(from, to, share) {
  return from.map((channel, i) => Math.round(channel + (to[i] - channel) * share));
}

export function css([red, green, blue], alpha = 1) {
  return alpha === 1 ? `rgb(${red}, ${green}, ${blue})` : `rgba(${red}, ${green}, ${blue}, ${alpha})`;
}

/** Relative luminance as WCAG 2 defines it, from 0 (black) to 1 (white). */
export function luminance(colour) {
  const [red, green, blue] = colour.map((channel) => {
    const value = channel / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const BLACK = [16, 18, 24];
const WHITE = [255, 255, 255];

/** Black or white, whichever reads better on `colour`. */
export function inkOn(colour) {
  const light = luminance(colour);
  return (light + 0.05) / (luminance(BLACK) + 0.05) >= 1.05 / (light + 0.05) ? BLACK : WHITE;
}
