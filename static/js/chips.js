// [data-chips]: a text field whose words become chips, each with a hidden input of the field's name; Enter, comma, space and
// leaving the field end a word, Backspace in the empty field takes the last chip back. Tells others by `chips:change`.
const boxOf = (node) => node.closest?.("[data-chips]");
const textOf = (box) => box.querySelector("[data-chips-text]");

document.addEventListener("htmx:load", (event) => {
  for (const box of event.detail.elt.querySelectorAll("[data-chips]")) absorb(box);
});

document.addEventListener("input", (event) => {
  const box = event.target.matches("[data-chips-text]") && boxOf(event.target);
  // What is picked from the list of suggestions arrives whole.
  if (box && (/[,\s]/.test(event.target.value) || event.inputType === "insertReplacementText")) absorb(box);
});

document.addEventListener("keydown", (event) => {
  const box = event.target.matches?.("[data-chips-text]") && boxOf(event.target);
  if (!box || event.isComposing || event.ctrlKey || event.metaKey) return;
  if (event.key === "Enter" && event.target.value.trim()) {
    event.preventDefault();
    absorb(box);
  } else if (event.key === "Backspace" && !event.target.value) {
    const last = box.querySelector("[data-chips-list]").lastElementChild;
    if (last) remove(last);
  }
});

document.addEventListener("focusout", (event) => {
  const box = event.target.matches("[data-chips-text]") && boxOf(event.target);
  if (box && event.target.value.trim()) absorb(box);
});

document.addEventListener("click", (event) => {
  const offer = event.target.closest("[data-chip-add]");
  if (offer) {
    const box = document.getElementById(offer.dataset.chipAddTo).querySelector("[data-chips]");
    textOf(box).value = offer.dataset.chipAdd;
    absorb(box);
    textOf(box).focus();
  }
  const chip = event.target.closest("[data-chip-remove]")?.closest("li");
  if (chip) remove(chip);
});

document.addEventListener("draft:fill", ({ target: box, detail: words }) => {
  if (!box.matches("[data-chips]")) return;
  box.querySelector("[data-chips-list]").replaceChildren();
  textOf(box).value = `${words.join(" ")} `;
  absorb(box);
});

function absorb(box) {
  const text = textOf(box);
  const list = box.querySelector("[data-chips-list]");
  if (!text.value) return;
  for (const word of text.value.split(/[\s,]+/).map((part) => part.replace(/^@/, ""))) {
    if (word && ![...list.children].some((chip) => chip.dataset.chip === word)) list.append(chipFor(box, word));
  }
  text.value = "";
  box.dispatchEvent(new CustomEvent("chips:change", { bubbles: true }));
}

function chipFor(box, word) {
  const chip = box.querySelector("template").content.firstElementChild.cloneNode(true);
  chip.dataset.chip = word;
  chip.querySelector("[data-chip-name]").textContent = `@${word}`;
  chip.querySelector("input").value = word;
  chip.querySelector("[data-chip-remove-label]").textContent = `Remove ${word}`;
  return chip;
}

function remove(chip) {
  const box = boxOf(chip);
  chip.remove();
  textOf(box).focus();
  box.dispatchEvent(new CustomEvent("chips:change", { bubbles: true }));
}
