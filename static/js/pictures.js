// [data-picture]: where its picture can't be drawn, words stand in its place, not the browser's sign of something broken.
document.addEventListener("error", (event) => fail(event.target), true);
document.querySelectorAll("[data-picture] > img").forEach((picture) => {
  if (picture.complete && picture.currentSrc && !picture.naturalWidth) fail(picture); // it failed before this was loaded
});

function fail(picture) {
  const words = picture.matches?.("[data-picture] > img") && picture.nextElementSibling;
  if (!words) return;
  picture.hidden = true;
  words.hidden = false;
}
