// What can be done with a sentence of the article, and with a text that is selected there.

import { all, button, copy, make, one, oneLine, reveal, wide } from "./dom.js";
import { activate, point } from "./marks.js";
import { say } from "./notes.js";
import { show } from "./panes.js";
import { call } from "./server.js";

let actions = null; // ask(question), type(text)

const titleOf = (sentence) => sentence.closest("article").getAttribute("aria-label");
const questionOf = (turn) => one(".question", turn).lastChild.textContent;
export const linkTo = (sentence) => `${location.origin}${location.pathname}#${sentence.id}`;

function copyCited(text, sentence) {
  copy(`“${oneLine(text)}” (${titleOf(sentence)}, ${linkTo(sentence)})`);
  say("Copied with its citation.");
}

export function closeCard(back = false) {
  const card = one("#card");
  if (card.hidden) return false;
  card.hidden = true;
  const sentence = document.getElementById(card.dataset.of);
  if (back && sentence) sentence.focus({ preventScroll: true });
  return true;
}

export function openCard(sentence) {
  const card = one("#card");
  point(sentence);
  card.dataset.of = sentence.id;
  const citing = all("#turns a.number[data-hue]").filter((link) => link.hash === `#${sentence.id}`);
  const jumps = citing.map((link) => {
    const turn = link.closest(".turn");
    const jump = button(`${questionOf(turn)} [${link.textContent}]`, () => {
      closeCard();
      show("chat");
      activate(turn);
      sentence.classList.add("current");
      reveal(turn, "start");
      link.focus({ preventScroll: true });
    });
    return make("li", { dir: "auto" }, jump);
  });
  const asks = make("div", { class: "asks", role: "status" }, make("p", { class: "quiet" }, "Looking for questions that it answers …"));
  card.replaceChildren(
    ...(jumps.length ? [make("p", {}, "Cited in the answer to"), make("ul", {}, ...jumps)] : []),
    asks,
    make(
      "p",
      { class: "row" },
      button("Copy with citation", () => copyCited(sentence.textContent, sentence)),
      button("Copy link", () => {
        copy(linkTo(sentence));
        say("The link is copied.");
      }),
      button("Close", () => closeCard(true)),
    ),
  );
  card.hidden = false;
  one("button", card).focus({ preventScroll: true });
  suggest(sentence, asks);
}

// Only questions that were checked to be answered by the sentence are offered.
async function suggest(sentence, asks) {
  const [, article, number] = sentence.id.match(/^s-(.+)-(\d+)$/);
  let questions = [];
  try {
    ({ questions } = await call("about", { article, sentence: Number(number) }));
  } catch {
    // there are none, then
  }
  if (one("#card").dataset.of !== sentence.id || !asks.isConnected) return;
  asks.replaceChildren();
  if (!questions.length) return;
  const items = questions.map((question) =>
    make("li", { dir: "auto" }, button(question, () => {
      closeCard();
      show("chat");
      actions.ask(question);
    })),
  );
  asks.append(make("p", {}, "Ask about it"), make("ul", {}, ...items));
}

function selected() {
  const chosen = getSelection();
  if (chosen.isCollapsed || !chosen.rangeCount) return null;
  const range = chosen.getRangeAt(0);
  const node = range.startContainer;
  const start = (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement).closest("#article .sentence");
  return start && oneLine(chosen.toString()) ? { range, sentence: start, text: oneLine(chosen.toString()) } : null;
}

function showSelection() {
  const bar = one("#selection");
  const chosen = selected();
  bar.hidden = !chosen;
  if (!chosen) return;
  const box = chosen.range.getBoundingClientRect();
  bar.style.left = `${Math.max(8, Math.min(innerWidth - bar.offsetWidth - 8, box.left))}px`;
  bar.style.top = `${Math.max(8, Math.min(innerHeight - bar.offsetHeight - 8, box.bottom + 8))}px`;
}

// A link names a sentence: it is shown once its article is there.
export function openLink() {
  if (!/^#s-.+-\d+$/.test(location.hash)) return false;
  const sentence = document.getElementById(location.hash.slice(1));
  if (!sentence) {
    say("The article of this link is not here; add it under Articles.");
    return false;
  }
  show("article");
  point(sentence);
  reveal(sentence);
  return true;
}

export function begin(given) {
  actions = given;
  let timer = 0; // a selection is shown once it rests
  document.addEventListener("selectionchange", () => {
    clearTimeout(timer);
    timer = setTimeout(showSelection, 200);
  });
  document.addEventListener("scroll", () => one("#selection").hidden || showSelection(), { capture: true, passive: true });
  one("#selection").addEventListener("pointerdown", (event) => event.preventDefault());
  one("#selection").addEventListener("click", (event) => {
    const what = event.target.closest("[data-selection]")?.dataset.selection;
    const chosen = selected();
    if (!what || !chosen) return;
    getSelection().removeAllRanges();
    one("#selection").hidden = true;
    if (what === "copy") return copyCited(chosen.text, chosen.sentence);
    if (!wide.matches) show("chat");
    actions.type(`What is said about “${chosen.text.split(" ").slice(0, 12).join(" ")}”?`);
  });
  document.addEventListener("click", (event) => {
    const sentence = event.target.closest("#article .sentence");
    if (sentence && getSelection().isCollapsed) openCard(sentence);
    else if (!event.target.closest("#card")) closeCard();
  });
  addEventListener("hashchange", openLink);
}
