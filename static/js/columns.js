// [data-columns-shown]: the list of columns shown. Its arrows ([data-column-step]) and dragging change the order at once,
// without asking the server; what is ticked among the choices moves there, so that another search does not lose it.
const listOf = (node) => node.closest("form")?.querySelector("[data-columns-shown]");
let dragged = null;

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-column-step]");
  if (!button) return;
  event.preventDefault();
  const row = button.closest("li");
  if (button.dataset.columnStep === "-1") row.previousElementSibling?.before(row);
  else row.nextElementSibling?.after(row);
  button.focus();
});

document.addEventListener("change", (event) => {
  const choice = event.target.closest("#columns-choices .check");
  const list = choice && listOf(choice);
  if (!list || !event.target.checked) return;
  const row = list.firstElementChild?.cloneNode(true);
  if (!row) return;
  row.querySelector(".check").replaceWith(choice);
  for (const button of row.querySelectorAll("[data-column-step]")) {
    button.value = button.value.replace(/:.*/s, `:${event.target.value}`);
    button.querySelector(".visually-hidden").textContent = `${button.title}: ${choice.textContent.trim()}`;
  }
  list.append(row);
  row.scrollIntoView({ block: "nearest" });
  event.target.focus();
});

document.addEventListener("htmx:load", (event) => {
  for (const row of event.detail.elt.querySelectorAll("[data-columns-shown] > li")) row.draggable = true;
});

document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-columns-shown] > li") ?? null;
});

document.addEventListener("dragover", (event) => {
  const row = event.target.closest?.("[data-columns-shown] > li");
  if (!dragged || !row || row.parentNode !== dragged.parentNode) return;
  event.preventDefault();
  const box = row.getBoundingClientRect();
  if (event.clientY < box.top + box.height / 2) row.before(dragged);
  else row.after(dragged);
});

document.addEventListener("dragend", () => {
  dragged = null;
});
