// data-filtered-by="id of an input": shows the [data-filter-row] elements whose text holds every word typed there, and
// looks again when the rows are replaced.
document.addEventListener("input", (event) => {
  if (!event.target.id) return;
  for (const region of document.querySelectorAll(`[data-filtered-by="${CSS.escape(event.target.id)}"]`)) apply(region);
});

document.addEventListener("htmx:load", (event) => {
  for (const region of event.detail.elt.querySelectorAll("[data-filtered-by]")) apply(region);
});

function apply(region) {
  const input = document.getElementById(region.dataset.filteredBy);
  const words = (input?.value ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  for (const row of region.querySelectorAll("[data-filter-row]")) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
  }
}
