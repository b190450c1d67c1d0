// Rendered Markdown: code gets a button that copies it; what is wider than its place can be scrolled by keys.
document.addEventListener("htmx:load", (event) => {
  for (const block of event.detail.elt.querySelectorAll(".prose pre, .prose table")) {
    if (block.scrollWidth > block.clientWidth) block.tabIndex = 0;
    if (block.matches("pre")) offerCopy(block);
  }
});

function offerCopy(block) {
  if (block.parentElement.matches(".with-copy")) return;
  const frame = document.createElement("div");
  frame.className = "with-copy";
  const button = document.getElementById("copy-template").content.firstElementChild.cloneNode(true);
  button.dataset.copy = block.textContent.replace(/\n$/, "");
  block.before(frame);
  frame.append(block, button);
}
