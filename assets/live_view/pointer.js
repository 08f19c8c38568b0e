/*
 * Pointing at the picture: with the mouse, a finger, or, once the picture has the focus, the arrow keys. A click or
 * Enter pins the place. Places are shares of the picture's width and height, from its upper left corner.
 */

const KEY_STEP = 0.02;
const LARGE_STEP = 0.1; // with Shift
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const CENTRE = { x: 0.5, y: 0.5 };

/**
 * events: point(place or null), move(place) by a key, pin(place), place() gives what is pointed at or pinned, or null.
 * drag: whether the pinned place is dragged along by a pressed pointer.
 */
export function listenToPointer(canvas, surface, events) {
  const placeOf = ({ offsetX, offsetY }) => bounded({ x: offsetX / surface.width, y: offsetY / surface.height });
  canvas.addEventListener("pointermove", (event) => {
    if (events.drag && event.buttons === 1) {
      events.pin(placeOf(event));
    } else if (event.pointerType !== "touch") {
      events.point(placeOf(event));
    }
  });
  canvas.addEventListener("pointerdown", (event) => events.drag && canvas.setPointerCapture(event.pointerId));
  canvas.addEventListener("pointerleave", () => events.point(null));
  canvas.addEventListener("click", (event) => {
    event.stopPropagation(); // the picture keeps the focus, so that the arrow keys go on from here
    events.pin(placeOf(event));
  });
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const arrow = ARROWS[event.key];
    if (arrow) {
      const { x, y } = events.place() ?? CENTRE;
      const step = event.shiftKey ? LARGE_STEP : KEY_STEP;
      events.move(bounded({ x: x + step * arrow[0], y: y + step * arrow[1] }));
    } else if (event.key === "Enter") {
      events.pin(events.place() ?? CENTRE);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  });
}

function bounded({ x, y }) {
  const inside = (share) => Math.min(0.9999, Math.max(0, share));
  return { x: inside(x), y: inside(y) };
}
