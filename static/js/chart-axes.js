// The axes of a plot, in the inks of the page.
import { since } from "./chart-data.js";
import { color } from "./chart-legend.js";

export function axes({ axis, factor }) {
  const base = { stroke: color("chart-ink"), font: "12px system-ui, sans-serif", ticks: { show: false } };
  const values = (_, marks) => marks.map((mark) => (mark === null ? "" : short(mark)));
  const upValues = (plot, marks) => values(plot, marks.map((mark) => (mark === null ? null : mark * factor)));
  const across = { step: { values }, since: { values: (_, marks) => marks.map(since) }, time: {} }[axis];
  return [
    { ...base, grid: { show: false }, size: 26, ...across },
    { ...base, grid: { stroke: color("chart-grid"), width: 1 }, size: 62, values: upValues },
  ];
}

function short(mark) {
  const isPlain = !mark || (Math.abs(mark) < 1e5 && Math.abs(mark) >= 1e-3);
  return isPlain ? `${+mark.toPrecision(6)}` : mark.toExponential(1).replace("e+", "e");
}
