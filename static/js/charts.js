// figure[data-chart]: draws its curves once it is seen. They come from data-source of [data-charts] around it, again when
// one zooms (with the points between), when a run goes on, and when the colours of the page change.
import { decode } from "./chart-data.js";
import { makePlot, restyle } from "./chart-plot.js";

const drawn = new Map(); // figure → { plot, decoded, answer, zoom, asked }
const zooms = new Map(); // outlive a figure that is replaced by its like
const PAUSE_MS = 250;
const EARLY_PX = "300px";

const seen = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      load(target);
    }
  },
  { rootMargin: EARLY_PX },
);
const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const figure = target.closest("[data-chart]");
    const plot = drawn.get(figure)?.plot;
    if (plot && target.clientWidth && plot.width !== target.clientWidth) plot.setSize({ width: target.clientWidth, height: plot.height });
  }
});

document.addEventListener("htmx:load", ({ detail: { elt } }) => {
  const figures = elt.matches?.("[data-chart]") ? [elt] : elt.querySelectorAll("[data-chart]");
  for (const figure of figures) seen.observe(figure);
});
document.addEventListener("htmx:beforeCleanupElement", ({ detail: { elt } }) => forget(elt));
document.addEventListener("charts:refresh", () => [...drawn.keys()].forEach((figure) => load(figure)));
document.addEventListener("charts:restyle", () => [...drawn.values()].forEach(({ plot, decoded }) => plot && restyle(plot, decoded)));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => [...drawn.keys()].forEach(draw));

async function load(figure) {
  const { key, chart, size } = figure.dataset;
  const state = drawn.get(figure) ?? { zoom: zooms.get(chart) };
  drawn.set(figure, state);
  const address = new URL(figure.closest("[data-charts]").dataset.source, location.href);
  address.searchParams.set("key", key);
  if (size) address.searchParams.set("size", size);
  for (const [name, at] of Object.entries(state.zoom ?? {})) address.searchParams.set(name, at);
  const asked = (state.asked = Symbol(key));
  const response = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
  if (state.asked !== asked || !figure.isConnected) return;
  figure.toggleAttribute("data-failed", !response?.ok);
  if (!response?.ok) return;
  state.answer = await response.json();
  draw(figure);
}

function draw(figure) {
  const state = drawn.get(figure);
  if (!state?.answer) return;
  const place = figure.querySelector(".chart-plot");
  state.plot?.destroy();
  state.decoded = decode(state.answer, figure.dataset);
  state.plot = makePlot(figure, place, state.decoded, state.zoom, (zoom) => look(figure, state, zoom));
  sizes.observe(place);
  figure.toggleAttribute("data-drawn", true);
}

// A stretch that was thinned is asked for again, for the points that were left out.
function look(figure, state, zoom) {
  state.zoom = zoom;
  if (zoom) zooms.set(figure.dataset.chart, zoom);
  else zooms.delete(figure.dataset.chart);
  clearTimeout(state.timer);
  if (state.answer.thinned || !zoom) state.timer = setTimeout(() => load(figure), PAUSE_MS);
}

function forget(figure) {
  const state = drawn.get(figure);
  state?.plot?.destroy();
  drawn.delete(figure);
}
