/*
 * Where to print a region's name: at the innermost cell of each connected region that is large enough.
 *
 * A name stays where it was for as long as that is still well inside its region, so that it does not dance.
 */

const SMALLEST_AREA = 0.006; // share of the grid
const SMALLEST_DEPTH = 1.4; // cells from the name to the region's edge
const STAYS_AT = 0.62; // share of the greatest depth at which a name stays

export class RegionNames {
  constructor(resolution) {
    this.resolution = resolution;
    this.region = new Int32Array(resolution * resolution);
    this.depth = new Float32Array(resolution * resolution);
    this.stack = new Int32Array(resolution * resolution);
    this.names = [];
  }

  /** Returns [{ label, x, y, depth }] in units of cells. */
  place(labels) {
    const areas = this.findRegions(labels);
    this.measureDepth(labels);
    const deepest = new Int32Array(areas.length).fill(-1);
    this.region.forEach((region, cell) => {
      if (deepest[region] < 0 || this.depth[cell] > this.depth[deepest[region]]) {
        deepest[region] = cell;
      }
    });
    const staying = this.namesThatStay(labels, deepest);
    this.names = [];
    deepest.forEach((cell, region) => {
      if (areas[region] >= SMALLEST_AREA * labels.length && this.depth[cell] >= SMALLEST_DEPTH) {
        this.names.push(this.at(staying.get(region) ?? cell, labels));
      }
    });
    return this.names;
  }

  namesThatStay(labels, deepest) {
    const staying = new Map();
    for (const { cell, label } of this.names) {
      const region = this.region[cell];
      const deepEnough = this.depth[cell] >= STAYS_AT * this.depth[deepest[region]];
      if (labels[cell] === label && deepEnough && !staying.has(region)) {
        staying.set(region, cell);
      }
    }
    return staying;
  }

  at(cell, labels) {
    const column = cell % this.resolution;
    const row = Math.floor(cell / this.resolution);
    return { cell, label: labels[cell], x: column + 0.5, y: row + 0.5, depth: this.depth[cell] };
  }

  /** Number the connected regions in `this.region`; returns their areas in cells. */
  findRegions(labels) {
    const { resolution, region, stack } = this;
    const areas = [];
    region.fill(-1);
    for (let seed = 0; seed < labels.length; seed++) {
      if (region[seed] >= 0) {
        continue;
      }
      const number = areas.length;
      let height = 0;
      let area = 0;
      const visit = (cell) => {
        if (region[cell] < 0 && labels[cell] === labels[seed]) {
          region[cell] = number;
          stack[height++] = cell;
          area++;
        }
      };
      visit(seed);
      while (height > 0) {
        const cell = stack[--height];
        const column = cell % resolution;
        if (column > 0) visit(cell - 1);
        if (column + 1 < resolution) visit(cell + 1);
        if (cell >= resolution) visit(cell - resolution);
        if (cell + resolution < labels.length) visit(cell + resolution);
      }
      areas.push(area);
    }
    return areas;
  }

  /** Distance of each cell to the nearest cell of another label or the edge, by two chamfer sweeps. */
  measureDepth(labels) {
    const { resolution, depth } = this;
    const last = labels.length - 1;
    const sweep = (cell, column, direction) => {
      const back = cell - direction;
      const up = cell - direction * resolution;
      const reach = (other, exists, length) =>
        exists && labels[other] === labels[cell] ? depth[other] + length : length / 2;
      const left = direction > 0 ? column > 0 : column + 1 < resolution;
      const right = direction > 0 ? column + 1 < resolution : column > 0;
      const above = up >= 0 && up <= last;
      return Math.min(
        reach(back, left, 1),
        reach(up, above, 1),
        reach(up - direction, above && left, 1.4),
        reach(up + direction, above && right, 1.4),
      );
    };
    for (let cell = 0; cell <= last; cell++) {
      depth[cell] = sweep(cell, cell % resolution, 1);
    }
    for (let cell = last; cell >= 0; cell--) {
      depth[cell] = Math.min(depth[cell], sweep(cell, cell % resolution, -1));
    }
  }
}
