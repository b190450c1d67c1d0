// Parallel coordinates: dragging along an axis keeps the runs that pass through that stretch; several axes narrow together.
// A press without a drag lets the axis go. On a focused axis arrows move the stretch, + and - change its length, Escape lets go.
const FEWEST = 4; // units of the picture, below which a drag was a press
const STEPS = 20; // of the keys along an axis
let held = null;

document.addEventListener("pointerdown", (event) => {
  const axis = event.target.closest?.("[data-axis-x]");
  if (!axis || event.button) return;
  event.preventDefault();
  held = { axis, from: heightOf(axis, event) };
  axis.setPointerCapture(event.pointerId);
});

document.addEventListener("pointermove", (event) => {
  if (held) brush(held.axis, held.from, heightOf(held.axis, event));
});

document.addEventListener("pointerup", (event) => {
  if (!held) return;
  if (Math.abs(heightOf(held.axis, event) - held.from) < FEWEST) clear(held.axis);
  held = null;
});

document.addEventListener("keydown", (event) => {
  const axis = event.target.closest?.("[data-axis-x]");
  if (!axis || event.ctrlKey || event.metaKey || event.altKey) return;
  const by = { ArrowUp: [-1, -1], ArrowDown: [1, 1], "+": [-1, 1], "=": [-1, 1], "-": [1, -1] }[event.key];
  if (by) step(axis, by);
  else if (event.key === "Escape") clear(axis);
  else return;
  event.preventDefault();
});

// The stretch's ends go up or down by so many steps, not beyond the axis and not through each other.
function step(axis, [low, high]) {
  const grip = axis.querySelector(".grip");
  const [top, reach] = ["y", "height"].map((name) => Number(grip.getAttribute(name)));
  const unit = reach / STEPS;
  const held = stretchOf(axis) || { low: top, high: top + reach };
  const from = Math.max(top, held.low + low * unit);
  const to = Math.min(top + reach, held.high + high * unit);
  // At an end of the axis a stretch stops whole.
  if (to - from >= unit && (low !== high || to - from > held.high - held.low - unit / 2)) brush(axis, from, to);
}

function heightOf(axis, event) {
  const picture = axis.ownerSVGElement;
  return new DOMPoint(event.clientX, event.clientY).matrixTransform(picture.getScreenCTM().inverse()).y;
}

function brush(axis, from, to) {
  const stretch = axis.querySelector(".brush");
  stretch.setAttribute("y", Math.min(from, to));
  stretch.setAttribute("height", Math.abs(to - from));
  apply(axis.ownerSVGElement);
}

function clear(axis) {
  axis.querySelector(".brush").setAttribute("height", 0);
  apply(axis.ownerSVGElement);
}

function apply(picture) {
  const stretches = [...picture.querySelectorAll("[data-axis-x]")].map(stretchOf).filter(Boolean);
  for (const strand of picture.querySelectorAll("[data-run]")) {
    const path = strand.querySelector(".strand").getAttribute("d");
    const heights = new Map([...path.matchAll(/[ML]([\d.]+) ([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]));
    const passes = stretches.every(({ x, low, high }) => heights.get(x) >= low && heights.get(x) <= high);
    strand.classList.toggle("brushed-out", !passes);
  }
}

function stretchOf(axis) {
  const [low, height] = ["y", "height"].map((name) => Number(axis.querySelector(".brush").getAttribute(name)));
  return height && { x: Number(axis.dataset.axisX), low, high: low + height };
}
