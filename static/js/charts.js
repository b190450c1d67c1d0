// figure[data-chart]: draws its curves once it is seen. They come from data-source of [data-charts] around it, again when
// one zooms (with the points between), when a run goes on, and when the colours of the page change.
import { decode } from "./chart-data.js";
import { makePlot, renew, restyle } from "./chart-plot.js";

const drawn = new Map(); // figure → { plot, decoded, answer, zoom, asked }
const zooms = new Map(); // outlive a figure that is replaced by its like

const seen = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      load(target);
    }
  },
  { rootMargin: "300px" },
);
const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const plot = drawn.get(target.closest("[data-chart]"))?.plot;
    if (plot && target.clientWidth && plot.width !== target.clientWidth) plot.setSize({ width: target.clientWidth, height: plot.height });
  }
});

document.addEventListener("htmx:load", ({ detail: { elt } }) => {
  const figures = elt.matches?.("[data-chart]") ? [elt] : elt.querySelectorAll("[data-chart]");
  for (const figure of figures) seen.observe(figure);
});
document.addEventListener("htmx:beforeCleanupElement", ({ detail: { elt } }) => forget(elt));
document.addEventListener("charts:refresh", () => [...drawn.keys()].forEach((figure) => seen.observe(figure))); // what is seen
document.addEventListener("charts:restyle", () => [...drawn.values()].forEach(({ plot, decoded }) => plot && restyle(plot, decoded)));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => [...drawn.keys()].forEach((figure) => draw(figure, true)));

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
  const wait = response?.headers.get("Retry-After"); // seconds: others' charts are being read
  if (wait) return void setTimeout(() => figure.isConnected && seen.observe(figure), wait * 1000);
  figure.toggleAttribute("data-failed", !response?.ok);
  if (!response?.ok) return;
  state.answer = await response.json();
  draw(figure);
}

function draw(figure, isNew = false) {
  const state = drawn.get(figure);
  if (!state?.answer) return;
  const place = figure.querySelector(".chart-plot");
  const decoded = decode(state.answer, figure.dataset);
  const names = decoded.series.map(({ curve, isTrend }) => `${curve.run} ${isTrend}`).join();
  if (state.plot && state.names === names && !isNew) {
    return renew(figure, state.plot, Object.assign(state.decoded, decoded), state.zoom);
  }
  state.plot?.destroy();
  Object.assign(state, { decoded, names });
  state.plot = makePlot(figure, place, decoded, state.zoom, (zoom) => look(figure, state, zoom));
  sizes.observe(place);
  figure.toggleAttribute("data-drawn", true);
}

// The stretch is asked for again, for the points in it that were thinned out before.
function look(figure, state, zoom) {
  state.zoom = zoom;
  zoom ? zooms.set(figure.dataset.chart, zoom) : zooms.delete(figure.dataset.chart);
  load(figure);
}

function forget(figure) {
  drawn.get(figure)?.plot?.destroy();
  drawn.delete(figure);
}
