// Elements are found and made.

export const all = (selector, root = document) => [...root.querySelectorAll(selector)];
export const one = (selector, root = document) => root.querySelector(selector);

export const data = JSON.parse(one("#data").textContent);
export const wide = matchMedia("(min-width: 900px)");
const still = matchMedia("(prefers-reduced-motion: reduce)");

// Returns a new element; what is null is left out.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

export const button = (text, onclick, attributes = {}) =>
  make("button", { type: "button", onclick, ...attributes }, text);

// Returns the text nodes of an element, in order.
export function textsOf(element) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  return nodes;
}

export function reveal(element, block = "center") {
  element.scrollIntoView({ block, behavior: still.matches ? "auto" : "smooth" });
}

export const oneLine = (text) => text.split(/\s+/).filter(Boolean).join(" ");

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = make("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

// Lets the browser save a file that the server has made, of a text or of bytes in base64.
export function save({ name, type, text, base64 }) {
  const content = base64 ? Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)) : text;
  const link = make("a", { download: name, href: URL.createObjectURL(new Blob([content], { type })) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
