/*
 * The outlines of the regions of a grid of labels: marching squares for many labels at once.
 *
 * Two neighbouring cells of different labels have a crossing between their centres: where the two strengths meet, or
 * in the middle. Inside each square of four centres two crossings are joined by a line; three or four meet in a
 * junction. Regions share their crossings, so filled side by side they leave no gap. A frame of one row of cells with
 * no label surrounds the grid.
 *
 * Every crossing has two halves, one for each region it bounds. `next` leads from half to half around a region.
 */

import { crossingShare } from "./crossing.js";

const OUTSIDE = 255;
const NONE = -1;
const PASSES = 6;
const ROUGH_PASSES = 10; // with no strengths to place the crossings by, stairs need more smoothing

export class Contours {
  constructor(resolution) {
    this.resolution = resolution;
    this.side = resolution + 2;
    this.cells = this.side * this.side;
    this.labels = new Uint8Array(this.cells).fill(OUTSIDE);
    this.strength = new Float32Array(this.cells);
    // Nodes: the link from each cell to its right, then the link down, then the junction of the square to both.
    this.x = new Float32Array(3 * this.cells);
    this.y = new Float32Array(3 * this.cells);
    this.smoothX = new Float32Array(2 * this.cells);
    this.smoothY = new Float32Array(2 * this.cells);
    this.next = new Int32Array(4 * this.cells);
    this.via = new Int32Array(4 * this.cells);
    this.walked = new Uint8Array(4 * this.cells);
    this.isInner = new Uint8Array(2 * this.cells); // per link, whether there are labels on both sides
  }

  /** Returns a Map from label to Path2D, in units of cells. `strength` may be null. */
  trace(labels, strength) {
    this.load(labels, strength);
    this.placeCrossings(strength !== null);
    this.joinCrossings();
    for (let pass = 0; pass < (strength ? PASSES : ROUGH_PASSES); pass++) {
      this.smooth();
    }
    return this.walk();
  }

  load(labels, strength) {
    const { resolution, side } = this;
    for (let row = 0; row < resolution; row++) {
      const from = row * resolution;
      const to = (row + 1) * side + 1;
      this.labels.set(labels.subarray(from, from + resolution), to);
      if (strength) {
        this.strength.set(strength.subarray(from, from + resolution), to);
      }
    }
  }

  placeCrossings(byStrength) {
    const { labels, side, cells } = this;
    this.crossings = [];
    this.movable = [];
    for (let cell = 0; cell + 1 < cells; cell++) {
      if (labels[cell] !== labels[cell + 1]) {
        this.placeCrossing(cell, cell, 1, byStrength);
      }
      if (cell + side < cells && labels[cell] !== labels[cell + side]) {
        this.placeCrossing(cells + cell, cell, side, byStrength);
      }
    }
  }

  placeCrossing(node, cell, stride, byStrength) {
    const { labels, strength, side } = this;
    const inside = labels[cell] !== OUTSIDE && labels[cell + stride] !== OUTSIDE;
    const share = inside && byStrength ? crossingShare(labels, strength, cell, stride) : 0.5;
    this.x[node] = (cell % side) - 0.5 + (stride === 1 ? share : 0);
    this.y[node] = Math.floor(cell / side) - 0.5 + (stride === 1 ? 0 : share);
    this.crossings.push(node);
    this.isInner[node] = inside ? 1 : 0;
    if (inside) {
      this.movable.push(node);
    }
  }

