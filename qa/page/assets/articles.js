// The articles that are asked: chosen, added, removed; what the page shows of them.

import { all, button, data, make, one } from "./dom.js";
import { markFirst } from "./marks.js";
import { say } from "./notes.js";
import { listContents, stop as stopSearch } from "./search.js";
import { call } from "./server.js";
import { setValue, value } from "./store.js";

const MAX_FILES = 20;
const MAX_BYTES = 10e6;
const corpusText = one("#article").innerHTML;
let view = { set: data.set, picked: data.picked, title: data.title };
let shown = data.set; // the set whose text is shown
let changed = async () => {};
let begun = false; // whether anything is shown yet
let change = null; // what is added, chosen or removed now

export const picked = () => view.picked;
export const set = () => view.set;
export const isChanging = () => change !== null;

// Waits until no article is added, chosen or removed any more.
export async function settled() {
  while (change) await change;
}

function status({ message = "", lines = [], failed = false, progress = null } = {}) {
  const parts = [];
  if (message) parts.push(make("p", { class: failed ? "problem" : "message" }, message));
  for (const line of lines) parts.push(make("p", { class: "quiet" }, line));
  if (progress)
    parts.push(make("progress", { max: progress[1], value: progress[0], "aria-label": message }));
  one("#work").replaceChildren(...parts);
  if (message) one("#work").scrollIntoView({ block: "nearest" });
}

function draw() {
  const picker = one("#picker");
  const choices = view.choices.map(({ id, label, own }) => {
    const box = make("input", { type: "checkbox", value: id, checked: view.picked.includes(id) });
    const remove = own && button("Remove", () => act("remove", { article: id }), { class: "link", "aria-label": `Remove ${label}` });
    return make("div", { class: "choice" }, make("label", {}, box, make("span", { dir: "auto" }, label)), remove || null);
  });
  picker.replaceChildren(one("legend", picker), ...choices);
}

function drawNames() {
  one("#title").textContent = view.title;
  document.title = `${view.title} – Ask the article`;
  one("#welcome-title").textContent = view.title;
  one("#welcome-length").textContent = view.length;
}

// Key sentences and questions to begin with come after the rest, which does not wait for them.
async function drawFirst() {
  const name = view.set;
  let first = { starters: [], overview: [] };
  try {
    first = await call("first", {});
  } catch {
    // they can be done without
  }
  if (view.set !== name) return;
  const quotes = first.overview.map(({ number, anchor, quote }) =>
    make("li", { "data-sentence": anchor }, make("a", { class: "number", href: `#${anchor}`, "data-hue": ((number - 1) % 5) + 1, "aria-label": `Sentence ${number}: show it in the article` }, String(number)), make("blockquote", { dir: "auto" }, quote)),
  );
  one("#overview ol").replaceChildren(...quotes);
  one("#overview").hidden = !quotes.length;
  const starters = first.starters.map((question) => make("li", {}, make("button", { type: "button", "data-ask": question, dir: "auto" }, question)));
  one("#starters ul").replaceChildren(...starters);
  one("#starters").hidden = !starters.length;
  markFirst();
}

// The texts of own articles are stored once, when they are added.
async function store(added) {
  const own = new Set(view.choices.filter((choice) => choice.own).map((choice) => choice.id));
  const before = (await value("articles"))?.articles || [];
  const ids = new Set(added.map((article) => article.id));
  const articles = [...before.filter((article) => own.has(article.id) && !ids.has(article.id)), ...added];
  await setValue("articles", { articles, chosen: view.chosen });
}

async function take(step, quietly) {
  one("#loading").hidden = !step.loading;
  if (!quietly || step.status?.failed) status(step.status);
  if (!step.view) return;
  view = step.view;
  await store(step.added || []);
  const pane = one("#article");
  if (shown !== view.set) {
    stopSearch();
    pane.innerHTML = view.text ?? corpusText;
    pane.scrollTop = 0;
    listContents();
  }
  const anew = shown !== view.set;
  shown = view.set;
  draw();
  drawNames();
  if (anew || !begun) drawFirst();
  begun = true;
  await changed(anew);
}

// Adds, chooses or removes articles; returns whether that worked.
function act(name, message) {
  const mine = sendAct(name, message);
  const done = Promise.all([change, mine]).then(() => {
    if (change === done) change = null;
  });
  change = done;
  return mine;
}

async function sendAct(name, message, { quietly = false } = {}) {
  let last = null;
  let steps = Promise.resolve();
  try {
    await call(name, message, { onStep: (step) => (steps = steps.then(() => take(step, quietly))) });
    await steps;
    last = view;
    one("#loading").hidden = true;
    return !one("#work .problem");
  } catch (error) {
    one("#loading").hidden = true;
    if (name === "open") say(error.message);
    else status({ message: error.message, failed: true });
    if (last) draw();
    return false;
  }
}

export const reopen = async () => sendAct("open", { saved: await value("articles") }, { quietly: true });

const encoded = (file) =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve({ name: file.name, data: reader.result.slice(reader.result.indexOf(",") + 1) });
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });

// Returns files as they are sent, or null where they are too many or too large, which it says.
export async function encode(list) {
  const files = [...list];
  if (files.length > MAX_FILES) return say(`At most ${MAX_FILES} files are taken at once.`), null;
  if (files.reduce((sum, file) => sum + file.size, 0) > MAX_BYTES) return say("Files must be at most 10 MB together."), null;
  try {
    return await Promise.all(files.map(encoded));
  } catch {
    return say("A file could not be read."), null;
  }
}

export async function addFiles(list) {
  const files = await encode(list);
  if (files?.length) await act("add", { files });
}

export async function begin(onChange) {
  changed = onChange;
  listContents();
  one("#picker").addEventListener("change", () => {
    act("choose", { picked: all("#picker input:checked").map((box) => box.value) });
  });
  for (const form of all("form[data-add]"))
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const { text, title, address } = form.elements;
      const message = text ? { text: text.value, title: title.value } : { address: address.value };
      if (await act("add", message)) form.reset();
    });
  return reopen();
}
