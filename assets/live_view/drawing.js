/*
 * Points that a person draws, as the text that the settings hold: five letters a point, two for x, two for y, one class.
 *
 * The same as moe_core/config/drawing.py, which checks what arrives; a test holds the two together.
 */

const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
const FINEST = 64 ** 2 - 1;
const LETTERS = 5;

export const SIDE = 1.6; // the plane that is drawn on reaches from -SIDE to SIDE in both directions
export const MOST_CLASSES = 8;
export const MOST_POINTS = 1000;
export const FEWEST_CLASSES = 2;

/** Points are [x, y, class]. A place outside of the plane is moved to its edge. */
export function encode(points) {
  return points.map(([x, y, label]) => place(x) + place(y) + DIGITS[label]).join("");
}

/** The classes count from 0 without a gap, as the task that is made of them counts. */
export function decode(text) {
  const points = [];
  for (let i = 0; i + LETTERS <= text.length; i += LETTERS) {
    points.push([number(text.slice(i, i + 2)), number(text.slice(i + 2, i + 4)), DIGITS.indexOf(text[i + 4])]);
  }
  const labels = labelsOf(points);
  return points.map(([x, y, label]) => [x, y, labels.indexOf(label)]);
}

/** The nearest place that the text can say, so that what is shown is what is learned from. */
export function onGrid(coordinate) {
  return number(place(coordinate));
}

/** The classes that were drawn, in order. */
export function labelsOf(points) {
  return [...new Set(points.map(([, , label]) => label))].sort((one, two) => one - two);
}

function place(coordinate) {
  const inside = Math.min(Math.max(coordinate, -SIDE), SIDE);
  const step = Math.round(((inside + SIDE) / (2 * SIDE)) * FINEST);
  return DIGITS[Math.floor(step / 64)] + DIGITS[step % 64];
}

function number(letters) {
  return ((64 * DIGITS.indexOf(letters[0]) + DIGITS.indexOf(letters[1])) / FINEST) * 2 * SIDE - SIDE;
}
