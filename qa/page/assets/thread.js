// The conversation: a question stands in it at once, its answer when it comes. Each conversation
// belongs to a set of articles and is stored turn by turn.

import { isChanging, picked, reopen, set, settled } from "./articles.js";
import { all, button, copy, data, make, one, reveal, save, wide } from "./dom.js";
import { activate, activeElement, markFirst, pointAtNothing, sentenceOf } from "./marks.js";
import { say } from "./notes.js";
import { show } from "./panes.js";
import { ServerError, call } from "./server.js";
import { settings } from "./settings.js";
import * as store from "./store.js";

const MAX_TURNS = 100;
const MAX_HISTORY = 10;
const MAX_NAME = 60;
let current = { id: null, name: "", turns: [] };
let queue = []; // questions that are not answered yet, each with its turn's element
let asking = null; // what stops the one that is asked now
let editing = null; // the id of the turn whose question is in the box to be changed
let ready = Promise.resolve();
const elements = new Map(); // a turn's element by its id, while its conversation is shown

const box = () => one("#question");
const newId = () => `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`;
const turnOf = (element) => current.turns.find((turn) => turn.id === element.closest(".turn").dataset.turn);

// The box

export function type(text) {
  box().value = text;
  grow();
  box().focus();
}

function grow() {
  box().style.height = "auto";
  box().style.height = `${Math.min(box().scrollHeight + 2, 160)}px`;
}

function problem(text) {
  one("#ask-problem").textContent = text;
}

function submit() {
  const question = box().value.trim();
  if (!question) return box().focus();
  box().value = "";
  grow();
  const replaced = editing;
  stopEditing();
  ask(question, { replaced });
}

function stopEditing() {
  editing = null;
  delete box().dataset.editing;
  for (const each of all(".turn.editing")) each.classList.remove("editing");
}

function edit(turn) {
  stopEditing();
  editing = turn.id;
  elements.get(turn.id)?.classList.add("editing");
  box().dataset.editing = "";
  type(turn.question);
  box().select();
}

// Turns

function heading(question) {
  return make("h2", { class: "question", dir: "auto" }, make("span", { class: "hidden-text" }, "Question: "), question);
}

function drawTurn(turn, html) {
  const element = elements.get(turn.id) || make("div", { class: "turn", role: "group", "data-turn": turn.id });
  elements.set(turn.id, element);
  const reply = make("div", { class: "reply" });
  reply.innerHTML = html;
  element.replaceChildren(heading(turn.question), reply, actionsOf(turn), whyOf(turn));
  element.setAttribute("aria-label", "A question and its answer");
  return element;
}

function actionsOf(turn) {
  const thumb = (vote, label) =>
    button("", () => setVote(turn, turn.vote === vote ? "" : vote), {
      class: `thumb ${vote}`,
      "aria-pressed": String(turn.vote === vote),
      "aria-label": label,
      title: turn.vote === vote ? `${label}: take it back` : label,
    });
  return make(
    "div",
    { class: "actions" },
    button("Copy", () => (copy(textOf(elements.get(turn.id))), say("The answer is copied."))),
    button("Copy link", () => (copy(`${location.origin}${location.pathname}?q=${encodeURIComponent(turn.question)}`), say("The link is copied."))),
    button("Edit", () => edit(turn)),
    button("Delete", () => remove(turn)),
    make("span", { class: "votes" }, thumb("up", "Good answer"), thumb("down", "Bad answer")),
  );
}

function whyOf(turn) {
  if (!turn.vote) return "";
  if (turn.word) return make("p", { class: "why" }, "Noted: ", make("span", { dir: "auto" }, turn.word));
  const word = make("input", { type: "text", maxlength: "200", placeholder: "A word, if you like" });
  const form = make("form", { class: "why", onsubmit: (event) => (event.preventDefault(), setVote(turn, turn.vote, word.value)) }, make("label", {}, "Why? ", word), make("button", {}, "Send"));
  return form;
}

