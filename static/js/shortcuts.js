// Keys: "/" search, elements with data-shortcut="g m", rows ([data-row]) with j and k, "?" for the sheet. Ctrl+Enter
// (or Cmd+Enter) sends any form.
const PAUSE_MS = 900;
let prefix = "";
let pressedAt = 0;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  const keys = event.timeStamp - pressedAt < PAUSE_MS && prefix ? `${prefix} ${event.key}` : event.key;
  pressedAt = event.timeStamp;
  prefix = event.key === "g" ? "g" : "";
  if (act(keys)) event.preventDefault();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const form = event.target.closest("form");
  if (!form) return;
  event.preventDefault();
  form.requestSubmit();
});

function act(keys) {
  if (keys === "/") return focus(document.querySelector("main [data-search]") ?? document.querySelector("[data-search]"));
  if (keys === "j") return step(1);
  if (keys === "k") return step(-1);
  const target = document.querySelector(`[data-shortcut="${CSS.escape(keys)}"]`);
  if (!target || target.disabled || target.ariaDisabled === "true") return false;
  target.click();
  return true;
}

function typing(element) {
  return element.isContentEditable || element.matches("textarea, select, input:not([type=checkbox]):not([type=radio])");
}

function focus(field) {
  field?.focus();
  field?.select();
  return Boolean(field);
}

function step(by) {
  const rows = [...document.querySelectorAll("[data-row]")];
  if (!rows.length) return false;
  const at = rows.indexOf(document.activeElement.closest("[data-row]"));
  const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + by, 0), rows.length - 1);
  const link = rows[next].querySelector("[data-row-link]") ?? rows[next].querySelector("a");
  link?.focus();
  rows[next].scrollIntoView({ block: "nearest" });
  return true;
}
