// The file tree by keys: up and down move and show what they land on, right opens a folder, left goes to its parent.
const PAUSE_MS = 180;
let waiting = 0;

document.addEventListener("keydown", (event) => {
  const link = event.target.closest?.("[data-file-tree] [data-file]");
  if (!link || event.ctrlKey || event.metaKey || event.altKey) return;
  const links = [...link.closest("[data-file-tree]").querySelectorAll("[data-file]")];
  const at = links.indexOf(link);
  if (event.key === "ArrowDown") land(links[at + 1]);
  else if (event.key === "ArrowUp") land(links[at - 1]);
  else if (event.key === "Home") land(links[0]);
  else if (event.key === "End") land(links.at(-1));
  else if (event.key === "ArrowRight" && link.dataset.folder === "open") land(links[at + 1]);
  else if (event.key === "ArrowRight" && link.dataset.folder === "closed") link.click();
  else if (event.key === "ArrowLeft") land(parent(link) ?? links[0]);
  else return;
  event.preventDefault();
});

// The tree is redrawn with every selection: it keeps its place, and what is selected stays in sight.
let scrolledTo = 0;
document.addEventListener("htmx:beforeSwap", () => {
  scrolledTo = document.querySelector("[data-file-tree]")?.scrollTop ?? 0;
});
document.addEventListener("htmx:afterSettle", (event) => {
  const tree = event.target.closest?.("#files")?.querySelector("[data-file-tree]") ?? document.querySelector("[data-file-tree]");
  if (!tree) return;
  tree.scrollTop = scrolledTo;
  reveal(tree);
});
reveal(document.querySelector("[data-file-tree]"));

// Scrolls the tree alone, never the page.
function reveal(tree) {
  const link = tree?.querySelector("[aria-current]");
  if (!link) return;
  const [inner, outer] = [link.getBoundingClientRect(), tree.getBoundingClientRect()];
  if (inner.top < outer.top || inner.bottom > outer.bottom) tree.scrollTop += inner.top - outer.top - outer.height / 2;
}

function land(link) {
  if (!link) return;
  link.focus();
  clearTimeout(waiting);
  // A held key passes over many files; only the one it rests on is fetched.
  if (link.hasAttribute("hx-get")) waiting = setTimeout(() => link.isConnected && link.click(), PAUSE_MS);
}

function parent(link) {
  return link.closest("li")?.parentElement.closest("li")?.querySelector("[data-file]");
}