async function setVote(turn, vote, word = "") {
  try {
    const { html, ...saved } = turn;
    Object.assign(turn, await call("vote", { turn: saved, vote, word }));
    await keep(turn);
  } catch (error) {
    say(error.message);
  }
  const element = elements.get(turn.id);
  if (!element) return;
  one(".actions", element).replaceWith(actionsOf(turn));
  one(".why", element)?.remove();
  element.append(whyOf(turn));
}

function textOf(element) {
  const text = (each) => each.textContent.trim();
  const lines = [one(".question", element).lastChild.textContent];
  for (const line of all(".short-answer, .reason, .label", element)) lines.push(text(line));
  for (const item of all(".quotes li", element)) {
    const number = one("a.number", item).textContent;
    const where = one(".where", item);
    lines.push(`${/\d/.test(number) ? `[${number}]` : "-"} ${text(one("blockquote", item))}${where ? ` (${text(where)})` : ""}`);
  }
  for (const line of all(".note, .confidence, .understood", element)) lines.push(text(line));
  return lines.join("\n");
}

// What is stored: a turn is added to, changed in or taken out of the conversation as it is there.

// A name of whole words, as long as the field takes.
const shortened = (text) => (text.length <= MAX_NAME ? text : `${text.slice(0, MAX_NAME).replace(/\s+\S*$/, "").slice(0, MAX_NAME - 1)}…`);

const bare = ({ html, ...turn }) => turn;

async function keep(turn, { at = -1 } = {}) {
  const name = current.name;
  current.id ??= newId();
  const id = current.id;
  await store.change(id, (stored) => {
    const before = stored || { id, set: set(), name, turns: [] };
    const turns = before.turns.filter((each) => each.id !== turn.id);
    const old = before.turns.findIndex((each) => each.id === turn.id);
    const place = old >= 0 ? old : at >= 0 ? at : turns.length;
    turns.splice(place, 0, bare(turn));
    return { ...before, name: before.name || shortened(turn.question), turns: turns.slice(-MAX_TURNS) };
  });
  localStorage.setItem("article-qa-last", id);
  await drawConversations();
}

async function remove(turn, { quietly = false } = {}) {
  const at = current.turns.indexOf(turn);
  if (at < 0) return;
  const element = elements.get(turn.id);
  current.turns.splice(at, 1);
  elements.delete(turn.id);
  element.remove();
  const { id } = current;
  await store.change(id, (stored) => stored && { ...stored, turns: stored.turns.filter((each) => each.id !== turn.id) });
  settle();
  say(quietly ? "The answer before is replaced." : "Deleted.", async () => {
    if (current.id !== id) return;
    current.turns.splice(at, 0, turn);
    one("#turns").insertBefore(drawTurn(turn, turn.html), one("#turns").children[at] || null);
    await keep(turn, { at });
    settle();
  });
}

// Asking

export function ask(question, { replaced = null } = {}) {
  problem("");
  const id = newId();
  const element = make("div", { class: "turn", role: "group", "data-turn": id, "aria-label": "A question and its answer" }, heading(question), make("p", { class: "awaited", role: "status" }, queue.length ? "Waiting …" : "Reading …"));
  elements.set(id, element);
  one("#turns").append(element);
  queue.push({ id, question, element, replaced, conversation: current });
  settle();
  if (wide.matches || document.body.dataset.pane !== "chat") show("chat");
  element.scrollIntoView({ block: "start" });
  if (queue.length === 1) answerNext();
}

function settle() {
  one("#welcome").hidden = current.turns.length > 0 || queue.length > 0;
  one("#ask").hidden = queue.length > 0 && !box().value.trim();
  one("#stop").hidden = !queue.length;
  if (current.turns.length || queue.length) return;
  activate(null);
  markFirst();
}

