// The shapes of the runs upon their curves.
import { hidden, lit, markOf } from "./chart-legend.js";

const FEW = 16; // curves that carry their shape more than once

// Shapes tell curves apart where colours don't; a single curve needs none.
export function drawShapes(plot, series) {
  const runs = new Set(series.map(({ curve }) => curve.run));
  if (runs.size < 2) return;
  [...runs].forEach((run, order) => {
    const index = series.findLastIndex(({ curve }) => curve.run === run);
    if (hidden.has(run) || (lit() && lit() !== run)) return;
    const { curve, isTrend } = series[index];
    const [xs, ys] = [isTrend ? curve.txs : curve.xs, plot.data[index + 1]];
    const shares = runs.size > FEW ? [1] : [(order * 0.13) % 0.5, 0.5 + ((order * 0.13) % 0.45), 1];
    for (const share of shares) stamp(plot, markOf(run), xs[Math.round(share * (xs.length - 1))], ys);
  });
}

function stamp(plot, { stroke, shape }, x, ys) {
  const y = ys[plot.valToIdx(x)];
  const { min, max } = plot.scales.x;
  if (y === null || y === undefined || x < min || x > max) return;
  const { ctx } = plot;
  ctx.save();
  ctx.translate(plot.valToPos(x, "x", true), plot.valToPos(y, "y", true));
  ctx.scale(devicePixelRatio, devicePixelRatio);
  ctx.fillStyle = stroke;
  ctx.fill(new Path2D(shape));
  ctx.restore();
}
