// One answer is active: its sentences, its short answer and its ticks are marked in the article, in the
// colour of their numbers. What is pointed at or focused on one side is lit on the other.

import { all, make, one, reveal, textsOf, wide } from "./dom.js";
import { say } from "./notes.js";
import { show } from "./panes.js";

let active = null; // the turn, or the row of a table, whose citations are marked
let at = -1; // which of them was shown last

export const sentenceOf = (link) => document.getElementById(link.hash.slice(1));
const links = () => (active ? all("a.number", active) : []);
const cites = (link) => link.dataset.hue && sentenceOf(link);
const isRow = (sentence) => sentence.matches("tr");

function unmark() {
  for (const sentence of all("#article .cited")) {
    for (const mark of all("mark", sentence)) mark.replaceWith(...mark.childNodes);
    sentence.normalize();
    sentence.classList.remove("cited", "unsure");
    if (!isRow(sentence)) sentence.removeAttribute("role");
    for (const each of [sentence, one("td", sentence)]) if (each) delete each.dataset.number;
    delete sentence.dataset.hue;
  }
  for (const each of all(".active")) each.classList.remove("active");
}

// Marks the short answer inside a sentence, which a quote shows too.
function markShort(sentence, quote) {
  const short = quote && one("mark", quote);
  if (!short || sentence.querySelector("mark")) return;
  const start = short.previousSibling ? short.previousSibling.textContent.length : 0;
  const end = start + short.textContent.length;
  if (sentence.textContent.slice(start, end) !== short.textContent) return;
  let at = 0;
  for (const node of textsOf(sentence)) {
    const [from, to] = [Math.max(start - at, 0), Math.min(end - at, node.length)];
    at += node.length;
    if (from >= to || node.parentElement.matches(".column")) continue;
    const shown = node.splitText(from);
    shown.splitText(to - from);
    const mark = make("mark");
    shown.replaceWith(mark);
    mark.append(shown);
  }
}

export function activate(element) {
  unmark();
  active = element;
  at = -1;
  if (element) {
    element.classList.add("active");
    const unsure = Boolean(one(".answer.unsure", element));
    for (const link of links()) {
      const sentence = cites(link);
      if (!sentence) continue;
      const numbers = sentence.dataset.number;
      sentence.classList.add("cited");
      sentence.classList.toggle("unsure", unsure);
      if (!isRow(sentence)) sentence.setAttribute("role", "mark");
      const number = numbers ? `${numbers}, ${link.textContent}` : link.textContent;
      for (const each of [sentence, one("td", sentence)]) if (each) each.dataset.number = number;
      sentence.dataset.hue ??= link.dataset.hue;
      markShort(sentence, one("blockquote", link.parentElement));
    }
  }
  drawTicks();
  showWalk();
}

// Before the first question, the key sentences of the first screen are marked.
export function markFirst() {
  const welcome = one("#welcome");
  if (!welcome.hidden && !active?.matches(".turn")) activate(welcome);
}

export const activeElement = () => active;

export function drawTicks() {
  const pane = one("#article");
  if (!pane) return;
  const top = pane.getBoundingClientRect().top - pane.scrollTop;
  const ticks = all(".cited", pane).map((sentence) => {
    const tick = make("span", { "data-hue": sentence.dataset.hue });
    tick.style.top = `${(100 * (sentence.getBoundingClientRect().top - top)) / pane.scrollHeight}%`;
    return tick;
  });
  one("#ticks").replaceChildren(...ticks);
}

function showWalk() {
  const found = links().filter(sentenceOf);
  one("#walk").hidden = found.length < 2;
  one("#walk-at").textContent = `${Math.max(at, 0) + 1} of ${found.length}`;
}

// Goes to the citation before or after the one shown last, over all articles.
export function walk(by) {
  const found = links().filter(sentenceOf);
  if (!found.length) return;
  at = at < 0 ? (by > 0 ? Math.min(1, found.length - 1) : 0) : Math.min(found.length - 1, Math.max(0, at + by));
  lead(found[at]);
}

export function pointAtNothing() {
  for (const other of all("#article .current")) other.classList.remove("current");
}

export function point(sentence) {
  pointAtNothing();
  for (const other of all('#article .sentence[tabindex="0"]')) other.tabIndex = -1;
  sentence.classList.add("current");
  sentence.tabIndex = 0;
}

// Shows a citation's sentence in the article, and moves the focus there.
export function lead(link) {
  const sentence = sentenceOf(link);
  if (!sentence) return say("Its article is not shown; choose it under Articles.");
  const found = links().filter(sentenceOf);
  at = found.indexOf(link);
  showWalk();
  point(sentence);
  show("article");
  one("#back").hidden = wide.matches;
  sentence.focus({ preventScroll: true });
  reveal(sentence);
}

// A click on a citation: on a narrow window a sheet shows the sentence in its paragraph.
export function follow(link) {
  const turn = link.closest(".turn, tr, #welcome");
  if (turn && turn !== active) activate(turn);
  const sentence = sentenceOf(link);
  if (wide.matches || !sentence || link.closest("#article")) return lead(link);
  const context = make("div", { class: "article" });
  const block = sentence.closest("p, figure, h2, h3, .table").cloneNode(true);
  for (const each of [block, ...all("[id], [tabindex]", block)]) {
    if (each.id === sentence.id) each.classList.add("current");
    each.removeAttribute("id");
    each.removeAttribute("tabindex");
  }
  context.append(make("p", { class: "source" }, sentence.closest("article").getAttribute("aria-label")), block);
  one("#sheet-text").replaceChildren(context);
  one("#sheet").link = link;
  history.pushState({ sheet: true }, "");
  one("#sheet").showModal();
  one(".current", context).scrollIntoView({ block: "center" });
}

function light(id) {
  for (const lit of all(".lit")) if (lit.dataset.sentence !== id && lit.id !== id) lit.classList.remove("lit");
  if (!id || !active) return;
  for (const quote of all(`[data-sentence="${CSS.escape(id)}"]`, active)) {
    quote.classList.add("lit");
    document.getElementById(id)?.classList.add("lit");
  }
}

function pointed(event) {
  const quote = event.target.closest?.("[data-sentence]");
  const sentence = event.target.closest?.("#article .sentence");
  light(quote && quote.closest(".active") ? quote.dataset.sentence : sentence?.id);
}

export function begin() {
  for (const kind of ["pointerover", "focusin"]) document.addEventListener(kind, pointed);
  one("#walk").addEventListener("click", (event) => {
    const by = event.target.closest("[data-walk]");
    if (by) walk(Number(by.dataset.walk));
  });
  one("#back").addEventListener("click", () => {
    show("chat");
    one("#back").hidden = true;
    const link = links().filter(sentenceOf)[at];
    if (!link) return;
    reveal(link.closest(".turn, tr, #welcome"), "start");
    link.focus({ preventScroll: true });
  });
  history.scrollRestoration = "manual"; // or Back, with which the sheet closes, scrolls the article away
  const sheet = one("#sheet");
  const leave = () => history.state?.sheet && history.back();
  one("#sheet-close").addEventListener("click", () => sheet.close());
  one("#sheet-read").addEventListener("click", () => {
    const { link } = sheet;
    sheet.close();
    lead(link);
  });
  sheet.addEventListener("close", () => {
    leave();
    if (document.body.dataset.pane === "chat") sheet.link?.focus({ preventScroll: true });
  });
  sheet.addEventListener("click", (event) => event.target === sheet && sheet.close());
  addEventListener("popstate", () => sheet.open && sheet.close());
  new ResizeObserver(drawTicks).observe(one("#article"));
}
