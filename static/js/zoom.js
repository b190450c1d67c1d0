// A picture drawn larger or smaller: by buttons, by + and - and 0, by Ctrl and the wheel; dragged when it is larger.
const SMALLEST = 0.05;
const LARGEST = 32;

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-zoom-by], [data-zoom-to]");
  const figure = button?.closest("[data-zoom]");
  if (!figure) return;
  if (button.dataset.zoomTo === "fit") show(figure, null);
  else show(figure, button.dataset.zoomTo ? 1 : scaleOf(figure) * Number(button.dataset.zoomBy));
});

document.addEventListener("keydown", (event) => {
  const figure = event.target.closest?.("[data-zoom-pane]")?.closest("[data-zoom]");
  if (!figure || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "+" || event.key === "=") show(figure, scaleOf(figure) * 2);
  else if (event.key === "-") show(figure, scaleOf(figure) / 2);
  else if (event.key === "0") show(figure, null);
  else return;
  event.preventDefault();
});

document.addEventListener("wheel", wheel, { passive: false });

function wheel(event) {
  const figure = event.ctrlKey && event.target.closest?.("[data-zoom-pane]")?.closest("[data-zoom]");
  if (!figure) return;
  event.preventDefault();
  show(figure, scaleOf(figure) * (event.deltaY < 0 ? 1.25 : 0.8));
}

document.addEventListener("pointerdown", (event) => {
  const pane = event.target.closest?.(".is-zoomed[data-zoom-pane]");
  if (!pane || event.pointerType !== "mouse" || event.button) return;
  event.preventDefault();
  pane.focus({ preventScroll: true });
  const move = (moved) => pane.scrollBy(-moved.movementX, -moved.movementY);
  const end = () => document.removeEventListener("pointermove", move);
  document.addEventListener("pointermove", move);
  document.addEventListener("pointerup", end, { once: true });
  document.addEventListener("pointercancel", end, { once: true });
});

document.addEventListener("htmx:load", (event) => event.target.querySelectorAll?.("[data-zoom]").forEach(begin));
document.querySelectorAll("[data-zoom]").forEach(begin);
window.addEventListener("resize", () => document.querySelectorAll("[data-zoom]").forEach(say));

function begin(figure) {
  const picture = figure.querySelector("img");
  if (picture.complete) say(figure);
  else picture.addEventListener("load", () => say(figure), { once: true });
}

function scaleOf(figure) {
  const picture = figure.querySelector("img");
  return picture.naturalWidth ? picture.getBoundingClientRect().width / picture.naturalWidth : 1;
}

// Null fits it into the pane. What stood in the middle of the pane stays there.
function show(figure, scale) {
  const pane = figure.querySelector("[data-zoom-pane]");
  const picture = figure.querySelector("img");
  const across = (pane.scrollLeft + pane.clientWidth / 2) / pane.scrollWidth;
  const down = (pane.scrollTop + pane.clientHeight / 2) / pane.scrollHeight;
  const wanted = scale && Math.min(LARGEST, Math.max(SMALLEST, scale));
  pane.classList.toggle("is-zoomed", Boolean(wanted));
  picture.width = Math.round(picture.naturalWidth * (wanted || 1));
  pane.scrollTo(across * pane.scrollWidth - pane.clientWidth / 2, down * pane.scrollHeight - pane.clientHeight / 2);
  say(figure);
}

function say(figure) {
  figure.querySelector("[data-zoom-scale]").textContent = `${Math.round(scaleOf(figure) * 100)} %`;
}
