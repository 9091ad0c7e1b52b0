// Brings the parts of the page together: what is pressed, dropped, typed, and what an address names.

import * as articles from "./articles.js";
import * as card from "./card.js";
import { all, one } from "./dom.js";
import * as files from "./files.js";
import * as marks from "./marks.js";
import * as panes from "./panes.js";
import * as search from "./search.js";
import * as settings from "./settings.js";
import * as thread from "./thread.js";

document.addEventListener("click", (event) => {
  const link = event.target.closest("a.number");
  if (link) {
    event.preventDefault();
    marks.follow(link);
  }
  const what = event.target.closest("[data-do]")?.dataset.do;
  const typed = event.target.closest("[data-type]")?.dataset.type;
  if (typed) thread.type(typed);
  if (what === "print") print();
  if (what === "keys") one("#keys").showModal();
});

// Sentences are one stop of the Tab key; arrows go on from there.
function step(sentence, by) {
  const sentences = all("#article .sentence");
  const next = sentences[sentences.indexOf(sentence) + by];
  if (!next) return;
  marks.point(next);
  next.focus();
}

document.addEventListener("keydown", (event) => {
  const { target, key } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || !target.closest || target.closest("dialog")) return;
  const sentence = target.closest("#article .sentence");
  if (key === "Escape") {
    if (card.closeCard(true)) return;
    panes.closeMenus();
    one("#selection").hidden = true;
    one("#preview").hidden = true;
    if (document.body.dataset.pane !== "chat" && !target.closest("input, textarea")) panes.show("chat");
  } else if (sentence && (key === "ArrowRight" || key === "ArrowLeft")) step(sentence, key === "ArrowRight" ? 1 : -1);
  else if (sentence && key === "Enter") card.openCard(sentence);
  else if ((sentence || target.closest("a.number")) && (key === "ArrowDown" || key === "ArrowUp")) {
    if (!marks.activeElement()) return;
    marks.walk(key === "ArrowDown" ? 1 : -1);
  } else return;
  event.preventDefault();
});

// Files are dropped anywhere on the page.
const dropped = (list) => {
  if (document.body.dataset.pane === "file") files.answerFile(list);
  else {
    panes.show("articles");
    articles.addFiles(list);
  }
};
const hasFiles = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
let inside = 0; // how many elements a dragged file is over
for (const kind of ["dragenter", "dragover", "dragleave", "drop"])
  document.addEventListener(kind, (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    inside = { dragenter: inside + 1, dragleave: inside - 1, drop: 0, dragover: inside }[kind];
    one("#drop-here").hidden = inside <= 0;
    if (kind === "drop") dropped(event.dataTransfer.files);
  });
document.addEventListener("change", (event) => {
  const drop = event.target.closest("label.drop");
  if (!drop) return;
  const list = [...event.target.files];
  event.target.value = "";
  if (drop.dataset.drop === "questions") files.answerFile(list);
  else articles.addFiles(list);
});

// A link's question is asked once: a reload finds its answer in the conversation.
function askLink() {
  const address = new URL(location.href);
  const question = address.searchParams.get("q") || address.searchParams.get("question");
  if (!question) return;
  for (const name of ["q", "question"]) address.searchParams.delete(name);
  history.replaceState(null, "", address);
  thread.ask(question);
}

let first = true;
async function articlesChanged(anew) {
  const whole = anew || first;
  first = false;
  await thread.articlesChanged(whole);
  if (!whole) return;
  await files.restore();
  card.openLink();
}

panes.begin();
marks.begin();
search.begin();
files.begin();
card.begin({ ask: thread.ask, type: thread.type });
settings.begin();
const opened = articles.begin(articlesChanged);
thread.begin(opened);
document.body.dataset.ready = "";
askLink();
opened.then(() => (document.body.dataset.opened = ""));
