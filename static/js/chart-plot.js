// One plot of curves in the colours, shapes and dashes of their runs. Dragging zooms, a double click goes back.
import { axes } from "./chart-axes.js";
import { hidden, lit, markOf } from "./chart-legend.js";
import { drawShapes } from "./chart-shapes.js";
import { showValues } from "./chart-tip.js";

export function makePlot(figure, place, decoded, zoom, look) {
  const plot = new uPlot(options(figure, place, decoded, look), decoded.data, place);
  place.chart = { plot, look, unit: unitOf(decoded.axis) };
  if (zoom) goTo(plot, decoded, zoom);
  say(figure, place, decoded);
  return plot;
}

// What has come since, put into the plot that is there: cursor, zoom and focus stay.
export function renew(figure, plot, decoded, zoom) {
  plot.setData(decoded.data, !zoom);
  if (zoom) goTo(plot, decoded, zoom);
  say(figure, plot.root.parentElement, decoded);
}
const unitOf = (axis) => (axis === "step" ? 1 : 1000);
const goTo = (plot, { axis }, { low, high }) => plot.setScale("x", { min: low / unitOf(axis), max: high / unitOf(axis) });

function say(figure, place, { series, data }) {
  figure.toggleAttribute("data-empty", !data.slice(1).some((ys) => ys.some(Number.isFinite)));
  if (figure.dataset.single === undefined || !series.length) return;
  const { count, low, high } = series[0].curve;
  place.setAttribute("aria-label", `Curve of ${figure.dataset.key}: ${count} point${count === 1 ? "" : "s"}, lowest ${low}, highest ${high}`);
}

function options(figure, place, decoded, look) {
  const { series, axis, isTime, isLog, range } = decoded;
  const isLogAcross = figure.dataset.across === "log" && axis === "step" && decoded.data[0][0] > 0;
  return {
    width: place.clientWidth || 300,
    height: Number(figure.dataset.height),
    padding: [8, 8, 0, 0],
    legend: { show: false },
    scales: { x: { time: isTime, distr: isLogAcross ? 3 : 1 }, y: { distr: isLog ? 3 : 1, ...(range && { range }) } },
    ...axes(decoded),
    series: [{}, ...series.map(line)],
    cursor: {
      y: false,
      sync: { key: axis, setSeries: false },
      points: { size: 7 },
      bind: { dblclick: () => () => look(null) },
    },
    hooks: {
      setCursor: [(plot) => showValues(figure, plot, decoded)],
      setSelect: [(plot) => plot.select.width > 0 && look(between(plot, unitOf(axis)))],
      draw: [(plot) => drawShapes(plot, decoded.series)],
    },
  };
}

function between(plot, unit) {
  const [low, high] = [plot.select.left, plot.select.left + plot.select.width].map((at) => plot.posToVal(at, "x") * unit);
  return { low: Math.floor(low), high: Math.ceil(high) };
}

function line(each) {
  const { curve, isTrend, hasTrend } = each;
  const { stroke, dash } = markOf(curve.run);
  const looks = { width: isTrend ? 2 : hasTrend ? 1 : 1.75, points: { show: curve.x.length < 2 || undefined, size: 5 } };
  return { label: curve.run, stroke, dash: hasTrend ? [] : dash, alpha: alphaOf(each), show: !hidden.has(curve.run), ...looks };
}

// A curve that has a smoothed one stays behind it, faintly; one that is pointed at stands before all others.
const alphaOf = ({ curve, hasTrend }) => (hasTrend ? 0.28 : 1) * (lit() && lit() !== curve.run ? 0.15 : 1);

export function restyle(plot, { series }) {
  plot.batch(() => {
    series.forEach((each, index) => {
      const show = !hidden.has(each.curve.run);
      plot.series[index + 1].alpha = alphaOf(each);
      if (plot.series[index + 1].show !== show) plot.setSeries(index + 1, { show });
    });
    plot.redraw(false);
  });
}
