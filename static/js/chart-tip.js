// The exact values of every curve at the place one points at, the highest first; of very many those nearest to it.
import { exact, nearest, place } from "./chart-data.js";
import { hidden, markOf } from "./chart-legend.js";

const MOST = { small: 10, large: 24 };

export function showValues(figure, plot, { series, axis, factor }) {
  const at = plot.cursor.idx;
  const isHere = at !== null && at !== undefined && (plot.over.matches(":hover") || plot.root.parentElement.matches(":focus"));
  const x = isHere ? plot.data[0][at] : null;
  const curves = series.filter(({ curve, isTrend }) => !isTrend && !hidden.has(curve.run)).map(({ curve }) => curve);
  if (figure.dataset.single !== undefined) return read(figure, isHere, axis, x, curves[0]);
  const tip = figure.querySelector(".chart-tip");
  tip.hidden = !isHere;
  if (!isHere) return;
  const isRight = plot.cursor.left > plot.over.clientWidth / 2;
  tip.classList.toggle("at-start", isRight);
  const height = plot.posToVal(plot.cursor.top, "y") * factor;
  const rows = curves.filter(({ xs }) => xs.length && x >= xs[0] && x <= xs.at(-1)).map((curve) => value(curve, x));
  const most = MOST[figure.dataset.size || "small"];
  const near = [...rows].sort((a, b) => Math.abs(a.y - height) - Math.abs(b.y - height)).slice(0, most);
  const shown = near.sort((a, b) => (b.y ?? -Infinity) - (a.y ?? -Infinity));
  tip.hidden = !rows.length;
  const more = rows.length > most ? [text("li", `and ${rows.length - most} more`, "muted")] : [];
  tip.replaceChildren(text("p", place(axis, x)), list([...shown.map((row) => item(row, axis, x)), ...more]));
}

function value(curve, x) {
  const index = nearest(curve.xs, x);
  return { curve, x: curve.xs[index], y: curve.y[index] };
}

// A single curve needs no list: its value stands above it, where the latest one is else.
function read(figure, isHere, axis, x, curve) {
  const readout = figure.querySelector(".chart-readout");
  if (!readout || !curve) return;
  readout.dataset.latest ??= readout.textContent;
  readout.textContent = isHere ? `${place(axis, x)}: ${exact(value(curve, x).y)}` : readout.dataset.latest;
}

function item({ curve, x, y }, axis, wanted) {
  const row = document.createElement("li");
  const sign = markOf(curve.run).sign?.cloneNode(true);
  const name = document.querySelector(`[data-legend="${CSS.escape(curve.run)}"]`)?.textContent.trim() ?? "";
  row.append(...(sign ? [sign] : []), text("span", name, "truncate"), text("b", exact(y)));
  if (x !== wanted) row.append(text("small", place(axis, x)));
  return row;
}

function list(rows) {
  const made = document.createElement("ul");
  made.append(...rows);
  return made;
}

function text(tag, content, className = "") {
  return Object.assign(document.createElement(tag), { textContent: content, className });
}
