/*
 * Tells the page's script that the run has come to rest, and a person of which step the numbers are.
 *
 * The live view says on the window when a run comes to rest. The script hears of it once the panel is on the
 * screen: nobody waits for charts that nobody looks at.
 */

const LOOKS_EVERY = 500; // milliseconds between two looks at the step of the run

const places = new WeakMap(); // from the component's element to what stands in it, since Streamlit mounts it again

export default function mount({ data: bytes, parentElement, setTriggerValue }) {
  const known = places.get(parentElement);
  const place = known ?? prepare(parentElement);
  place.data = JSON.parse(new TextDecoder().decode(bytes));
  place.report = (rest) => setTriggerValue("rest", rest);
  const number = ++place.mounts;
  if (!known) {
    place.pending = resting(place);
  }
  say(place);
  return () => {
    if (place.mounts === number) {
      places.delete(parentElement);
      place.stop();
    }
  };
}

function prepare(parentElement) {
  const line = document.createElement("span");
  line.dataset.testid = "rest-status";
  parentElement.append(line);
  const place = { line, mounts: 0, pending: null, seen: false };
  const rested = ({ detail }) => {
    place.pending = detail;
    report(place);
  };
  const observer = new IntersectionObserver((entries) => {
    place.seen = entries.at(-1).isIntersecting;
    report(place);
  });
  window.addEventListener("moe-lab:rest", rested);
  observer.observe(line);
  const clock = setInterval(() => place.seen && !document.hidden && say(place), LOOKS_EVERY);
  place.stop = () => {
    window.removeEventListener("moe-lab:rest", rested);
    observer.disconnect();
    clearInterval(clock);
    line.remove();
  };
  places.set(parentElement, place);
  return place;
}

/** The run that came to rest before there was a panel to hear of it, as a page may be drawn after its view; or null. */
function resting(place) {
  const { run, state, step } = liveView(place) ?? {};
  return run && ["paused", "diverged"].includes(state) ? { run, step: Number(step) } : null;
}

/** A run that trains again by now will come to rest another time. */
function report(place) {
  if (place.pending && place.seen) {
    if (liveView(place)?.state !== "running") {
      place.report(place.pending);
    }
    place.pending = null;
  }
}

/** Of which step the numbers are, and where the run is now if it is elsewhere. */
function say({ line, data }) {
  const now = liveView({ data });
  let text = data.step === null ? data.labels.nothing : data.labels.measured.replace("{step}", data.step);
  if (data.step !== null && now?.run && now.run !== data.run) {
    text += ` ${data.labels.another}`;
  } else if (data.step !== null && now?.run && Number(now.step) !== data.step) {
    text += ` ${data.labels.elsewhere.replace("{step}", now.step)}`;
  }
  if (line.textContent !== text) {
    line.textContent = text;
  }
}

/** What the page's live view says of itself in its data attributes. It stands in a shadow tree of its own. */
function liveView({ data }) {
  const within = document.querySelectorAll(`.${data.view}, .${data.view} *`);
  const roots = [...within].map((element) => element.shadowRoot).filter(Boolean);
  return roots.map((root) => root.querySelector("[data-testid=live-view]")).find(Boolean)?.dataset;
}
