// [data-mark="bold"] in a [data-editor]: puts the signs of Markdown around the selection or before its lines; Ctrl+B, I and K too.
// Typed by the browser itself (insertText), so that its own undo takes it back.
const WRAPS = { bold: ["**", "**"], italic: ["*", "*"], code: ["`", "`"], link: ["[", "](url)"] };
const LINES = { heading: "## ", list: "- " };
const KEYS = { b: "bold", i: "italic", k: "link" };

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-mark]");
  if (button) mark(button.closest("[data-editor]").querySelector("textarea"), button.dataset.mark);
});

document.addEventListener("keydown", (event) => {
  const area = event.target.closest?.("[data-editor] textarea");
  if (!area || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || !KEYS[event.key]) return;
  event.preventDefault();
  mark(area, KEYS[event.key]);
});

function mark(area, name) {
  area.focus();
  if (LINES[name]) return markLines(area, LINES[name]);
  const [before, after] = WRAPS[name];
  const { selectionStart: start, selectionEnd: end } = area;
  const text = area.value.slice(start, end);
  document.execCommand("insertText", false, before + text + after);
  // What comes next is typed over: the text between the signs, or the address of a link that has its text.
  const from = start + before.length + (name === "link" && text ? text.length + 2 : 0);
  area.setSelectionRange(from, name === "link" && text ? from + 3 : from + text.length);
}

function markLines(area, sign) {
  const start = area.value.lastIndexOf("\n", area.selectionStart - 1) + 1;
  area.setSelectionRange(start, area.selectionEnd);
  const lines = area.value.slice(start, area.selectionEnd).split("\n");
  document.execCommand("insertText", false, lines.map((line) => sign + line).join("\n"));
}
