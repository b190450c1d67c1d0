// What the server says of curves, as uPlot wants it: one common x, a column for each curve and for each smoothed curve.
const INFINITE = Number.MAX_VALUE; // how an infinity is stored

// → { data: [xs, ...columns], series: [{ curve, isTrend }], axis, isTime, isLog, factor, range }
export function decode({ axis, curves }, { scale, outliers }) {
  const unit = axis === "step" ? 1 : 1000;
  const isLog = scale === "log";
  const factor = factorOf(curves.flatMap(({ y }) => y));
  const series = [];
  const tables = [];
  const put = (xs, ys, each) => {
    series.push(each);
    tables.push([xs, ys.map((value) => (isDrawn(value, isLog) ? value / factor : null))]);
  };
  for (const curve of curves) {
    curve.xs ??= add(curve.x, unit);
    put(curve.xs, curve.y, { curve, isTrend: false, hasTrend: Boolean(curve.tx) });
    if (!curve.tx) continue;
    curve.txs ??= add(curve.tx, unit);
    put(curve.txs, curve.ty, { curve, isTrend: true });
  }
  const data = tables.length ? uPlot.join(tables) : [[]];
  return { data, series, axis, isTime: axis === "time", isLog, factor, range: outliers === "ignore" ? middle(tables) : null };
}

// Each x comes as its distance from the one before.
function add(steps, unit) {
  let at = 0;
  return steps.map((step) => (at += step) / unit);
}

const isDrawn = (value, isLog) => value !== null && Math.abs(value) < INFINITE && !(isLog && value <= 0);

// Numbers beyond what an axis can count in are drawn as so many times a power of ten.
function factorOf(values) {
  const most = values.reduce((high, value) => (isDrawn(value) ? Math.max(high, Math.abs(value)) : high), 0);
  return most && (most > 1e25 || most < 1e-25) ? 10 ** Math.max(-300, Math.floor(Math.log10(most))) : 1;
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
