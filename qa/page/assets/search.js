// The text of the articles is searched, and its headings listed.

import { all, button, one, reveal, textsOf } from "./dom.js";
import { point } from "./marks.js";
import { show } from "./panes.js";

const MAX_FOUND = 500;
let found = [];
let at = 0;

// Returns ranges of the words, also across sentences; case and kinds of white space are one.
function find(words) {
  const nodes = [];
  let text = "";
  let before = null; // the cell of the node before
  for (const node of textsOf(one("#article"))) {
    if (node.parentElement.matches(".column")) continue; // is not drawn
    const cell = node.parentElement.closest("td, th");
    if (cell !== before) text += " ";
    before = cell;
    nodes.push({ node, start: text.length });
    text += node.textContent;
  }
  const pattern = words.trim().split(/\s+/).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("\\s+");
  const ranges = [];
  let current = 0;
  const locate = (offset) => {
    while (current + 1 < nodes.length && nodes[current + 1].start <= offset) current += 1;
    return [nodes[current].node, offset - nodes[current].start];
  };
  for (const match of text.matchAll(new RegExp(pattern, "giu"))) {
    const range = document.createRange();
    range.setStart(...locate(match.index));
    const [last, offset] = locate(match.index + match[0].length - 1);
    range.setEnd(last, offset + 1);
    ranges.push(range);
    if (ranges.length === MAX_FOUND) break;
  }
  return ranges;
}

function draw() {
  const note = one("#search-at");
  note.textContent = !one("#search-words").value.trim() ? "" : found.length ? `${at + 1} of ${found.length}${found.length === MAX_FOUND ? "+" : ""}` : "not found";
  if (!window.Highlight) return;
  CSS.highlights.set("found", new Highlight(...found));
  CSS.highlights.set("found-now", new Highlight(...found.slice(at, at + 1)));
}

function go(to) {
  if (found.length) at = (to + found.length) % found.length;
  draw();
  const range = found[at];
  if (!range) return;
  const element = range.startContainer.parentElement;
  element.closest("details")?.setAttribute("open", "");
  reveal(element);
}

export function stop() {
  one("#search-words").value = "";
  found = [];
  draw();
}

function lead(heading) {
  one("#contents").open = false;
  const sentence = one(".sentence", heading);
  point(sentence);
  sentence.focus({ preventScroll: true });
  reveal(heading, "start");
}

export function listContents() {
  const several = all("#article .article").length > 1;
  const headings = all(several ? "#article .article" : "#article h3").map((each) => {
    const text = several ? each.getAttribute("aria-label") : each.textContent;
    return button(text, () => lead(each), { dir: "auto" });
  });
  one("#contents").hidden = headings.length < (several ? 2 : 3);
  one("#contents > div").replaceChildren(...headings);
}

export function begin() {
  const box = one("#search-words");
  box.addEventListener("input", () => {
    found = box.value.trim() ? find(box.value) : [];
    go(0);
  });
  one("#search").addEventListener("submit", (event) => event.preventDefault());
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter") go(at + (event.shiftKey ? -1 : 1));
    else if (event.key === "Escape") {
      stop();
      one("#article").focus({ preventScroll: true });
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.closest("input, textarea, select, dialog")) return;
    event.preventDefault();
    show("article");
    box.focus();
    box.select();
  });
}
