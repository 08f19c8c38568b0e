/* A class is a shape, never a colour: colours belong to experts. Every second shape is filled. */

const FULL_TURN = 2 * Math.PI;

/** Corners at equal angles, the first one at `turn` (in full turns, clockwise from the right); `waist` makes a star. */
function polygon(corners, turn, waist = 1) {
  const count = waist === 1 ? corners : 2 * corners;
  return (path, x, y, radius) => {
    for (let i = 0; i < count; i++) {
      const angle = FULL_TURN * (turn + i / count);
      const reach = radius * (i % 2 === 1 ? waist : 1);
      const corner = [x + reach * Math.cos(angle), y + reach * Math.sin(angle)];
      i === 0 ? path.moveTo(...corner) : path.lineTo(...corner);
    }
    path.closePath();
  };
}

function circle(path, x, y, radius) {
  path.moveTo(x + 0.88 * radius, y);
  path.arc(x, y, 0.88 * radius, 0, FULL_TURN);
}

const UP = -0.25;
const SHAPES = [
  circle,
  polygon(3, UP),
  polygon(4, 0.125),
  polygon(4, 0),
  polygon(5, UP, 0.45),
  polygon(3, 0.25),
  polygon(6, 0),
  polygon(4, 0, 0.35),
  polygon(5, UP),
  polygon(4, 0.125, 0.35),
];

/** Draw the marks of all points at once; points are [x, y] pairs in the context's units. */
export function drawShapes(context, shape, points, radius, { fill, ink, line }) {
  const path = new Path2D();
  for (const [x, y] of points) {
    SHAPES[shape % SHAPES.length](path, x, y, radius);
  }
  context.lineJoin = "round";
  context.lineWidth = line;
  context.fillStyle = shape % 2 ? ink : fill;
  context.strokeStyle = shape % 2 ? fill : ink;
  context.fill(path);
  context.stroke(path);
}
