// Shows one pane at a time beside the article (on a narrow window, instead of it), menus and the divider.

import { all, one, wide } from "./dom.js";

export function show(pane) {
  if (pane === "article" && wide.matches) pane = "chat";
  document.body.dataset.pane = pane;
  for (const each of all("nav [data-pane]"))
    each.setAttribute("aria-pressed", String(each.dataset.pane === pane));
}

export function closeMenus(except = null) {
  for (const menu of all("details.menu[open]")) if (menu !== except) menu.open = false;
}

function slide(percent) {
  const share = Math.min(75, Math.max(25, Math.round(percent)));
  one("#divider").setAttribute("aria-valuenow", share);
  document.body.style.setProperty("--chat-width", `${share}%`);
  try {
    localStorage.setItem("divider", share); // at once: a reload may follow the last step
  } catch {
    // A browser that stores nothing: the width lasts as long as the page.
  }
}

function storedShare() {
  try {
    return Number(localStorage.getItem("divider"));
  } catch {
    return 0;
  }
}

export function begin() {
  const divider = one("#divider");
  document.addEventListener("click", (event) => {
    const chosen = event.target.closest("button[data-pane]");
    closeMenus(event.target.closest("details.menu > div button") ? null : event.target.closest("details.menu"));
    if (!chosen) return;
    show(chosen.dataset.pane);
    const heading = one(`#${chosen.dataset.pane}-heading`);
    if (chosen.dataset.focus) one(`#${chosen.dataset.focus}`).focus();
    else if (heading) heading.focus();
    else if (chosen.dataset.pane === "chat") one("#question").focus();
  });
  divider.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    divider.setPointerCapture(event.pointerId);
    const move = ({ clientX }) => slide((clientX / innerWidth) * 100);
    divider.addEventListener("pointermove", move);
    divider.addEventListener("pointerup", () => divider.removeEventListener("pointermove", move), { once: true });
  });
  divider.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -5, ArrowRight: 5 }[event.key];
    if (!by) return;
    event.preventDefault();
    slide(Number(divider.getAttribute("aria-valuenow")) + by);
  });
  wide.addEventListener("change", () => show(document.body.dataset.pane));
  const share = storedShare();
  if (share) slide(share);
  else if (wide.matches) divider.setAttribute("aria-valuenow", Math.round((100 * divider.offsetLeft) / innerWidth));
}
