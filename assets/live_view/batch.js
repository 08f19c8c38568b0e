/* The batch of a step in slow motion: each token as a dot in the colour of its expert. */

import { css, expertColour } from "./palette.js";

const RADIUS = 1 / 110; // of the picture's width
const LARGEST = 1 / 30; // at the greatest loss of the batch
const RUG = 0.05; // how far from the top the tokens of a line stand

/**
 * batch (B, D), batch_expert (B,), batch_loss (B,): flat arrays of the frame. bounds: [left, right, bottom, top] of the
 * picture in inputs, width: of the picture, a square, in the context's units. In the stage "loss" a dot's area is its
 * loss.
 */
export function drawBatch(context, { batch, batch_expert, batch_loss }, bounds, width, theme, stageName) {
  const [left, right, bottom, top] = bounds;
  const count = batch_expert.length;
  const inputs = batch.length / count;
  const largest = stageName === "loss" ? Math.max(...batch_loss) : 0;
  context.lineWidth = RADIUS * width * 0.35;
  context.strokeStyle = css(theme.dark ? theme.background : theme.text);
  for (let token = 0; token < count; token++) {
    const x = (width * (batch[inputs * token] - left)) / (right - left);
    const y = inputs === 1 ? RUG * width : (width * (top - batch[inputs * token + 1])) / (top - bottom);
    context.beginPath();
    context.arc(x, y, width * radiusOf(batch_loss[token], largest), 0, 2 * Math.PI);
    context.fillStyle = css(expertColour(batch_expert[token]));
    context.fill();
    context.stroke();
  }
}

function radiusOf(loss, largest) {
  return largest > 0 ? Math.max(RADIUS / 2, LARGEST * Math.sqrt(Math.max(0, loss) / largest)) : RADIUS;
}
