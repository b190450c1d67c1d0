// textarea[data-draft="key"]: what was typed and not saved stays in this browser, comes back with a notice, and is not left
// behind unasked; tags ([data-pairs]) and aliases ([data-chips]) of its form too, which fill themselves at draft:fill.
const stored = (area) => `laurel-draft:${area.dataset.draft}`;
const groups = (area) => [...area.form.querySelectorAll("[data-pairs], [data-chips]")];
const held = (area) => groups(area).map((group) => [...group.querySelectorAll("input[name]")].map(({ value }) => value));
const isFilled = (lists) => lists.flat().some(Boolean);
// data-unsaved: the server gives back a text that it did not save.
const changed = (area) => "unsaved" in area.dataset || area.value !== area.defaultValue || isFilled(held(area));
const dirty = (area) => area.isConnected && changed(area);
let leaving = false;

document.addEventListener("htmx:load", (event) => restore(event.detail.elt));

for (const kind of ["input", "chips:change"]) {
  document.addEventListener(kind, (event) => {
    const area = event.target.closest("form")?.querySelector("textarea[data-draft]");
    if (area) keep(area);
  });
}

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

// The session has ended, say: nothing is lost, the text is there again after signing in.
document.addEventListener("htmx:beforeOnLoad", ({ detail }) => {
  leaving ||= Boolean(detail.xhr.getResponseHeader("HX-Redirect"));
});

window.addEventListener("beforeunload", (event) => {
  if (leaving || ![...document.querySelectorAll("textarea[data-draft]")].some(dirty)) return;
  event.preventDefault();
});

function keep(area) {
  const draft = { text: area.value, base: area.defaultValue, held: held(area) };
  if (dirty(area)) localStorage.setItem(stored(area), JSON.stringify(draft));
  else localStorage.removeItem(stored(area));
}

function restore(root) {
  for (const area of root.querySelectorAll("textarea[data-draft]")) {
    const draft = JSON.parse(localStorage.getItem(stored(area)) ?? "null");
    if (!draft || dirty(area) || (draft.text === area.value && !isFilled(draft.held ?? []))) continue;
    fill(area, draft.text, draft.held);
    tell(area, draft.base === area.defaultValue);
  }
}

function fill(area, text, lists = []) {
  area.value = text;
  for (const [index, group] of groups(area).entries()) {
    group.dispatchEvent(new CustomEvent("draft:fill", { bubbles: true, detail: lists[index] ?? [] }));
  }
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

function tell(area, unchanged) {
  const notice = document.getElementById("draft-template").content.firstElementChild.cloneNode(true);
  notice.querySelector("[data-draft-changed]").hidden = unchanged;
  notice.querySelector("button").addEventListener("click", () => {
    fill(area, area.defaultValue);
    notice.remove();
    area.focus();
  });
  (area.closest("[data-editor]") ?? area).before(notice);
}
