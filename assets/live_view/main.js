/*
 * The live view as a Streamlit component. Streamlit calls `mount` when the component appears and again whenever its
 * script ran or the theme changed, on the same element and with no clean-up between: then the view only takes the new
 * data.
 *
 * This file is small so that the styles and all other modules are asked for at the same moment.
 */

/** The style sheets of the view, in the order in which they apply: one for each part. */
const STYLES = [
  "base",
  "layout",
  "transport",
  "stage",
  "cards",
  "draw",
  "curves",
  "inspector",
  "timeline",
  "stages",
  "narrator",
  "export",
  "status",
  "home",
];

const mounted = new WeakMap(); // from the component's element to what stands in it

/** component: { data, parentElement, setStateValue, setTriggerValue }. Returns what unmounts the view. */
export async function mount(component) {
  const parent = component.parentElement;
  const place = mounted.get(parent) ?? prepare(component);
  place.component = component;
  const number = ++place.mounts;
  const isNewest = () => mounted.get(parent) === place && place.mounts === number;

  const { LiveView } = await import("./view.js");
  if (isNewest()) {
    if (place.view) {
      place.view.take(component.data);
    } else {
      show(place, LiveView);
    }
  }
  // Streamlit also calls the clean-up of a mount that was overtaken, and may do so before it calls the next one. The
  // component is gone only where its element has left the page.
  return () => {
    if (isNewest() && !parent.isConnected) {
      mounted.delete(parent);
      place.view.dispose();
      place.styles.forEach((styles) => styles.remove());
    }
  };
}

function prepare({ data, parentElement }) {
  const styles = STYLES.map((name) => styleSheet(name, data.version));
  const styled = Promise.all(styles.map(settled));
  const place = { mounts: 0, styles, styled };
  parentElement.append(...styles);
  mounted.set(parentElement, place);
  return place;
}

function styleSheet(name, version) {
  const address = new URL(`styles/${name}.css`, import.meta.url);
  address.search = new URLSearchParams({ v: version });
  return Object.assign(document.createElement("link"), { rel: "stylesheet", href: address.href });
}

/** A style sheet that cannot be had is not waited for longer. */
function settled(styles) {
  return new Promise((resolve) => {
    styles.addEventListener("load", resolve);
    styles.addEventListener("error", resolve);
  });
}

function show(place, LiveView) {
  const { data, parentElement: parent } = place.component;
  place.view = new LiveView(parent.host ?? parent, data, {
    run: (run) => place.component.setStateValue("run", run),
    change: (settings, twin = {}) => place.component.setTriggerValue("change", { settings, twin }),
  });
  // Without its styles the view would show for a moment as bare boxes. Hidden, it has no size and draws nothing.
  place.view.root.hidden = true;
  place.styled.then(() => (place.view.root.hidden = false));
  parent.append(place.view.root);
}
