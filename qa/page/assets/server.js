// Calls the server: an event joins Gradio's queue, and what it sends back comes by one stream.

import { data } from "./dom.js";

const session = [...crypto.getRandomValues(new Uint8Array(12))]
  .map((byte) => byte.toString(16).padStart(2, "0"))
  .join("");
const awaited = new Map(); // what waits for an event, by its id
const early = new Map(); // what came of an event before its id was known
let listening = false;

export class ServerError extends Error {}

const AWAY = "The page’s server does not answer; is it still running?";

async function request(path, body) {
  let response;
  try {
    response = await fetch(`gradio_api/${path}`, {
      ...(body && {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    });
  } catch {
    throw new ServerError(AWAY);
  }
  if (response.ok) return response;
  if (response.status === 401) throw new ServerError("You are no longer logged in; reload the page.");
  if (response.status === 413) throw new ServerError("That is too much at once; send less.");
  if (response.status === 503)
    throw new ServerError("Too many questions at once; wait a moment and ask again.");
  throw new ServerError(`The page’s server refused that (${response.status}); reload the page.`);
}

// Returns the last of what an action of the server sends back, and calls onStep with each before.
// An abort of the signal stops it.
export async function call(name, message, { onStep = () => {}, signal = null } = {}) {
  const joined = { session_hash: session, fn_index: data.actions[name] };
  const response = await request("queue/join", {
    ...joined,
    data: [message, null],
    simple_format: true,
  });
  const { event_id } = await response.json();
  const result = new Promise((resolve, reject) => {
    awaited.set(event_id, { resolve, reject, onStep, last: null });
  });
  const stop = () => {
    settle(event_id, "reject", new DOMException("Stopped", "AbortError"));
    request("cancel", { ...joined, event_id }).catch(() => {});
  };
  if (signal?.aborted) stop();
  else signal?.addEventListener("abort", stop);
  for (const sent of early.get(event_id) || []) receive(sent);
  early.delete(event_id);
  if (!listening) listen();
  return result.finally(() => signal?.removeEventListener("abort", stop));
}

function settle(id, how, value) {
  const waiting = awaited.get(id);
  awaited.delete(id);
  waiting?.[how](value);
}

function receive(sent) {
  const id = sent.event_id;
  const waiting = awaited.get(id);
  if (!waiting) {
    if (id && early.size < 20) early.set(id, [...(early.get(id) || []), sent]);
    return;
  }
  const value = sent.output?.data?.[0];
  if (value) waiting.last = value;
  if (sent.msg === "process_generating" && value && !value.problem) waiting.onStep(value);
  if (sent.msg !== "process_completed") return;
  const last = waiting.last;
  const problem = last?.problem || (sent.success === false && "That did not work; reload the page.");
  if (problem) settle(id, "reject", new ServerError(problem));
  else settle(id, "resolve", last);
}

async function listen() {
  listening = true;
  try {
    while (awaited.size) {
      const response = await request(`queue/data?session_hash=${session}`);
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        const blocks = (text + piece.value).split("\n\n");
        text = blocks.pop();
        for (const block of blocks) if (block.startsWith("data:")) receive(JSON.parse(block.slice(5)));
      }
    }
  } catch (error) {
    const told = error instanceof ServerError ? error : new ServerError(AWAY);
    for (const id of [...awaited.keys()]) settle(id, "reject", told);
  } finally {
    listening = false;
  }
}
