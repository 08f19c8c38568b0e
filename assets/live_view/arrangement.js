/* How the parts of the view stand, from above, and how its style sheets call the way they do. */

import { element, setAttribute } from "./dom.js";

const OWN = ["home", "token"]; // layouts that say in their own way what else stands below the members

/** parts: those of the view, by name; meters may be null. */
export function arranged({ guess, meters, transport, members, timeline, stages, narrator, status }, layout) {
  const above = meters ? element("div", { class: "above" }, guess.root, meters.root) : guess.root;
  const under = OWN.includes(layout) ? [] : [timeline.root, stages.root, narrator.root];
  return element("div", { class: "layout" }, above, transport.root, members.root, ...under, status.root);
}

/** For so many members. data: what the page says. */
export function arrange(root, { layout, lesson }, count) {
  const byCount = count === 1 ? "single" : count === 2 ? "group two" : "group many";
  const own = OWN.includes(layout) ? layout : byCount;
  setAttribute(root, "class", `layout ${own}${lesson ? " lesson" : ""}`);
}
