/* What each shortcut does to the view. Which key it is stands in keys.js. */

import { nextMode } from "./stage.js";

export function shortcutsOf(view) {
  const { transport, session, focus, members } = view;
  return {
    toggle: () => transport.play.click(),
    step: () => transport.step.click(),
    rewind: () => transport.rewind.click(),
    pace: (pace) => session.setPace(pace),
    switchMode: () => session.record.header && focus.show(nextMode(focus.mode, session.record)),
    letGo: () => {
      members.read(null);
      focus.letGo();
    },
    ...(view.isToken ? throughStages(members) : {}),
  };
}

/** Where a token is followed, the arrow keys walk through its stages, and its place is not let go. */
function throughStages(members) {
  const column = () => members.columns[0];
  return { next: () => column().step(1), previous: () => column().step(-1), letGo: () => column().putBack() };
}
