/*
 * The lessons as a list of links, each with how far this browser has come with it: see progress.js of the live view,
 * which writes that down.
 */

const KEY = "moe-lab-lessons";

export default function mount({ data: bytes, parentElement }) {
  const { lessons, labels } = JSON.parse(new TextDecoder().decode(bytes));
  const progress = remembered();
  const list = document.createElement("ol");
  list.append(...lessons.map((lesson) => item(lesson, progress[lesson.name], labels)));
  parentElement.querySelector("ol")?.remove();
  parentElement.append(list);
}

/** state: "begun", "run", or undefined. What was run is ticked. */
function item({ name, title, sentence, address }, state, labels) {
  const node = document.createElement("li");
  const link = document.createElement("a");
  link.href = address;
  link.target = "_self";
  link.textContent = title;
  const mark = document.createElement("span");
  mark.className = "state";
  mark.dataset.testid = `lesson-${name}`;
  mark.dataset.state = state ?? "";
  mark.textContent = labels[state] ?? "";
  node.append(link, mark, document.createElement("br"), sentence);
  return node;
}

/** Nothing, in a browser told to block site data, or where somebody else wrote it. */
function remembered() {
  try {
    return JSON.parse(window.localStorage.getItem(KEY)) ?? {};
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof DOMException && error.name === "SecurityError")) {
      return {};
    }
    throw error;
  }
}
