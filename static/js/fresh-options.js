// [data-fresh-options]: a combobox whose options hold what was typed: they go as soon as something else is typed, so that
// none is chosen that knows less than the text does. New ones are on their way.
document.addEventListener("input", (event) => {
  const list = event.target.closest("[data-fresh-options]")?.querySelector("[role=listbox]");
  if (!list) return;
  list.replaceChildren();
  list.hidden = true;
});
