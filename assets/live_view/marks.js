/* What happened at which step: commands that were given, and events that the narrator marked. */

import { element } from "./dom.js";
import { settingText } from "./settings.js";

const CATCH = 7; // pixels from a mark within which a place is at it

/** [{ step, kind: "command" or "event", text }] in the order of their steps. */
export function marksOf({ log = [], events = [] }, words) {
  const commands = log.map((command) => ({ step: command.step, kind: "command", text: commandText(command, words) }));
  const noticed = events.map(({ step, text }) => ({ step, kind: "event", text }));
  return [...commands, ...noticed].sort((one, other) => one.step - other.step);
}

/** An intervention has words of its own; a setting has its label and its value. */
function commandText({ name, value }, words) {
  const key = `mark_${name}`;
  if (words(key) !== key) {
    return words(key, { expert: Number(value) + 1 });
  }
  const { label } = words.settings[name];
  return words("mark_setting", { name: label, value: settingText(words.settings, name, value) });
}

/** The marks within reach of a place, where steps stand at x(step). */
export function marksNear(marks, x, at) {
  return marks.filter((mark) => Math.abs(x(mark.step) - at) <= CATCH);
}

/** Thin lines through a chart: solid with a flag for a command, dotted for an event. */
export function drawMarks(context, marks, { x, top, bottom }, { command, event, width }) {
  for (const { step, kind } of marks) {
    const at = Math.round(x(step)) + 0.5;
    context.strokeStyle = context.fillStyle = kind === "command" ? command : event;
    context.lineWidth = width;
    context.setLineDash(kind === "command" ? [] : [1, 3]);
    context.beginPath();
    context.moveTo(at, top);
    context.lineTo(at, bottom);
    context.stroke();
    if (kind === "command") {
      context.beginPath();
      context.moveTo(at, top);
      context.lineTo(at + 6, top + 3.5);
      context.lineTo(at, top + 7);
      context.fill();
    }
  }
  context.setLineDash([]);
}

/** The same as a list of words, for readers who cannot see the lines. */
export class MarkList {
  constructor(words) {
    this.words = words;
    this.list = element("ul");
    const title = element("p", {}, words("marks_title"));
    this.root = element("div", { class: "unseen", "data-testid": "marks" }, title, this.list);
  }

  update(marks) {
    const key = JSON.stringify(marks);
    if (this.key !== key) {
      this.key = key;
      this.root.hidden = marks.length === 0;
      this.list.replaceChildren(...marks.map((mark) => element("li", {}, markText(mark, this.words))));
    }
  }
}

export function markText({ step, text }, words) {
  return words("mark", { step: step.toLocaleString("en"), text });
}
