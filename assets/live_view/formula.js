/*
 * Formulas as MathML, which browsers typeset and screen readers read. A line may break between
 * two pieces of a formula, and nowhere inside one.
 */

import { element } from "./dom.js";
import { fixed, full, precise } from "./numbers.js";

const BETWEEN = ["=", "+", ">"];
const MATHML = "http://www.w3.org/1998/Math/MathML";

function node(tag, ...children) {
  const made = document.createElementNS(MATHML, tag);
  made.append(...children);
  return made;
}

/** A name of one letter or of several. */
export const name = (text) => node("mi", text);
/** A number as it is printed everywhere; one below zero in brackets where something stands before it. */
export const number = (value) => node("mn", precise(value));
export const factor = (value) => (value < 0 ? row(sign("("), number(value), sign(")")) : number(value));
/** With so many digits after the point. */
export const fine = (value, digits) => node("mn", fixed(value, digits));
export const count = (value) => node("mn", value.toLocaleString("en"));
export const sign = (text) => node("mo", text);
export const row = (...parts) => node("mrow", ...parts);
/** h with an expert's number below; `expert` counts from 0. */
export const of = (letter, expert) => sub(letter, String(expert + 1));
export const sub = (letter, index) => node("msub", name(letter), indexOf(index));
/** The same with a tilde: a logit with its noise. */
export const tilde = (letter, index) => node("msub", node("mover", name(letter), sign("~")), indexOf(index));
const indexOf = (index) => (typeof index === "string" ? node("mi", index) : index);
/** h with the letter e below. */
export const each = (letter) => sub(letter, "e");
/** What a letter has for one class: y[1]. */
export const at = (letter, label) => row(letter, sign("["), label, sign("]"));
export const squared = (base) => node("msup", base, node("mn", "2"));
export const fraction = (above, below) => node("mfrac", above, below);
/** A number that another is divided by, or it by another: with the digits that tell the two apart. */
export const part = (value) => node("mn", full(value));
/** sum over j, or over the j of a set. */
export const sum = (over) => node("munder", sign("∑"), over);
export const power = (exponent) => row(name("exp"), sign("("), exponent, sign(")"));

/** One piece of a formula. What it begins with stands between it and the piece before. */
export function piece(...parts) {
  if (parts[0].localName === "mo" && BETWEEN.includes(parts[0].textContent)) {
    parts[0].setAttribute("form", "infix");
  }
  return node("math", ...parts);
}

/** Terms that are added up, each a piece. */
export function added(terms) {
  return terms.map((term, i) => (i === 0 ? piece(term) : piece(sign("+"), term)));
}

/** The end of a formula: what comes out. */
export const result = (value) => piece(sign("="), number(value));

/** Put a formula's clauses into an element, with a space between any two parts. Strings stand as words. */
export function show(root, clauses) {
  const spans = clauses.map((clause) => element("span", { class: "clause" }, ...clause.flatMap((part) => [part, " "])));
  root.replaceChildren(...spans);
}
