/*
 * The live view as a Streamlit component. Streamlit calls `mount` when the component appears and again whenever its
 * script ran or the theme changed, on the same element and with no clean-up between: then the view only takes the new
 * data.
 */

import { STYLES } from "./styles.js";
import { LiveView } from "./view.js";

const mounted = new WeakMap(); // from the component's shadow root to what stands in it

/** component: { data, parentElement, setStateValue, setTriggerValue }. Returns what unmounts the view. */
export function mount(component) {
  const { data, parentElement: root } = component;
  const place = mounted.get(root);
  if (place) {
    place.component = component;
    place.view.take(data);
  } else {
    mounted.set(root, show(component));
  }
  // Streamlit also calls the clean-up of a mount that was overtaken, and may do so before it calls the next one. The
  // component is gone only where its element has left the page.
  return () => {
    if (!root.isConnected && mounted.has(root)) {
      mounted.get(root).view.dispose();
      mounted.delete(root);
    }
  };
}

/** The styles come with the view, so it is never seen without them. */
function show(component) {
  const { data, parentElement: root } = component;
  const place = { component };
  place.view = new LiveView(root.host, data, {
    run: (run) => place.component.setStateValue("run", run),
    change: (settings, members = []) => place.component.setTriggerValue("change", { settings, members }),
  });
  root.adoptedStyleSheets = STYLES;
  root.append(place.view.root);
  return place;
}
