/* Small drawings for buttons, each from one path in a box of 24 x 24: some are filled, the others are lines. */

const SVG = "http://www.w3.org/2000/svg";

const FILLED = {
  play: "M7 4v16l13-8z",
  pause: "M6 4h4v16H6zM14 4h4v16h-4z",
  step: "M5 4v16l10-8zM17 4h3v16h-3z",
  rewind: "M4 4h3v16H4zM20 4v16L9 12z",
  pin: "M12 23L6 11a6.6 6.6 0 1 1 12 0zM12 6.2a2.3 2.3 0 1 0 0 4.6 2.3 2.3 0 0 0 0-4.6z",
};

const LINES = {
  back: "M15 5l-7 7 7 7",
  forward: "M9 5l7 7-7 7",
  new_weights: "M4 4h16v16H4zM8.5 8.5h.01M15.5 8.5h.01M12 12h.01M8.5 15.5h.01M15.5 15.5h.01",
  new_data: "M3 3v18h18M8 16h.01M11 10h.01M15 14h.01M18 6h.01M8 6h.01",
  freeze: "M12 2v20M3.3 7l17.4 10M3.3 17L20.7 7M9 3.5l3 3 3-3M9 20.5l3-3 3 3",
  unfreeze: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 1v3M12 20v3M1 12h3M20 12h3M4.2 4.2l2 2M17.8 17.8l2 2M4.2 19.8l2-2M17.8 6.2l2-2",
  kill: "M5 5l14 14M19 5L5 19",
  revive_by_cloning: "M4 14V4h10M9 9h11v11H9zM14.5 12v5M12 14.5h5",
  revive_afresh: "M12 21v-9M12 14C6 14 4 11 4 6c5 0 8 2 8 8M12 12c0-5 2-7 8-8 0 6-2 8-8 8",
  clone: "M9 9h11v11H9zM15 9V4H4v11h5",
  add: "M12 4v16M4 12h16",
  force: "M2 5l6 7-6 7M8 12h7M19 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6",
  release: "M2 12h6M8 12l7-7h6M8 12l7 7h6M8 12h13",
};

/** A drawing by its name, as large as the text beside it. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", name in LINES ? "icon lines" : "icon");
  const shape = document.createElementNS(SVG, "path");
  shape.setAttribute("d", LINES[name] ?? FILLED[name]);
  svg.append(shape);
  return svg;
}
