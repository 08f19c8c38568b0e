/* What the numbers of each stage are called, where they stand: a name for each row of numbers. */

import { canDraw } from "./token_cells.js";

const ROWS = {
  logits: ({ stages }) => ["logit", ...(stages.offsets.some((offset) => offset !== 0) ? ["moved"] : [])],
  noise: ({ settings }) => (canDraw(settings) ? ["noise"] : []),
  selection: () => ["compared"],
  chosen: () => ["place"],
  gates: () => ["gate", "probability"],
  experts: ({ probabilities }) => [probabilities ? "score" : "answer", "dense"],
  combination: () => ["term"],
  losses: () => ["share", "mean"],
  gradients: () => ["task", "balance"],
};

/** The keys of the names: that of the filled bars, and, where there are two rows, that of the outlined ones. */
export const rowsOf = (stage, token) => ROWS[stage](token);
