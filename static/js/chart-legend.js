// [data-legend] buttons beside charts: pointing at a run lights it up in every chart of the page, pressing hides it and
// shows it again. Charts drawn by the server mark what belongs to a run with data-run.
export const hidden = new Set();
let pointedAt = "";
const looks = new Map(); // run → how it is drawn, as long as the colours of the page stay

export const lit = () => pointedAt;

export function markOf(run) {
  if (!looks.has(run)) {
    const sign = document.querySelector(`[data-legend="${CSS.escape(run)}"] .mark`);
    const [line, shape] = ["line", "shape"].map((part) => sign?.querySelector(`.mark-${part}`));
    const dash = (line?.getAttribute("stroke-dasharray") ?? "").split(" ").filter(Boolean).map(Number);
    looks.set(run, { stroke: sign ? getComputedStyle(sign).color : color("chart-line"), shape: shape?.getAttribute("d") ?? "", dash, sign });
  }
  return looks.get(run);
}

export function color(name) {
  const probe = Object.assign(document.createElement("span"), { className: name });
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

document.addEventListener("click", (event) => {
  const run = event.target.closest("[data-legend]")?.dataset.legend;
  const wish = event.target.closest("[data-legend-all]")?.dataset.legendAll;
  if (run) hidden.has(run) ? hidden.delete(run) : hidden.add(run);
  if (wish === "show") hidden.clear();
  if (wish === "hide") for (const each of document.querySelectorAll("[data-legend]")) hidden.add(each.dataset.legend);
  if (run || wish) apply();
});

for (const [type, isOver] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]]) {
  document.addEventListener(type, (event) => {
    const run = event.target.closest?.("[data-legend], svg [data-run]");
    if (run) light(isOver ? (run.dataset.legend ?? run.dataset.run) : "");
  });
}

document.addEventListener("htmx:load", () => {
  looks.clear();
  if (hidden.size) mark();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => looks.clear());

function light(run) {
  if (run === pointedAt) return;
  pointedAt = run;
  for (const part of document.querySelectorAll("[data-charts] [data-run]")) {
    part.classList.toggle("lit", part.dataset.run === run);
    part.classList.toggle("dimmed", Boolean(run) && part.dataset.run !== run);
  }
  document.dispatchEvent(new Event("charts:restyle"));
}

function apply() {
  mark();
  document.dispatchEvent(new Event("charts:restyle"));
}

function mark() {
  for (const button of document.querySelectorAll("[data-legend]")) button.ariaPressed = String(!hidden.has(button.dataset.legend));
  for (const part of document.querySelectorAll("[data-charts] svg [data-run]")) part.classList.toggle("off", hidden.has(part.dataset.run));
}
