/*
 * How far a person is with the lessons, as this browser remembers it: { lesson: "begun" or "run" }. The list of lessons
 * shows it (assets/lessons/list.js).
 */

import { keep, kept } from "./keeping.js";

const KEY = "moe-lab-lessons";

export function markBegun(lesson) {
  const progress = kept("local", KEY) ?? {};
  if (!progress[lesson]) {
    keep("local", KEY, { ...progress, [lesson]: "begun" });
  }
}

/** Its experiment was run to the step that was asked about. */
export function markRun(lesson) {
  keep("local", KEY, { ...kept("local", KEY), [lesson]: "run" });
}
