// [data-checks="id"]: what the server says of a field while it is typed; the field is marked while there is an error in it.
// A form that comes back refused (422) has the focus on its first wrong field.
// [data-selects]: a field whose text is selected when it gets the focus, for typing replaces what was proposed.
document.addEventListener("htmx:afterSwap", (event) => {
  const id = event.target.dataset?.checks;
  if (!id) return;
  const field = document.getElementById(id);
  if (event.target.querySelector(".field-error")) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
});

// Notes on chips name those that can't stay.
document.addEventListener("htmx:afterSwap", (event) => {
  const field = event.target.classList?.contains("field-notes") && event.target.closest(".field");
  if (!field) return;
  const wrong = new Set([...field.querySelectorAll("[data-chip-error]")].map((note) => note.dataset.chipError));
  for (const chip of field.querySelectorAll(".chip.alias")) chip.classList.toggle("invalid", wrong.has(chip.dataset.chip));
});

document.addEventListener("htmx:afterSettle", (event) => {
  const { xhr, target } = event.detail;
  if (xhr?.status !== 422) return;
  // The swapped element itself is gone: the new one has its id.
  document.getElementById(target.id)?.querySelector("[aria-invalid=true]")?.focus();
});

document.addEventListener("focusin", (event) => {
  if (event.target.matches("input[data-selects]")) event.target.select();
});
