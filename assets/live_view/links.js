/* Curves between two rows of things, above and below: each as thick as it is told, dashed where it is negative. */

const SVG = "http://www.w3.org/2000/svg";
const THICKEST = 5; // pixels, of up to MANY lines; of more the lines are thinner, so that they can be followed
const MANY = 40;
const HAIR = 0.4; // pixels: the thinnest line there is
const FAINTEST = 0.15; // how opaque it is

export class Links {
  constructor() {
    this.root = document.createElementNS(SVG, "svg");
    const attributes = { viewBox: "0 0 100 100", preserveAspectRatio: "none", class: "links", "aria-hidden": "true" };
    Object.entries(attributes).forEach(([name, value]) => this.root.setAttribute(name, value));
    this.paths = [];
  }

  /**
   * links: { from, to, weight, dimmed }: `from` above and `to` below in shares of the width; a weight of 1 or -1 is as
   * thick as a line gets. stroke: by how much all lines are thicker.
   */
  draw(links, stroke) {
    const thickest = stroke * THICKEST * Math.min(1, Math.sqrt(MANY / links.length));
    while (this.paths.length < links.length) {
      this.paths.push(this.root.appendChild(document.createElementNS(SVG, "path")));
    }
    this.paths.splice(links.length).forEach((path) => path.remove());
    links.forEach(({ from, to, weight, dimmed }, i) => {
      const [x, y] = [from, to].map((share) => (100 * share).toFixed(2));
      const path = this.paths[i];
      path.setAttribute("d", `M${x} 0C${x} 55 ${y} 45 ${y} 100`);
      path.setAttribute("class", `link${weight < 0 ? " negative" : ""}${dimmed ? " dimmed" : ""}`);
      path.style.strokeWidth = Math.max(HAIR, thickest * Math.abs(weight)).toFixed(2);
      path.style.strokeOpacity = (FAINTEST + (1 - FAINTEST) * Math.abs(weight)).toFixed(2);
    });
  }
}
