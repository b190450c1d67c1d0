// Runs that are ticked ([data-select]): how many, what can be done with them ([data-needs-selected="one" or "some"]), ticks
// for all ([data-select-all]) and for a stretch (Shift), `x` for the row that has the focus. Ticks outlive refreshes.
const boxes = () => [...document.querySelectorAll("[data-select]")];
let last = null;

document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-select]");
  if (!box) return;
  const all = boxes();
  if (event.shiftKey && last?.isConnected) {
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    for (const each of all.slice(from, to + 1)) each.checked = box.checked;
  }
  last = box;
  tell();
});

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-select-all]")) return;
  for (const box of boxes()) box.checked = event.target.checked;
  tell();
});

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-select-none]")) return;
  for (const box of boxes()) box.checked = false;
  tell();
});

// data-press-selected="selector": presses that link in the only row that is ticked.
document.addEventListener("click", (event) => {
  const wanted = event.target.closest("[data-press-selected]")?.dataset.pressSelected;
  if (wanted) boxes().find((box) => box.checked)?.closest("[data-row]").querySelector(wanted)?.click();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "x" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("textarea, select, input:not([type=checkbox])") || document.querySelector("dialog[open]")) return;
  const box = document.activeElement.closest("[data-row]")?.querySelector("[data-select]");
  if (!box) return;
  box.checked = !box.checked;
  last = box;
  tell();
});

// A row that is drawn anew keeps its tick; one that is just being used is left alone.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  if (!target.matches?.("[data-row]")) return;
  if (target.contains(document.activeElement)) event.detail.shouldSwap = false;
  const box = fragment.querySelector?.("[data-select]");
  if (box) box.toggleAttribute("checked", target.querySelector("[data-select]").checked);
});

document.addEventListener("htmx:afterSettle", tell);
document.addEventListener("pageshow", tell);

function tell() {
  const bar = document.querySelector("[data-selection]");
  if (!bar) return;
  const all = boxes();
  const chosen = all.filter((box) => box.checked);
  bar.classList.toggle("active", chosen.length > 0);
  bar.querySelector("[data-selected-count]").textContent = `${chosen.length} selected`;
  for (const button of bar.querySelectorAll("[data-needs-selected]")) {
    button.disabled = button.dataset.needsSelected === "one" ? chosen.length !== 1 : chosen.length === 0;
  }
  for (const button of bar.querySelectorAll("[data-press-selected]")) {
    button.disabled = chosen.length !== 1 || !chosen[0].closest("[data-row]").querySelector(button.dataset.pressSelected);
  }
  for (const box of document.querySelectorAll("[data-select-all]")) {
    box.checked = chosen.length > 0 && chosen.length === all.length;
    box.indeterminate = chosen.length > 0 && chosen.length < all.length;
  }
}
