/* One line of words below the picture: what is at the pointed place, as the worker computed it for just that place. */

import { className } from "./class_name.js";
import { element, setText } from "./dom.js";
import { fixed } from "./numbers.js";

const MOST_ROUTES = 2; // that are all said

/** How the picture is read. */
function readingOf(mode, { header, arrays }) {
  if (mode === "owner" && arrays.load.length === 1) {
    return "alone_reading";
  }
  // A router that looks at a whole batch has no choice for a place by itself.
  return mode === "owner" && header.by_belief ? "belief_reading" : `${mode}_reading`;
}

export class Readout {
  /** `painters` by kind of picture; those of a line and of a matrix know what is at a place. */
  constructor(words, painters) {
    this.words = words;
    this.painters = painters;
    this.root = element("span", { class: "readout", "data-testid": "readout" });
  }

  /** mode: of the picture; look: what is pointed at, or null. Numbers change when `isDue`. */
  update({ record, mode, look, isDue }) {
    if (isDue || look !== this.look) {
      setText(this.root, (look && this.atPlace(record, mode, look.place)) || this.words(readingOf(mode, record)));
    }
    this.look = look;
  }

  /** Empty where there is nothing to say of a place. */
  atPlace(record, mode, place) {
    const { header, arrays } = record;
    if (mode === "projection") {
      const sample = this.painters.projection.at(place, record);
      return sample ? this.words("projection_place", { ...sample, label: className(header, sample.label) }) : "";
    }
    if (header.picture === "matrix") {
      const cell = this.painters.matrix.cellAt(place, record);
      return cell ? this.words("matrix_place", cell) : "";
    }
    if (header.picture === "line") {
      const { x, expert, strength, prediction } = this.painters.line.at(place.x, arrays);
      const numbers = { x: fixed(x, 2), strength: fixed(strength, 2), prediction: fixed(prediction, 2) };
      return this.words(strength > 0 ? "line_place" : "line_place_nobody", { expert, ...numbers });
    }
    if (header.picture === "none") {
      return "";
    }
    return header.pointed ? this.asked(header) : this.drawn(record, place);
  }

  /** The worker's own answer for the place. */
  asked(header) {
    const { experts, probabilities } = header.pointed;
    const chosen = experts.map(({ kept, gate }, expert) => ({ expert: expert + 1, kept, gate: fixed(gate, 2) }));
    const asked = chosen.filter(({ kept }) => kept);
    const label = probabilities.indexOf(Math.max(...probabilities));
    return this.words("pointed", {
      experts: this.routes(asked) || this.words("pointed_nobody"),
      label: className(header, label),
      probability: fixed(probabilities[label], 2),
    });
  }

  /** Of many experts the one that counts most: what they come to is to stand in the same line. */
  routes(asked) {
    const said = (one) => this.words("pointed_expert", one);
    if (asked.length <= MOST_ROUTES) {
      return asked.map(said).join(" + ");
    }
    const most = asked.reduce((best, one) => (Number(one.gate) > Number(best.gate) ? one : best));
    return this.words("pointed_many", { most: said(most), others: asked.length - 1 });
  }

  /** Before a worker has answered: what the picture itself says, which is as coarse as its cells. */
  drawn({ header, arrays }, place) {
    const side = Math.sqrt(arrays.owner.length);
    const cell = Math.floor(place.y * side) * side + Math.floor(place.x * side);
    const [owner, strength] = [arrays.owner[cell], arrays.strength[cell]];
    const label = className(header, arrays.prediction[cell]);
    const values = { expert: owner + 1, strength: fixed(strength / 255, 2), label };
    return this.words(strength > 0 ? "plane_place" : "plane_place_nobody", values);
  }
}
