// [data-editor]: a text area with Write and Preview; the server renders, this shows the one or the other.
// [data-editing]: a form in the place of what it edits; Escape goes back to that through its [data-cancel] link.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-editor-write], [data-editor-preview]");
  if (button) turn(button.closest("[data-editor]"), button.hasAttribute("data-editor-preview"));
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || event.target.closest("dialog")) return;
  const cancel = event.target.closest("[data-editing]")?.querySelector("[data-cancel]");
  if (!cancel) return;
  event.preventDefault();
  cancel.click();
});

function turn(editor, toPreview) {
  editor.toggleAttribute("data-previews", toPreview);
  const preview = editor.querySelector(".editor-preview");
  preview.hidden = !toPreview;
  if (toPreview) preview.textContent = "Rendering …";
  editor.querySelector("[data-editor-write]").ariaPressed = String(!toPreview);
  editor.querySelector("[data-editor-preview]").ariaPressed = String(toPreview);
  if (!toPreview) editor.querySelector("textarea").focus();
}
