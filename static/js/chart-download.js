// [data-png] within a figure: its plot as a picture, on the colour of the page, with the metric's name and the runs' names.
import { hidden } from "./chart-legend.js";

const [HEAD, ROW, PAD] = [28, 20, 12];

document.addEventListener("click", (event) => {
  const figure = event.target.closest("[data-png]")?.closest("[data-chart]");
  const canvas = figure?.querySelector("canvas");
  if (canvas) save(figure, canvas);
});

function save(figure, canvas) {
  const ratio = devicePixelRatio;
  const names = [...document.querySelectorAll("[data-legend]")].filter((each) => !hidden.has(each.dataset.legend));
  const rows = names.length > 1 ? names.slice(0, 40) : [];
  const picture = document.createElement("canvas");
  picture.width = canvas.width + 2 * PAD * ratio;
  picture.height = canvas.height + (HEAD + 2 * PAD + rows.length * ROW) * ratio;
  const pen = picture.getContext("2d");
  pen.fillStyle = paper();
  pen.fillRect(0, 0, picture.width, picture.height);
  pen.drawImage(canvas, PAD * ratio, (HEAD + PAD) * ratio);
  pen.scale(ratio, ratio);
  pen.font = "600 14px system-ui, sans-serif";
  pen.fillStyle = getComputedStyle(document.body).color;
  pen.fillText(figure.dataset.key, PAD, HEAD);
  pen.font = "12px system-ui, sans-serif";
  rows.forEach((row, index) => sign(pen, row, HEAD + PAD + canvas.height / ratio + index * ROW + ROW / 2));
  picture.toBlob((blob) => offer(blob, `${figure.dataset.key.replace(/[^\w.-]+/g, "_")}.png`));
}

// Whatever lies behind the page: the body is as good as transparent where the root is painted.
function paper() {
  const colors = [document.body, document.documentElement].map((part) => getComputedStyle(part).backgroundColor);
  return colors.find((color) => !/^transparent$|, 0\)$/.test(color)) ?? "Canvas";
}

function sign(pen, button, y) {
  const mark = button.querySelector(".mark");
  pen.strokeStyle = pen.fillStyle = getComputedStyle(mark).color;
  pen.lineWidth = 2;
  pen.setLineDash((mark.querySelector(".mark-line").getAttribute("stroke-dasharray") ?? "").split(" ").filter(Boolean).map(Number));
  pen.beginPath();
  pen.moveTo(PAD, y);
  pen.lineTo(PAD + 26, y);
  pen.stroke();
  pen.save();
  pen.translate(PAD + 13, y);
  pen.fill(new Path2D(mark.querySelector(".mark-shape").getAttribute("d")));
  pen.restore();
  pen.fillStyle = getComputedStyle(document.body).color;
  pen.fillText(button.textContent.trim(), PAD + 36, y + 4);
}

function offer(blob, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
