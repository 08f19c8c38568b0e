/*
 * Keyboard shortcuts, while the focus is inside the view, or nowhere, as when a page was just opened. A key that is handled goes no further: Streamlit has
 * shortcuts of its own. Space and Enter on a focused button press that button, as everywhere.
 */

import { PACES } from "./transport.js";

/**
 * actions: toggle(), step(), rewind(), pace(value), switchMode(), letGo(); with next() and previous() the arrow keys do
 * these. Returns what stops listening.
 */
export function listenToKeys(root, actions) {
  const handlers = {
    " ": actions.toggle,
    ArrowRight: actions.next ?? actions.step,
    ArrowLeft: actions.previous,
    ".": actions.step,
    Home: actions.rewind,
    0: actions.rewind,
    p: actions.switchMode,
    Escape: actions.letGo,
  };
  PACES.forEach((pace, i) => (handlers[i + 1] = () => actions.pace(pace)));
  const onKey = (event) => {
    const handler = handlers[event.key];
    if (!handler || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    event.stopPropagation();
    if (event.key === " " && event.composedPath()[0] instanceof HTMLButtonElement) {
      return;
    }
    event.preventDefault();
    if (!event.repeat || handler === actions.step) {
      handler();
    }
  };
  const onKeyNowhere = (event) => event.target === document.body && onKey(event);
  root.addEventListener("keydown", onKey);
  document.addEventListener("keydown", onKeyNowhere);
  return () => {
    root.removeEventListener("keydown", onKey);
    document.removeEventListener("keydown", onKeyNowhere);
  };
}
