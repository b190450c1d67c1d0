// Parallel coordinates: dragging along an axis keeps the runs that pass through that stretch; several axes narrow together.
// A press without a drag lets the axis go.
const FEWEST = 4; // units of the picture, below which a drag was a press
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
