// One plot of curves in the colours, shapes and dashes of their runs. Dragging zooms, a double click goes back.
import { since } from "./chart-data.js";
import { color, hidden, lit, markOf } from "./chart-legend.js";
import { drawShapes } from "./chart-shapes.js";
import { showValues } from "./chart-tip.js";

export function makePlot(figure, place, decoded, zoom, look) {
  const plot = new uPlot(options(figure, place, decoded, look), decoded.data, place);
  const { count, low, high } = decoded.series[0]?.curve ?? {};
  if (decoded.series.length && figure.dataset.single !== undefined)
    place.setAttribute("aria-label", `Curve of ${figure.dataset.key}: ${count} point${count === 1 ? "" : "s"}, lowest ${low}, highest ${high}`);
  const unit = decoded.axis === "step" ? 1 : 1000;
  if (zoom) plot.setScale("x", { min: zoom.low / unit, max: zoom.high / unit });
  plot.isReady = true;
  return plot;
}

function options(figure, place, decoded, look) {
  const { series, axis, isTime, isLog, range } = decoded;
  const base = { stroke: color("chart-ink"), font: "12px system-ui, sans-serif", ticks: { show: false } };
  const values = (_, marks) => marks.map((mark) => (mark === null ? "" : short(mark)));
  const acrossValues = axis === "since" ? { values: (_, marks) => marks.map(since) } : axis === "step" ? { values } : {};
  const unit = axis === "step" ? 1 : 1000;
  return {
    width: place.clientWidth || 300,
    height: Number(figure.dataset.height),
    padding: [8, 8, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: isTime, distr: figure.dataset.across === "log" && axis === "step" && decoded.data[0][0] > 0 ? 3 : 1 },
      y: { distr: isLog ? 3 : 1, ...(range && { range }) },
    },
    axes: [
      { ...base, grid: { show: false }, size: 26, ...acrossValues },
      { ...base, grid: { stroke: color("chart-grid"), width: 1 }, size: 56, values },
    ],
    series: [{}, ...series.map(line)],
    focus: { alpha: 0.15 },
    cursor: {
      y: false,
      sync: { key: axis, setSeries: false },
      points: { size: 7 },
      bind: { dblclick: () => () => look(null) },
    },
    hooks: {
      setCursor: [(plot) => showValues(figure, plot, decoded)],
      setScale: [(plot, key) => key === "x" && plot.isReady && look(between(plot.scales.x, unit))],
      draw: [(plot) => drawShapes(plot, series)],
    },
  };
}

const between = ({ min, max }, unit) => ({ low: Math.floor(min * unit), high: Math.ceil(max * unit) });

function line(each) {
  const { curve, isTrend, hasTrend } = each;
  const { stroke, dash } = markOf(curve.run);
  const width = isTrend ? 2 : hasTrend ? 1 : 1.75;
  const points = { show: curve.x.length < 2 || undefined, size: 5 };
  return { label: curve.run, stroke, dash: hasTrend ? [] : dash, alpha: alphaOf(each), width, show: !hidden.has(curve.run), points };
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

const short = (mark) => (mark && (Math.abs(mark) >= 1e5 || Math.abs(mark) < 1e-3) ? mark.toExponential(1).replace("e+", "e") : `${+mark.toPrecision(6)}`);
