// [data-keeps-typed]: what is typed into this region while an answer for it is on its way is kept. The answer knows only
// what was there when it was asked for.
const asked = new WeakMap(); // request: what its region's fields held when it left, by their ids

function fieldsIn(region) {
  const fields = region.querySelectorAll("input[id]:not([type=hidden]), textarea[id]");
  return new Map([...fields].map((field) => [field.id, field.value]));
}

document.addEventListener("htmx:beforeSend", (event) => {
  const { xhr, target } = event.detail;
  if (target?.hasAttribute("data-keeps-typed")) asked.set(xhr, fieldsIn(target));
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, target } = event.detail;
  const before = asked.get(xhr);
  if (!before) return;
  const typed = [...fieldsIn(target)].filter(([id, value]) => before.has(id) && before.get(id) !== value);
  asked.set(xhr, new Map(typed));
});

document.addEventListener("htmx:afterSettle", (event) => {
  const { xhr } = event.detail;
  for (const [id, value] of asked.get(xhr) ?? []) {
    const field = document.getElementById(id);
    if (!field) continue;
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true })); // the server looks at it again
  }
  asked.delete(xhr);
});