const history = () =>
  current.turns
    .filter((turn) => ["answer", "topic"].includes(turn.answer?.kind) && JSON.stringify(turn.picked) === JSON.stringify(picked()))
    .slice(-MAX_HISTORY)
    .map(({ question, answer }) => ({
      question: answer.standalone_question || question,
      given: answer.status !== "not_found",
    }));

async function answerNext() {
  const next = queue[0];
  if (!next) return;
  one(".awaited", next.element).textContent = isChanging() ? "Waiting for the articles …" : "Reading …";
  asking = new AbortController();
  const onStep = ({ awaited }) => {
    const line = one(".awaited", next.element);
    if (awaited && line) line.textContent = awaited;
  };
  try {
    await Promise.race([ready.then(settled), aborted(asking.signal)]);
    next.sent = true;
    one(".awaited", next.element).textContent = "Reading …";
    const message = () => ({ question: next.question, history: history(), picked: picked(), ...settings() });
    const options = { onStep, signal: asking.signal };
    let answered;
    try {
      answered = await call("ask", message(), options);
    } catch (error) {
      // The server may have been started anew: it learns again which articles are asked.
      if (!(error instanceof ServerError) || !/open for too long/.test(error.message)) throw error;
      await reopen();
      answered = await call("ask", message(), options);
    }
    await take(next, answered);
  } catch (error) {
    next.element.remove();
    elements.delete(next.id);
    if (!box().value.trim()) type(next.question);
    if (error.name !== "AbortError") problem(error.message);
  }
  queue.shift();
  asking = null;
  settle();
  answerNext();
}

const aborted = (signal) =>
  new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(new DOMException("Stopped", "AbortError")));
  });

async function take(next, { turn, html }) {
  if (next.conversation !== current) return;
  const whole = { ...turn, id: next.id, picked: picked(), html };
  const replaced = current.turns.find((each) => each.id === next.replaced);
  current.turns.push(whole);
  drawTurn(whole, html);
  pointAtNothing();
  activate(next.element);
  await keep(whole);
  if (replaced) await remove(replaced, { quietly: true });
  next.element.scrollIntoView({ block: "start" });
  const first = one(".answer a.number[data-hue]", next.element);
  const sentence = first && sentenceOf(first);
  if (sentence && wide.matches) reveal(sentence);
}

function stop() {
  const [, ...waiting] = queue;
  for (const each of waiting) {
    each.element.remove();
    elements.delete(each.id);
  }
  queue = queue.slice(0, 1);
  asking?.abort();
}

// Conversations

// Questions that wait for another conversation are dropped; those that wait for these articles stay.
async function open(id, { forArticles = false } = {}) {
  if (!forArticles) stop();
  else if (queue[0]?.sent) asking.abort();
  const stored = id && (await store.conversation(id));
  current = stored ? { id: stored.id, name: stored.name, turns: stored.turns } : { id: null, name: "", turns: [] };
  for (const each of queue) if (!each.sent) each.conversation = current;
  await drawAll();
}

async function drawAll() {
  const { turns } = current;
  elements.clear();
  one("#turns").replaceChildren();
  if (turns.length) {
    const missing = turns.filter((turn) => turn.html === undefined);
    let shown = [];
    try {
      ({ shown } = missing.length ? await call("show", { turns: missing.map(bare) }) : { shown });
    } catch (error) {
      problem(error.message);
    }
    if (turns !== current.turns) return;
    missing.forEach((turn, number) => (turn.html = shown[number] ?? null));
    current.turns = turns.filter((turn) => turn.html !== null);
    one("#turns").replaceChildren(...current.turns.map((turn) => drawTurn(turn, turn.html)));
    const last = one("#turns .turn:last-child");
    if (last) {
      activate(last);
      last.scrollIntoView({ block: "start" });
    }
  }
  for (const { id, element } of queue) {
    elements.set(id, element);
    one("#turns").append(element);
    element.scrollIntoView({ block: "start" });
  }
  await drawConversations();
  settle();
}

