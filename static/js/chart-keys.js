// A focused plot by keys: left and right walk along the curves (with Shift ten points), + and - zoom, Escape shows all.
document.addEventListener("keydown", (event) => {
  const chart = event.target.closest?.(".chart-plot")?.chart;
  if (!chart || event.ctrlKey || event.metaKey || event.altKey) return;
  const steps = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const shares = { "+": 0.25, "=": 0.25, "-": 1 }[event.key];
  if (steps) walk(chart.plot, steps * (event.shiftKey ? 10 : 1));
  else if (shares) zoom(chart, shares);
  else if (event.key === "Escape") chart.look(null);
  else return;
  event.preventDefault();
});

document.addEventListener("focusout", (event) => {
  const chart = event.target.closest?.(".chart-plot")?.chart;
  chart?.plot.setCursor({ left: -10, top: -10 });
});

function walk(plot, by) {
  const [xs] = plot.data;
  const { min, max } = plot.scales.x;
  const at = (plot.cursor.idx ?? plot.valToIdx(min)) + by;
  const x = Math.min(max, Math.max(min, xs[Math.min(xs.length - 1, Math.max(0, at))]));
  plot.setCursor({ left: plot.valToPos(x, "x"), top: plot.over.clientHeight / 2 });
}

// `share` of what is seen, to both sides of the cursor.
function zoom({ plot, look, unit }, share) {
  const { min, max } = plot.scales.x;
  const middle = plot.cursor.left >= 0 ? plot.posToVal(plot.cursor.left, "x") : (min + max) / 2;
  const reach = (max - min) * share;
  look({ low: Math.floor((middle - reach) * unit), high: Math.ceil((middle + reach) * unit) });
}
