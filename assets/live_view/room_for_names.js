/*
 * Which of a picture's names there is room for. Each is a disc that stays inside the picture; of two that would lie over
 * each other one is left out. A name that was printed before comes first, so that none blinks, then the one that has
 * more of its region around it.
 */

const MAY_TOUCH = 1.9; // radii from one name's middle to the next

export class RoomForNames {
  constructor() {
    this.printed = new Set();
  }

  /** names: [{ label, cell, x, y, depth }] in cells of a picture of `side` cells. Returns those that are printed. */
  among(names, radius, side) {
    const inside = (place) => Math.min(Math.max(place, radius), side - radius);
    const wasPrinted = ({ label, cell }) => this.printed.has(`${label} ${cell}`);
    const order = [...names].sort((one, other) => wasPrinted(other) - wasPrinted(one) || other.depth - one.depth);
    const kept = [];
    for (const name of order) {
      const [x, y] = [inside(name.x), inside(name.y)];
      if (kept.every((other) => Math.hypot(other.x - x, other.y - y) >= MAY_TOUCH * radius)) {
        kept.push({ ...name, x, y });
      }
    }
    this.printed = new Set(kept.map(({ label, cell }) => `${label} ${cell}`));
    return kept;
  }
}
