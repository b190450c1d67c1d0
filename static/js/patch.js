// hx-ext="patch" hx-swap="patch": the answer changes only what differs in the target. What stays the same keeps its
// focus, selection, scroll position and unfolded details, so a region may follow a running run while it is read.
htmx.defineExtension("patch", {
  isInlineSwap: (style) => style === "patch",
  handleSwap(style, target, fragment) {
    if (style !== "patch") return false;
    const wanted = fragment.querySelector(`#${CSS.escape(target.id)}`) ?? fragment.firstElementChild;
    if (!wanted) return false;
    patch(target, wanted);
    return [target];
  },
});

function patch(old, wanted) {
  if (old.isEqualNode(wanted)) return;
  if (!isSameKind(old, wanted)) {
    old.replaceWith(wanted);
    return;
  }
  if (old.nodeType !== Node.ELEMENT_NODE) {
    old.nodeValue = wanted.nodeValue;
    return;
  }
  patchAttributes(old, wanted);
  patchChildren(old, wanted);
}

// Rows are told apart by their data-key, so that one that is inserted does not rewrite all that follow.
function isSameKind(old, wanted) {
  if (old.nodeType !== wanted.nodeType || old.nodeName !== wanted.nodeName) return false;
  return old.nodeType !== Node.ELEMENT_NODE || (old.id === wanted.id && old.dataset.key === wanted.dataset.key);
}

function patchAttributes(old, wanted) {
  for (const { name, value } of [...wanted.attributes]) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    const isOfReader = name === "tabindex" || (name === "open" && old.nodeName === "DETAILS");
    if (!wanted.hasAttribute(name) && !isOfReader) old.removeAttribute(name);
  }
}

function patchChildren(old, wanted) {
  const keys = new Set([...wanted.children].map((child) => child.dataset.key));
  const known = new Map();
  for (const child of [...old.children]) {
    if (!child.dataset.key) continue;
    if (keys.has(child.dataset.key)) known.set(child.dataset.key, child);
    else child.remove();
  }
  let place = old.firstChild;
  for (const child of [...wanted.childNodes]) {
    const row = child.dataset?.key ? known.get(child.dataset.key) : null;
    while (row && place && place !== row && !place.dataset?.key) place = removed(place);
    if (row && place !== row) old.insertBefore(row, place);
    const same = row ?? (place && isSameKind(place, child) ? place : null);
    if (same) {
      place = same.nextSibling;
      patch(same, child);
    } else {
      old.insertBefore(child, place);
    }
  }
  while (place) place = removed(place);
}

function removed(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}
