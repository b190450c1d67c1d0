// Opens what the server puts into #dialog as a modal; places the focus, and gives it back on closing.
let opener = null;
let openerId = "";
let openerAddress = "";

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target?.id !== "dialog") return;
  opener = event.detail.elt;
  openerId = opener.id;
  openerAddress = opener.getAttribute("hx-get");
});

document.addEventListener("htmx:load", (event) => {
  const root = event.detail.elt;
  const dialog = root.matches("dialog[data-open-on-load]") ? root : root.querySelector("dialog[data-open-on-load]");
  if (dialog) show(dialog);
});

document.addEventListener("click", (event) => {
  const trigger = event.target.closest("[data-dialog-open]");
  if (trigger) {
    // Opened by a shortcut: the focus was elsewhere, and the browser gives it back there.
    [opener, openerId, openerAddress] = event.isTrusted ? [trigger, trigger.id, ""] : [null, "", ""];
    show(document.getElementById(trigger.dataset.dialogOpen));
    return;
  }
  const dialog = event.target.closest("[data-dialog-close]")?.closest("dialog");
  if (!dialog) return;
  event.preventDefault(); // Cancel is a link, so that it works on the page of the same form too.
  dialog.close();
});

// A press that begins on the backdrop closes, unless something was typed: that would be lost by a slip of the hand.
document.addEventListener("pointerdown", (event) => {
  const dialog = event.target;
  if (dialog instanceof HTMLDialogElement && dialog.open && outside(dialog, event) && !typedInto(dialog)) dialog.close();
});

document.addEventListener("dialog:close", () => document.querySelector("dialog[open]")?.close());

document.addEventListener(
  "close",
  (event) => {
    if (!(event.target instanceof HTMLDialogElement)) return;
    if (event.target.hasAttribute("data-open-on-load")) event.target.remove();
    giveBack();
  },
  true,
);

// What changed is read anew after the dialog has closed, often with the button that opened it.
document.addEventListener("htmx:afterSettle", () => {
  if (opener && !opener.isConnected && !document.querySelector("dialog[open]")) giveBack();
});

function giveBack() {
  if (!document.activeElement.matches("body, dialog:not([open]) *")) return; // The browser gave it back itself.
  const same = () => [...document.querySelectorAll("a[hx-get]")].find((a) => a.getAttribute("hx-get") === openerAddress);
  const target = opener?.isConnected ? opener : (document.getElementById(openerId) ?? same());
  (target?.closest("details.menu")?.querySelector("summary") ?? target)?.focus();
}

function show(dialog) {
  if (dialog.open) return;
  opener?.closest?.("details.menu")?.removeAttribute("open");
  dialog.showModal();
  const first = dialog.querySelector("[autofocus]") ?? dialog.querySelector(".input, [data-first-focus]");
  first?.focus();
}

function outside(dialog, event) {
  const box = dialog.getBoundingClientRect();
  const { clientX: x, clientY: y } = event;
  return x < box.left || x > box.right || y < box.top || y > box.bottom;
}

function typedInto(dialog) {
  const fields = dialog.querySelectorAll("input:not([type=hidden]):not([type=checkbox]), textarea");
  return [...fields].some((field) => field.value !== field.defaultValue);
}
