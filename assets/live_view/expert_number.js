/* An expert's number in a ring of its colour: printed wherever colour says whose a place is. */

import { css, expertColour } from "./palette.js";

/** x, y and radius in the context's units. `faded` while another expert is pointed at. */
export function drawExpertNumber(context, { expert, x, y, radius, faded }, theme) {
  context.globalAlpha = faded ? 0.35 : 1;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = css(theme.background);
  context.fill();
  context.lineWidth = radius / 5;
  context.strokeStyle = css(expertColour(expert));
  context.stroke();
  context.font = `700 ${1.15 * radius}px ${theme.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = css(theme.text);
  context.fillText(String(expert + 1), x, y + 0.06 * radius);
  context.globalAlpha = 1;
}
