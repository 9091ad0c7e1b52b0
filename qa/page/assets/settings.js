// How strict answers are and how many citations they have; both stay in the browser.

import { all, data, one } from "./dom.js";

const usual = () => ({ strict: data.threshold, "n-citations": data.max_citations });

function set(values) {
  for (const [id, content] of Object.entries(values)) {
    const slider = one(`#settings-pane #${id}`);
    if (!slider || !Number.isFinite(content)) continue;
    slider.value = content;
    one(`output[for=${id}]`).textContent = slider.value;
  }
}

// At once: a reload may follow the last step.
function keep(values) {
  try {
    localStorage.setItem("settings", JSON.stringify(values));
  } catch {
    // A browser that stores nothing: they last as long as the page.
  }
}

function stored() {
  try {
    return JSON.parse(localStorage.getItem("settings")) || {};
  } catch {
    return {};
  }
}

const current = () =>
  Object.fromEntries(all("#settings-pane input").map((slider) => [slider.id, Number(slider.value)]));

export const settings = () => {
  const { strict, "n-citations": max_citations } = current();
  return { threshold: strict, max_citations };
};

export function begin() {
  set(usual());
  for (const slider of all("#settings-pane input"))
    slider.addEventListener("input", () => {
      set(current());
      keep(current());
    });
  one("[data-do=reset]").addEventListener("click", () => {
    set(usual());
    keep(null);
  });
  set(stored());
}
