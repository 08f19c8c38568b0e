/* Arrows from one point, in a drawing that is scaled with its page: a line with a head for each. */

const SVG = "http://www.w3.org/2000/svg";
const REACH = 47; // the longest arrow in a drawing that reaches from -50 to 50
const HEAD = 10;
const SPREAD = 0.45; // radians between an arrow's line and a side of its head
const LEAST = 1.5; // a shorter one is a dot

export class Arrows {
  /** kinds: the class of each arrow, the last one on top. */
  constructor(kinds) {
    this.root = shape("svg", { viewBox: "-50 -50 100 100", class: "arrows", "aria-hidden": "true" });
    this.arrows = kinds.map((kind) => {
      const [line, head] = ["line", "head"].map((part) => shape("path", { class: `arrow ${kind} ${part}` }));
      this.root.append(line, head);
      return { line, head };
    });
  }

  /** ends: [x, y] of each arrow, y upwards; one as long as `longest` reaches the edge. Where there is none it is null. */
  draw(ends, longest) {
    this.arrows.forEach(({ line, head }, i) => {
      const [toEnd, atEnd] = ends[i] ? pathsOf(ends[i], REACH / longest) : ["", ""];
      line.setAttribute("d", toEnd);
      head.setAttribute("d", atEnd);
    });
  }
}

/** The line of an arrow and its head. */
function pathsOf([right, up], scale) {
  const [x, y] = [scale * right, -scale * up];
  const length = Math.hypot(x, y);
  if (length < LEAST) {
    return ["M0 0h0", ""];
  }
  const size = Math.min(HEAD, 0.6 * length);
  const heading = Math.atan2(y, x);
  const side = (angle) => point(x - size * Math.cos(angle), y - size * Math.sin(angle));
  return [`M0 0L${point(x, y)}`, `M${side(heading - SPREAD)}L${point(x, y)}L${side(heading + SPREAD)}`];
}

function point(x, y) {
  return `${x.toFixed(1)} ${y.toFixed(1)}`;
}

function shape(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    node.setAttribute(name, value);
  }
  return node;
}
