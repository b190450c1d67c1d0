// data-copy="text" or data-copy-from="id of an element": puts it on the clipboard and says so.
const SHOWN_MS = 1600;

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button) return;
  const source = button.dataset.copyFrom && document.getElementById(button.dataset.copyFrom);
  const text = source ? (source.value ?? source.textContent) : button.dataset.copy;
  const done = await write(text);
  button.toggleAttribute("data-copied", done);
  const status = document.getElementById("announcer");
  status.textContent = done ? "Copied." : "The browser didn't allow copying.";
  setTimeout(() => {
    button.removeAttribute("data-copied");
    status.textContent = "";
  }, SHOWN_MS);
});

async function write(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelection(text); // Plain http on another machine's address has no clipboard interface.
  }
}

function copySelection(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
