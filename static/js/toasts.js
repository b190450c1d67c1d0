// Shows what the server reports: the `toast` event of an HX-Trigger header, messages already in the page, failed requests.
const PLAIN_MS = 6000;
const WITH_LINK_MS = 15000;
const region = document.getElementById("toasts");

document.addEventListener("toast", (event) => show(event.detail));

document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  if ((xhr.getResponseHeader("HX-Trigger") ?? "").includes('"toast"')) return;
  const id = xhr.getResponseHeader("X-Request-Id");
  show({ level: "error", message: `That did not work (status ${xhr.status}${id ? `, request ${id}` : ""}).` });
});

document.addEventListener("htmx:sendError", () => {
  show({ level: "error", message: "The server can't be reached. Nothing was changed." });
});

document.addEventListener("click", (event) => {
  event.target.closest("[data-toast-close]")?.closest(".toast").remove();
});

// What was undone, or can't be, needs no second press; the answer brings its own report.
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.xhr.status) detail.elt.closest(".toast")?.remove();
});

document.addEventListener("close", (event) => event.target.contains(region) && document.body.append(region), true);

for (const toast of document.querySelectorAll("#toasts .toast")) expire(toast);

function show({ message, url, label, undo, copy, level = "success" }) {
  const toast = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
  toast.classList.add(level);
  toast.querySelector("[data-toast-message]").textContent = message;
  const use = toast.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${level}`));
  const link = toast.querySelector("[data-toast-link]");
  if (url) Object.assign(link, { href: url, textContent: label || "Open", hidden: false });
  if (copy) {
    const button = toast.querySelector("[data-toast-copy]");
    button.dataset.copy = copy;
    button.hidden = false;
  }
  const form = toast.querySelector("form");
  if (undo) {
    Object.assign(form, { action: undo, hidden: false });
    form.setAttribute("hx-post", undo);
    htmx.process(form);
  }
  // A modal dialog covers everything that is not in it.
  const place = document.querySelector("dialog[open]") ?? document.body;
  if (region.parentNode !== place) place.append(region);
  region.append(toast);
  expire(toast);
}

// Errors stay; the rest goes away by itself, but never from under the pointer or the focus.
function expire(toast) {
  if (toast.classList.contains("error")) return;
  const lasting = toast.querySelector("a:not([hidden]), form:not([hidden]), [data-toast-copy]:not([hidden])");
  setTimeout(() => {
    if (toast.matches(":hover, :focus-within")) expire(toast);
    else toast.remove();
  }, lasting ? WITH_LINK_MS : PLAIN_MS);
}
