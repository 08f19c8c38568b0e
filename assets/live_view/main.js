/*
 * The live view as a Streamlit component. Streamlit calls `mount` when the component appears and again whenever its
 * script ran or the theme changed, on the same element and with no clean-up between: then the view only takes the new
 * data.
 */

import { STYLES } from "./styles.js";
import { LiveView } from "./view.js";

/** Where a component's shadow root keeps what stands in it: not in this module, since another version may come next. */
const PLACE = Symbol.for("moe-lab.live-view");

/** component: { data, parentElement, setStateValue, setTriggerValue }. Returns what unmounts the view. */
export function mount(component) {
  const { data, parentElement: root } = component;
  if (root[PLACE]?.LiveView === LiveView) {
    root[PLACE].component = component;
    root[PLACE].view.take(data);
  } else {
    root[PLACE]?.view.dispose(); // of another version, when the server's files changed under an open page
    root[PLACE] = show(component);
  }
  // Streamlit also calls the clean-up of a mount that was overtaken, and may do so before it calls the next one. The
  // component is gone only where its element has left the page.
  return () => {
    if (!root.isConnected && root[PLACE]) {
      root[PLACE].view.dispose();
      delete root[PLACE];
    }
  };
}

/** The styles come with the view, so it is never seen without them. */
function show(component) {
  const { data, parentElement: root } = component;
  const place = { component, LiveView };
  place.view = new LiveView(root.host, data, {
    run: (run) => place.component.setStateValue("run", run),
    change: (settings, members = []) => place.component.setTriggerValue("change", { settings, members }),
  });
  root.adoptedStyleSheets = STYLES;
  root.append(place.view.root);
  return place;
}