async function drawConversations() {
  const found = await store.conversations(set());
  current.name = found.find((each) => each.id === current.id)?.name || "";
  one("#conversation-name").textContent = current.name || "New conversation";
  const close = () => (one("#conversations").open = false);
  const choose = (id) => button(found.find((each) => each.id === id).name, () => (close(), open(id)), { dir: "auto", "aria-current": id === current.id ? "true" : null });
  one("#conversations > div").replaceChildren(
    button("New conversation", () => (close(), open(null), box().focus()), { class: "first" }),
    ...found.filter((each) => each.turns.length).map((each) => choose(each.id)),
    ...(current.id ? [make("hr"), button("Rename …", rename), button("Delete this conversation", () => (close(), removeAll()))] : []),
  );
  one("#export").hidden = !current.turns.length;
}

function rename() {
  const menu = one("#conversations");
  const { id, name } = current;
  const field = make("input", { type: "text", maxlength: MAX_NAME, "aria-label": "Name of the conversation" });
  field.value = name;
  const given = async (event) => {
    event.preventDefault();
    const text = field.value.trim();
    menu.open = false;
    if (text) await store.change(id, (stored) => stored && { ...stored, name: text });
    await drawConversations();
    one("summary", menu).focus();
  };
  one("div", menu).replaceChildren(make("form", { onsubmit: given }, field, make("button", {}, "Rename")));
  setTimeout(() => {
    menu.open = true; // the click that led here closes menus
    field.select();
  });
}

async function removeAll() {
  const { id } = current;
  const removed = await store.conversation(id);
  await store.change(id, () => null);
  await open(null);
  say("The conversation is deleted.", async () => {
    await store.change(id, () => removed);
    await open(id);
  });
}

async function exported(form) {
  try {
    save(await call("export", { form, turns: current.turns.map(bare) }));
  } catch (error) {
    say(error.message);
  }
}

// Beginning

// Other articles are asked now: their own latest conversation is shown. With the same ones, the marks.
export async function articlesChanged(anew) {
  if (!anew) return activate(activeElement()?.isConnected ? activeElement() : null);
  const left = current.turns.length > 0;
  const found = await store.conversations(set());
  await open(found.find((each) => each.turns.length)?.id || null, { forArticles: true });
  if (left) say("Other articles, another conversation. The one before comes back with its articles.");
}

export async function begin(opened) {
  ready = opened;
  one("#ask-form").addEventListener("submit", (event) => (event.preventDefault(), submit()));
  one("#stop").addEventListener("click", stop);
  box().addEventListener("input", () => (grow(), settle(), problem("")));
  box().addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    } else if (event.key === "ArrowUp" && !box().value && current.turns.length) {
      event.preventDefault();
      edit(current.turns[current.turns.length - 1]);
    } else if (event.key === "Escape" && editing) {
      stopEditing();
      type("");
    }
  });
  one("#turns").addEventListener("click", (event) => {
    const turn = event.target.closest(".turn");
    if (!turn || event.target.closest("button, a, input, .awaited") || !getSelection().isCollapsed) return;
    if (turn === activeElement() || !elements.has(turn.dataset.turn)) return;
    activate(turn);
    const first = one(".answer a.number[data-hue]", turn);
    const sentence = first && sentenceOf(first);
    if (sentence && wide.matches) reveal(sentence);
  });
  if (box().value.endsWith("\n")) submit(); // entered before this script was there
  document.addEventListener("click", (event) => {
    const form = event.target.closest("[data-export]")?.dataset.export;
    if (form) exported(form);
    const starter = event.target.closest("[data-ask]");
    if (starter) ask(starter.dataset.ask);
  });
  store.onChange(async (id) => {
    if (id === current.id && !queue.length) {
      const html = new Map(current.turns.map((turn) => [turn.id, turn.html]));
      const stored = await store.conversation(id);
      if (!stored || id !== current.id) return;
      current.turns = stored.turns.map((turn) => ({ ...turn, html: html.get(turn.id) }));
      await drawAll();
    } else drawConversations();
  });
}
