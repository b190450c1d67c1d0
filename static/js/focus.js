// What has the focus may be gone when a region is fetched anew. htmx finds it again by its id; else its like takes over, or
// the region itself: the next Tab goes on from there, not from the top of the page.
let held = null;

document.addEventListener("focusin", ({ target }) => {
  held = { target, name: nameOf(target), regions: regionsOf(target) };
});
document.addEventListener("pointerdown", () => (held = null)); // a press beside everything lets the focus go

// After all others: what is no longer of use may be hidden by them.
document.addEventListener("htmx:afterSettle", () => setTimeout(look));
document.addEventListener("close", () => setTimeout(look), true); // of a dialog whose opener is gone

function look() {
  if (!held || isOfUse(held.target) || document.querySelector("dialog[open]")) return;
  if (![held.target, document.body].includes(document.activeElement)) return;
  take(held.regions.map((id) => document.getElementById(id)).find((each) => each && isOfUse(each)) ?? document.querySelector("main"), held);
}

function take(region, { target, name }) {
  const like = [...region.querySelectorAll(target.tagName)].find((each) => nameOf(each) === name && isOfUse(each));
  if (!like && region.tabIndex < 0) region.tabIndex = -1;
  (like ?? region).focus({ preventScroll: !like });
}

const isOfUse = (element) => !element.disabled && element.checkVisibility({ visibilityProperty: true });
const nameOf = (element) => [element.ariaLabel, element.name, element.value, element.textContent.trim()].join("|");

function regionsOf(element) {
  const found = [];
  for (let each = element.parentElement?.closest("main [id]"); each; each = each.parentElement?.closest("main [id]")) found.push(each.id);
  return found;
}
