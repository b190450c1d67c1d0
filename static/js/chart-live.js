// #charts-pulse asks the server every few seconds how the runs go on. What it says is a line of text that moves nothing;
// the curves are then read anew and keep their zoom, what is hidden and the focus. A hidden tab asks for nothing.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && event.target.id === "charts-pulse") event.preventDefault();
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id === "charts-pulse") document.dispatchEvent(new Event("charts:refresh"));
});

// The value of a slider beside it, while it is moved.
document.addEventListener("input", (event) => {
  const output = event.target.matches?.("input[type=range]") && document.querySelector(`output[for="${CSS.escape(event.target.id)}"]`);
  if (output) output.textContent = event.target.value;
});
