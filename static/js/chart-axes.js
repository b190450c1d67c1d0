// The axes of a plot, in the inks of the page.
import { since } from "./chart-data.js";
import { color } from "./chart-legend.js";

// As pages write moments: in UTC, the day in its order. What changes slowly stands on a second line, where it changes.
const tzDate = (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC");
const DAY = 86400;
const MOMENTS = [
  [365 * DAY, "{YYYY}", null, null, null, null, null, null, 1],
  [28 * DAY, "{MMM}", "\n{YYYY}", null, null, null, null, null, 1],
  [DAY, "{MM}-{DD}", "\n{YYYY}", null, null, null, null, null, 1],
  [60, "{HH}:{mm}", "\n{YYYY}-{MM}-{DD}", null, "\n{MM}-{DD}", null, null, null, 1],
  [1, ":{ss}", "\n{YYYY}-{MM}-{DD} {HH}:{mm}", null, "\n{MM}-{DD} {HH}:{mm}", null, "\n{HH}:{mm}", null, 1],
  [0.001, ":{ss}.{fff}", "\n{YYYY}-{MM}-{DD} {HH}:{mm}", null, "\n{MM}-{DD} {HH}:{mm}", null, "\n{HH}:{mm}", null, 1],
];

export function axes({ axis, factor }) {
  const base = { stroke: color("chart-ink"), font: "12px system-ui, sans-serif", ticks: { show: false } };
  const values = (_, marks) => shortest(marks);
  const upValues = (_, marks) => shortest(marks.map((mark) => (mark === null ? null : mark * factor)));
  const across = { step: { values }, since: { values: (_, marks) => marks.map(since) }, time: { values: MOMENTS, size: 40 } }[axis];
  const made = [
    { ...base, grid: { show: false }, size: 26, ...across },
    { ...base, grid: { stroke: color("chart-grid"), width: 1 }, size: wideEnough, values: upValues },
  ];
  return { tzDate, axes: made };
}

// In as few digits as tell the marks apart.
function shortest(marks) {
  for (let digits = 6; ; digits++) {
    const texts = marks.map((mark) => (mark === null ? "" : written(mark, digits)));
    const shown = texts.filter(Boolean);
    if (digits > 12 || new Set(shown).size === shown.length) return texts;
  }
}

function written(mark, digits) {
  const isPlain = !mark || (Math.abs(mark) < 1e5 && Math.abs(mark) >= 1e-3);
  return isPlain ? `${+mark.toPrecision(digits)}` : mark.toExponential(digits - 5).replace("e+", "e");
}

const wideEnough = (_, texts) => Math.max(62, 14 + 7 * Math.max(0, ...(texts ?? []).map((text) => text.length)));
