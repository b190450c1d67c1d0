// Menus are <details>: one open at a time, closed by Escape, by a press elsewhere and by choosing.
const open = () => document.querySelectorAll("details.menu[open]");

// What is chosen may replace the menu: a focus inside would be lost, the one on its head is found again by its id.
function close(menu) {
  if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
  menu.open = false;
}

document.addEventListener("click", (event) => {
  for (const menu of open()) {
    const chosen = event.target.closest("a, button:not([data-column-step])") && event.target.closest(".menu-list");
    if (menu.contains(event.target) && !chosen) continue;
    // Once its form is sent: a button that loses the focus before is no longer known to htmx as the one that was pressed.
    setTimeout(() => close(menu));
  }
});

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details.menu[open]");
  if (event.key === "Escape") {
    for (const each of open()) each.open = false;
    menu?.querySelector("summary").focus();
    return;
  }
  if (!menu || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
  const choices = [...menu.querySelectorAll(".menu-list :is(a, button)")];
  const at = choices.indexOf(document.activeElement);
  choices.at(event.key === "ArrowDown" ? (at + 1) % choices.length : Math.max(at, 0) - 1)?.focus();
  event.preventDefault();
});

// A menu may open at the end of what can be seen, or inside a column that scrolls by itself.
document.addEventListener(
  "toggle",
  (event) => {
    if (event.target.matches("details.menu[open]")) event.target.querySelector(".menu-list").scrollIntoView({ block: "nearest" });
  },
  true,
);
