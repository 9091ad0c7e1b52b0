// A file of questions is answered: its records come line by line, stay over a reload, and are sorted,
// filtered and downloaded.

import { encode, picked, set } from "./articles.js";
import { make, one, save } from "./dom.js";
import { say } from "./notes.js";
import { call } from "./server.js";
import { settings } from "./settings.js";
import { setValue, value } from "./store.js";

const MAX_SHOWN = 300;
const STATUS = { answered: "answered", unsure: "unsure", not_found: "not found", error: "not asked" };
let lines = []; // records as the server wrote them, each a line of JSON
let records = [];
let drawn = []; // the records in the table
let running = null;

function status(message, { failed = false, done = 0, total = 0 } = {}) {
  const bar = total ? [make("progress", { max: total, value: done, "aria-label": message })] : [];
  one("#progress").replaceChildren(make("p", { class: failed ? "problem" : "message" }, message), ...bar);
}

function summary(stopped) {
  const counts = Object.entries(STATUS)
    .map(([name, label]) => [records.filter((each) => each.status === name).length, label])
    .filter(([count, label]) => count || label !== "not asked")
    .map(([count, label]) => `${count} ${label}`);
  const all_ = `${records.length.toLocaleString("en")} questions`;
  return `${stopped ? `Stopped after ${all_}` : all_}: ${counts.join(", ")}.`;
}

function citation(record, each) {
  const id = `s-${each.article.id}-${each.sentence_number}`;
  return make("a", {
    class: "number", href: `#${id}`, "data-hue": ((each.number - 1) % 5) + 1, "data-preview": each.quote, "data-sentence": id,
    "aria-label": `Citation ${each.number} of question ${record.number}: show it in the article`,
  }, String(each.number));
}

function row(record) {
  const cell = (label, ...children) => make("td", { "data-label": label }, ...children);
  const quiet = !["answered", "unsure"].includes(record.status);
  const text = record.status === "error" ? `Not asked: ${record.error || ""}` : record.answer || "";
  const sure = record.confidence !== null && !quiet ? `${Math.round(100 * record.confidence)}%` : "";
  const cited = make("td", { "data-label": "Citations", class: `answer ${record.status.replace("_", "-")}` }, ...record.citations.map((each) => citation(record, each)));
  return make(
    "tr",
    { class: record.status.replace("_", "-") },
    cell("No.", String(record.number)),
    cell("Question", make("span", { dir: "auto" }, record.question || "")),
    cell("Answer", make(quiet ? "em" : "span", { dir: "auto" }, text)),
    cell("Sure", `${STATUS[record.status]}${sure && ` ${sure}`}`),
    cited,
  );
}

function draw() {
  const level = one("#level").value;
  const sure = (record) => (["error", "not_found"].includes(record.status) ? -1 : (record.confidence ?? 1));
  const order = {
    number: (a, b) => a.number - b.number,
    sure: (a, b) => sure(b) - sure(a) || a.number - b.number,
    unsure: (a, b) => sure(a) - sure(b) || a.number - b.number,
  }[one("#order").value];
  const chosen = records.filter((record) => !level || record.status === level).sort(order);
  const shown = chosen.slice(0, MAX_SHOWN);
  const added = drawn.every((record, number) => record === shown[number]); // rows that stand stay
  if (!added) one("#records tbody").replaceChildren();
  one("#records tbody").append(...shown.slice(added ? drawn.length : 0).map(row));
  drawn = shown;
  one("#records-more").textContent = chosen.length > MAX_SHOWN ? `${chosen.length - MAX_SHOWN} more are in the files.` : "";
  one("#records").hidden = !records.length;
  one(".downloads").hidden = Boolean(running);
  one("#cancel").hidden = !running;
}

function take(added) {
  lines.push(...added);
  for (const line of added) records.push({ ...JSON.parse(line), number: records.length + 1 });
  if (added.length) draw();
}

export async function answerFile(list) {
  if (running) return say("Another file is being answered; cancel it first.");
  const files = await encode([...list].slice(0, 1));
  if (!files?.length) return;
  lines = [];
  records = [];
  running = new AbortController();
  draw();
  status("Reading …");
  let notes = [];
  let ended = [];
  try {
    await call("batch", { files, picked: picked(), ...settings() }, {
      signal: running.signal,
      onStep: (step) => {
        notes = step.notes || notes;
        status(step.message, step);
        take(step.records);
      },
    });
    ended = [summary(false)];
  } catch (error) {
    ended = error.name === "AbortError" ? [summary(true)] : [error.message, { failed: true }];
    notes = [];
  }
  await setValue("run", { set: set(), lines, message: ended[0] }); // first: a reload may follow what says that it ended
  running = null;
  status(...ended);
  one("#progress").append(...notes.map((note) => make("p", { class: "quiet" }, note)));
  draw();
}

async function download(form) {
  try {
    save(await call("download", { form, records: lines }));
  } catch (error) {
    status(error.message, { failed: true });
  }
}

// The records of the last file come back with the articles that were asked.
export async function restore() {
  if (running || lines.length) return;
  const run = await value("run");
  if (!run?.lines?.length || run.set !== set()) return;
  take(run.lines);
  status(run.message);
}

export async function begin() {
  one("#cancel").addEventListener("click", () => running?.abort());
  for (const id of ["level", "order"]) one(`#${id}`).addEventListener("change", draw);
  one(".downloads").addEventListener("click", (event) => {
    const form = event.target.closest("[data-download]")?.dataset.download;
    if (form) download(form);
  });
  const preview = one("#preview");
  const over = (event) => {
    const link = event.target.closest?.("[data-preview]");
    preview.hidden = !link;
    if (!link) return;
    preview.textContent = link.dataset.preview;
    const box = link.getBoundingClientRect();
    preview.style.left = `${Math.max(8, Math.min(innerWidth - preview.offsetWidth - 8, box.left))}px`;
    const below = box.bottom + 6 + preview.offsetHeight < innerHeight;
    preview.style.top = `${below ? box.bottom + 6 : Math.max(8, box.top - preview.offsetHeight - 6)}px`;
  };
  for (const kind of ["pointerover", "focusin"]) document.addEventListener(kind, over);
}
