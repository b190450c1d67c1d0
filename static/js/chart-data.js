// What the server says of curves, as uPlot wants it: one common x, a column for each curve and for each smoothed curve.
const INFINITE = Number.MAX_VALUE; // how an infinity is stored

// → { data: [xs, ...columns], series: [{ curve, isTrend }], isTime, isSince, isLog, range }
export function decode({ axis, curves }, { scale, outliers }) {
  const isTime = axis === "time";
  const unit = axis === "step" ? 1 : 1000;
  const isLog = scale === "log";
  const series = [];
  const tables = [];
  for (const curve of curves) {
    curve.xs ??= add(curve.x, unit);
    series.push({ curve, isTrend: false, hasTrend: Boolean(curve.tx) });
    tables.push([curve.xs, curve.y.map((value) => drawable(value, isLog))]);
    if (!curve.tx) continue;
    curve.txs ??= add(curve.tx, unit);
    series.push({ curve, isTrend: true });
    tables.push([curve.txs, curve.ty.map((value) => drawable(value, isLog))]);
  }
  const data = tables.length ? uPlot.join(tables) : [[]];
  return { data, series, axis, isTime, isLog, range: outliers === "ignore" ? middle(tables) : null };
}

// Each x comes as its distance from the one before.
function add(steps, unit) {
  let at = 0;
  return steps.map((step) => (at += step) / unit);
}

function drawable(value, isLog) {
  if (value === null || Math.abs(value) >= INFINITE || (isLog && value <= 0)) return null;
  return Math.max(-8e307, Math.min(8e307, value)); // beyond it their distance would be no number
}

// Without the lowest and the highest twentieth of all that is drawn.
function middle(tables) {
  const values = tables.flatMap(([, ys]) => ys.filter((value) => value !== null)).sort((a, b) => a - b);
  if (values.length < 20) return null;
  const [low, high] = [values[Math.floor(values.length * 0.05)], values[Math.ceil(values.length * 0.95) - 1]];
  return low < high ? [low, high] : null;
}

// The index of the sample that lies nearest to x.
export function nearest(xs, x) {
  let [low, high] = [0, xs.length - 1];
  while (high - low > 1) {
    const half = (low + high) >> 1;
    if (xs[half] <= x) low = half;
    else high = half;
  }
  return Math.abs(xs[high] - x) < Math.abs(xs[low] - x) ? high : low;
}

export function exact(value) {
  if (value === null || value === undefined) return "NaN";
  if (Math.abs(value) >= INFINITE) return value > 0 ? "∞" : "−∞";
  return String(value);
}

export function place(axis, x) {
  if (axis === "step") return `step ${x}`;
  if (axis === "since") return `after ${since(x)}`;
  return Math.abs(x) < 8e12 ? new Date(x * 1000).toISOString().slice(0, 19).replace("T", " ") : `${x} s`;
}

export function since(seconds) {
  const [sign, total] = [seconds < 0 ? "−" : "", Math.abs(seconds)];
  if (total < 60) return `${sign}${+total.toPrecision(3)} s`;
  const parts = [Math.floor(total / 3600), Math.floor((total / 60) % 60), Math.floor(total % 60)];
  return sign + parts.map((part, index) => (index ? String(part).padStart(2, "0") : part)).join(":");
}
