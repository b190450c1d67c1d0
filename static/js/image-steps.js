// While the slider of a stepped picture is moved, it says which step it stands at.
document.addEventListener("input", (event) => {
  const form = event.target.closest?.("[data-image-steps]");
  if (!form || event.target.name !== "place") return;
  const known = form.querySelector(`datalist option[value="${Number(event.target.value)}"]`);
  const text = known ? `Step ${Number(known.label).toLocaleString("en")}` : `Picture ${event.target.value}`;
  form.querySelector("output").textContent = text;
  event.target.setAttribute("aria-valuetext", text);
});
