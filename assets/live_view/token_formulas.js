/*
 * Each stage's formula with the token's numbers in it: a list of clauses, each a list of words and of pieces of MathML
 * (see formula.js). It is for one expert, the one that is followed. A rule is written out only where it gives the
 * router's own numbers.
 */

import { lossFormula, productsFormula, sumFormula } from "./answer_formulas.js";
import { gradientFormula } from "./gradient_formula.js";
import { chosenFormula, gatesFormula, logitFormula, noiseFormula, selectionFormula } from "./score_formulas.js";

/** By stage: of a token as in token_cells.js, with `followed`, an expert; and the words. */
export const FORMULAS = {
  logits: logitFormula,
  noise: noiseFormula,
  selection: selectionFormula,
  chosen: chosenFormula,
  gates: gatesFormula,
  experts: productsFormula,
  combination: sumFormula,
  losses: lossFormula,
  gradients: gradientFormula,
};
