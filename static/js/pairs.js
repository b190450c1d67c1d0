// [data-pairs]: rows of key and value; Add makes another row from the template, the cross takes one away.
document.addEventListener("click", (event) => {
  const add = event.target.closest("[data-pairs-add]");
  if (add) {
    event.preventDefault(); // without a script the button asks the server for another row
    addRow(add.closest("[data-pairs]")).querySelector("input").focus();
  }
  const row = event.target.closest("[data-pair-remove]")?.closest("[data-pair]");
  if (!row) return;
  const next = row.nextElementSibling ?? row.previousElementSibling;
  if (next) row.remove();
  else for (const input of row.querySelectorAll("input")) input.value = "";
  const input = (next ?? row).querySelector("input");
  input.focus();
  input.dispatchEvent(new Event("input", { bubbles: true }));
});

document.addEventListener("draft:fill", ({ target, detail: values }) => {
  if (!target.matches("[data-pairs]")) return;
  const inputs = target.getElementsByTagName("input");
  while (inputs.length < values.length) addRow(target);
  for (const [index, input] of [...inputs].entries()) input.value = values[index] ?? "";
});

function addRow(group) {
  const row = group.querySelector("template").content.firstElementChild.cloneNode(true);
  group.querySelector("[data-pairs-list]").append(row);
  htmx.process(row);
  return row;
}
