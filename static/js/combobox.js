// ARIA combobox: [data-combobox] holds an input[role=combobox] and a [role=listbox] that htmx fills; options are picked by
// key or pointer (data-value goes into [data-combobox-value] if there is one, data-label into the input). Enter sends nothing.
const parts = (node) => {
  const box = node.closest?.("[data-combobox]");
  if (!box) return {};
  const list = box.querySelector("[role=listbox]");
  return { box, list, input: box.querySelector("[role=combobox]"), options: [...list.querySelectorAll("[role=option]")] };
};

document.addEventListener("htmx:afterSwap", (event) => {
  const { input, list } = parts(event.target);
  if (event.target === list) toggle(input, list, list.hasAttribute("data-wanted"));
});

// Not on focus: a dialog that opens would hide itself under the list. [data-combobox-choose]: a button that picks for you.
document.addEventListener("click", (event) => {
  const { input, list } = parts(event.target);
  if (event.target === input && list) toggle(input, list, true);
  const { comboboxChoose: value, comboboxOf: id } = event.target.dataset;
  if (value) choose(document.querySelector(`#${id} [data-combobox]`), { value, label: value });
});

document.addEventListener("focusout", (event) => {
  const { box, input, list } = parts(event.target);
  if (box && !box.contains(event.relatedTarget)) toggle(input, list, false);
});

document.addEventListener("input", (event) => {
  const { box, input, list } = parts(event.target);
  if (event.target !== input || !box) return;
  box.querySelector("[data-combobox-value]")?.setAttribute("value", "");
  toggle(input, list, true);
});

document.addEventListener("mousedown", (event) => {
  const option = event.target.closest("[data-combobox] [role=option]");
  if (option) event.preventDefault(); // the focus stays in the input
  if (option) choose(option.closest("[data-combobox]"), option.dataset);
});

document.addEventListener("keydown", (event) => {
  const { box, input, list, options } = parts(event.target);
  if (event.target !== input || !list) return;
  const at = options.findIndex((option) => option.ariaSelected === "true");
  const isOpen = !list.hidden;
  if (event.key === "Enter" && at < 0) toggle(input, list, false); // what is typed is meant
  if (event.key === "ArrowDown") move(input, list, options, isOpen ? at + 1 : 0);
  else if (event.key === "ArrowUp") move(input, list, options, isOpen && at >= 0 ? at - 1 : -1);
  else if (event.key === "Enter" && isOpen && at >= 0) choose(box, options[at].dataset);
  else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) input.dispatchEvent(new Event("change", { bubbles: true }));
  else if (event.key === "Escape" && isOpen) toggle(input, list, false);
  else return;
  event.preventDefault();
  event.stopPropagation();
});

function move(input, list, options, to) {
  toggle(input, list, true);
  const option = options.at(to % (options.length || 1));
  for (const each of options) each.ariaSelected = String(each === option);
  option?.scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", option?.id ?? "");
}

function choose(box, { value, label }) {
  const { input, list } = parts(box);
  input.focus();
  input.value = label;
  box.querySelector("[data-combobox-value]")?.setAttribute("value", value);
  toggle(input, list, false);
  input.dispatchEvent(new Event("change", { bubbles: true }));
  box.dispatchEvent(new CustomEvent("combobox:pick", { bubbles: true, detail: { value } }));
}

function toggle(input, list, open) {
  list.toggleAttribute("data-wanted", open); // options may still be on their way
  list.hidden = !open || list.querySelector("[role=option]") === null;
  input.setAttribute("aria-expanded", String(!list.hidden));
  input.removeAttribute("aria-activedescendant");
}
