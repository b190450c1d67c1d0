// figure[data-chart]: draws its data-series with uPlot in the colours of the page, again when these or the data
// change. Dragging zooms, a double click goes back; the zoom outlives a refresh of the figure.
const drawn = new Map();
const zooms = new Map();

document.addEventListener("htmx:load", (event) => drawAll(event.detail.elt));
document.addEventListener("htmx:beforeCleanupElement", (event) => forget(event.detail.elt));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll(document));
new ResizeObserver(() => {
  for (const [figure, plot] of drawn) plot.setSize({ width: figure.clientWidth, height: plot.height });
}).observe(document.body);

function drawAll(root) {
  const figures = root.matches?.("[data-chart]") ? [root] : root.querySelectorAll("[data-chart]");
  for (const figure of figures) draw(figure);
}

function draw(figure) {
  const { scale, axis, chart, series } = figure.dataset;
  const { x, y } = JSON.parse(series);
  const xs = axis === "time" ? x.map((ms) => ms / 1000) : x;
  const ys = scale === "log" ? y.map((value) => (value > 0 ? value : null)) : y;
  const place = figure.querySelector(".chart-plot");
  const zoom = zooms.get(chart);
  forget(figure);
  const plot = new uPlot(options(figure, axis === "time", scale === "log"), [xs, ys], place);
  drawn.set(figure, plot);
  if (zoom) plot.setScale("x", zoom);
}

function forget(figure) {
  drawn.get(figure)?.destroy();
  drawn.delete(figure);
}

function options(figure, isTime, isLog) {
  const axis = { stroke: color("chart-ink"), font: "12px system-ui, sans-serif", ticks: { show: false } };
  const values = (_, marks) => marks.map((mark) => (mark === null ? "" : short(mark)));
  return {
    width: figure.clientWidth,
    height: Number(figure.dataset.height),
    padding: [8, 8, 0, 0],
    legend: { show: false },
    scales: { x: { time: isTime }, y: { distr: isLog ? 3 : 1 } },
    axes: [{ ...axis, grid: { show: false }, size: 26 }, { ...axis, grid: { stroke: color("chart-grid"), width: 1 }, size: 56, values }],
    series: [{}, { stroke: color("chart-line"), width: 1.75, points: { size: 5 } }],
    cursor: { y: false, points: { size: 7 } },
    hooks: {
      setCursor: [(plot) => read(figure, plot, isTime)],
      setScale: [(plot, key) => key === "x" && remember(figure, plot)],
    },
  };
}

function read(figure, { cursor, data: [xs, ys] }, isTime) {
  const readout = figure.querySelector(".chart-readout");
  readout.dataset.latest ??= readout.textContent;
  const at = cursor.idx ?? -1;
  const where = isTime && at >= 0 ? new Date(xs[at] * 1000).toISOString().slice(0, 19).replace("T", " ") : `step ${xs[at]}`;
  readout.textContent = at < 0 ? readout.dataset.latest : `${where}: ${ys[at] ?? "NaN"}`;
}

function remember(figure, { scales: { x }, data: [xs] }) {
  if (x.min > xs[0] || x.max < xs.at(-1)) zooms.set(figure.dataset.chart, { min: x.min, max: x.max });
  else zooms.delete(figure.dataset.chart);
}

function color(name) {
  const probe = Object.assign(document.createElement("span"), { className: name });
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

const short = (mark) => (mark && (Math.abs(mark) >= 1e5 || Math.abs(mark) < 1e-3) ? mark.toExponential(1).replace("e+", "e") : `${+mark.toPrecision(6)}`);
