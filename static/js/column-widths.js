// [data-column-edge]: the edge of a column's head changes its width, by dragging or by the arrow keys, and sends the
// columns' form, so that the width is remembered and stands in the address. A double click gives the width back.
const STEP = 24;
const [NARROWEST, WIDEST] = [48, 900];
let drag = null;
let waiting = 0;

document.addEventListener("pointerdown", (event) => {
  const edge = event.target.closest("[data-column-edge]");
  if (!edge) return;
  event.preventDefault();
  edge.setPointerCapture(event.pointerId);
  drag = { edge, from: event.clientX, width: headOf(edge).offsetWidth };
});

document.addEventListener("pointermove", (event) => {
  if (drag) widen(drag.edge, drag.width + event.clientX - drag.from);
});

document.addEventListener("pointerup", (event) => {
  if (!drag) return;
  const { edge, from } = drag;
  drag = null;
  if (event.clientX !== from) save(edge);
});

document.addEventListener("dblclick", (event) => {
  const edge = event.target.closest("[data-column-edge]");
  if (!edge) return;
  edge.ariaValueNow = "0";
  save(edge);
});

document.addEventListener("keydown", (event) => {
  const edge = event.target.closest?.("[data-column-edge]");
  if (!edge || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
  event.preventDefault();
  widen(edge, headOf(edge).offsetWidth + (event.key === "ArrowRight" ? STEP : -STEP));
  clearTimeout(waiting);
  waiting = setTimeout(() => save(edge), 500);
});

const headOf = (edge) => edge.closest("th");

function widen(edge, to) {
  const head = headOf(edge);
  const width = Math.round(Math.min(Math.max(to, NARROWEST), WIDEST));
  const at = [...head.parentNode.children].indexOf(head);
  head.closest("table").querySelectorAll("col")[at].width = width;
  for (const row of head.closest("table").rows) row.cells[at]?.classList.add("sized");
  edge.ariaValueNow = String(width);
}

function save(edge) {
  const form = document.getElementById("columns-form");
  const { column } = headOf(edge).dataset;
  for (const field of form.querySelectorAll("input[name=w]")) if (field.value.startsWith(`${column}:`)) field.remove();
  if (edge.ariaValueNow !== "0") {
    const field = Object.assign(document.createElement("input"), { type: "hidden", name: "w" });
    field.value = `${column}:${edge.ariaValueNow}`;
    form.append(field);
  }
  form.requestSubmit();
}
