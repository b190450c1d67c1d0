// [data-pairs]: rows of key and value; Add makes another row from the template, the cross takes one away.
document.addEventListener("click", (event) => {
  const add = event.target.closest("[data-pairs-add]");
  if (add) {
    event.preventDefault(); // without a script the button asks the server for another row
    const group = add.closest("[data-pairs]");
    const row = group.querySelector("template").content.firstElementChild.cloneNode(true);
    group.querySelector("[data-pairs-list]").append(row);
    htmx.process(row);
    row.querySelector("input").focus();
  }
  const row = event.target.closest("[data-pair-remove]")?.closest("[data-pair]");
  if (!row) return;
  const next = row.nextElementSibling ?? row.previousElementSibling;
  if (next) row.remove();
  else for (const input of row.querySelectorAll("input")) input.value = "";
  (next ?? row).querySelector("input").focus();
});