  joinCrossings() {
    const { labels, side, cells, x, y } = this;
    this.junctions = [];
    const after = []; // the halves that follow each crossed link, clockwise from the top
    for (let square = 0; square + side + 1 < cells; square++) {
      const a = labels[square];
      const b = labels[square + 1];
      const c = labels[square + side];
      const d = labels[square + side + 1];
      if (a === b && b === d && c === d) {
        continue;
      }
      after.length = 0;
      if (a !== b) after.push(2 * square + 1);
      if (b !== d) after.push(2 * (cells + square + 1) + 1);
      if (c !== d) after.push(2 * (square + side));
      if (a !== c) after.push(2 * (cells + square));
      const onFrame = a === OUTSIDE || b === OUTSIDE || c === OUTSIDE || d === OUTSIDE;
      const junction = after.length > 2 || onFrame ? 2 * cells + square : NONE;
      if (junction !== NONE) {
        x[junction] = square % side;
        y[junction] = Math.floor(square / side);
      }
      if (after.length > 2) {
        const inner = after.map((half) => half >> 1).filter((node) => this.isInner[node]);
        this.junctions.push({ junction, inner, onFrame });
      }
      // The region between two crossed links starts after the first and ends before the second.
      after.forEach((start, i) => {
        const end = after[(i + 1) % after.length] ^ 1;
        this.next[end] = start;
        this.via[end] = junction;
      });
    }
  }

  /** Move every crossing half way towards the middle of its two neighbours, and junctions amid their crossings. */
  smooth() {
    const { x, y, smoothX, smoothY, movable } = this;
    for (const node of movable) {
      const one = this.following(2 * node);
      const two = this.following(2 * node + 1);
      smoothX[node] = 0.5 * x[node] + 0.25 * (x[one] + x[two]);
      smoothY[node] = 0.5 * y[node] + 0.25 * (y[one] + y[two]);
    }
    for (const node of movable) {
      x[node] = smoothX[node];
      y[node] = smoothY[node];
    }
    this.junctions.forEach((meeting) => this.placeJunction(meeting));
  }

  placeJunction({ junction, inner, onFrame }) {
    const { x, y, side, resolution } = this;
    if (!onFrame) {
      x[junction] = inner.reduce((sum, node) => sum + x[node], 0) / inner.length;
      y[junction] = inner.reduce((sum, node) => sum + y[node], 0) / inner.length;
      return;
    }
    // On the frame the border between two regions runs straight on to the edge, and the junction stays on the edge.
    const [last] = inner;
    const [one, two] = [this.following(2 * last), this.following(2 * last + 1)];
    const before = one === junction ? two : one;
    const square = junction - 2 * this.cells;
    const [column, row] = [square % side, Math.floor(square / side)];
    if (row === 0 || row === resolution) {
      x[junction] = extend(x[before], y[before], x[last], y[last], row, column);
    } else {
      y[junction] = extend(y[before], x[before], y[last], x[last], column, row);
    }
  }

  following(half) {
    return this.via[half] === NONE ? this.next[half] >> 1 : this.via[half];
  }

  walk() {
    const { x, y, next, via, walked, labels, cells, side } = this;
    const paths = new Map();
    walked.fill(0);
    for (const node of this.crossings) {
      for (let first = 2 * node; first <= 2 * node + 1; first++) {
        const cell = (node % cells) + (first & 1 ? (node < cells ? 1 : side) : 0);
        const label = labels[cell];
        if (walked[first] || label === OUTSIDE) {
          continue;
        }
        if (!paths.has(label)) {
          paths.set(label, new Path2D());
        }
        const path = paths.get(label);
        path.moveTo(x[node], y[node]);
        for (let half = first; !walked[half]; half = next[half]) {
          walked[half] = 1;
          if (via[half] !== NONE) {
            path.lineTo(x[via[half]], y[via[half]]);
          }
          path.lineTo(x[next[half] >> 1], y[next[half] >> 1]);
        }
        path.closePath();
      }
    }
    return paths;
  }
}

/** Where the line through two points (a, b) reaches `edge` in b, at most half a cell from `middle` in a. */
function extend(a0, b0, a1, b1, edge, middle) {
  const slope = Math.abs(b1 - b0) > 0.1 ? (a1 - a0) / (b1 - b0) : 0;
  return Math.min(middle + 0.5, Math.max(middle - 0.5, a1 + slope * (edge - b1)));
}
