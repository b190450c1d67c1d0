// textarea[data-draft="key"]: what was typed and not saved stays in this browser, comes back with a notice, and is not left
// behind unasked. Ctrl+Enter (or Cmd+Enter) sends any form.
const stored = (area) => `laurel-draft:${area.dataset.draft}`;
// data-unsaved: the server gives back a text that it did not save.
const dirty = (area) => area.isConnected && ("unsaved" in area.dataset || area.value !== area.defaultValue);
let leaving = false;

document.addEventListener("htmx:load", (event) => restore(event.detail.elt));

document.addEventListener("input", (event) => {
  const area = event.target;
  if (!area.matches("textarea[data-draft]")) return;
  if (dirty(area)) localStorage.setItem(stored(area), JSON.stringify({ text: area.value, base: area.defaultValue }));
  else localStorage.removeItem(stored(area));
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const form = event.target.closest("form");
  if (!form) return;
  event.preventDefault();
  form.requestSubmit();
});

// A plain form leaves the page; should the server refuse it, the answer carries the text.
document.addEventListener("submit", (event) => {
  if (event.target.hasAttribute("hx-post")) return;
  leaving = true;
  for (const area of event.target.querySelectorAll("textarea[data-draft]")) localStorage.removeItem(stored(area));
});

document.addEventListener("htmx:afterRequest", (event) => {
  const { successful, requestConfig } = event.detail;
  const { elt, verb } = requestConfig; // the form itself, even if the answer has replaced it
  if (!successful || verb !== "post" || !elt.matches("form")) return;
  for (const area of elt.querySelectorAll("textarea[data-draft]")) {
    localStorage.removeItem(stored(area));
    area.defaultValue = area.value;
  }
});

window.addEventListener("beforeunload", (event) => {
  if (leaving || ![...document.querySelectorAll("textarea[data-draft]")].some(dirty)) return;
  event.preventDefault();
});

function restore(root) {
  for (const area of root.querySelectorAll("textarea[data-draft]")) {
    const draft = JSON.parse(localStorage.getItem(stored(area)) ?? "null");
    if (!draft || draft.text === area.value || dirty(area)) continue;
    area.value = draft.text;
    area.dispatchEvent(new Event("input", { bubbles: true }));
    tell(area, draft.base === area.defaultValue);
  }
}

function tell(area, unchanged) {
  const notice = document.getElementById("draft-template").content.firstElementChild.cloneNode(true);
  notice.querySelector("[data-draft-changed]").hidden = unchanged;
  notice.querySelector("button").addEventListener("click", () => {
    area.value = area.defaultValue;
    area.dispatchEvent(new Event("input", { bubbles: true }));
    notice.remove();
    area.focus();
  });
  (area.closest("[data-editor]") ?? area).before(notice);
}
