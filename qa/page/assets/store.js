// What the browser stores: conversations, each by itself, and a few values. Two tabs write the same
// conversation turn by turn, so that neither overwrites the other, and tell each other.

const channel = new BroadcastChannel("article-qa");
let opened = null;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("article-qa", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("conversations", { keyPath: "id" }).createIndex("set", "set");
      request.result.createObjectStore("values");
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

async function store(name, mode = "readonly") {
  return (await open()).transaction(name, mode).objectStore(name);
}

// A browser that stores nothing (a private window of some) still asks and answers.
async function trying(work, otherwise) {
  try {
    return await work();
  } catch (error) {
    console.warn("Nothing is stored:", error);
    return otherwise;
  }
}

export const value = (name) => trying(async () => done((await store("values")).get(name)), undefined);

export const setValue = (name, content) =>
  trying(async () => done((await store("values", "readwrite")).put(content, name)));

// Returns the conversations over a set of articles, the latest first.
export const conversations = (set) =>
  trying(async () => {
    const found = await done((await store("conversations")).index("set").getAll(set));
    return found.sort((a, b) => b.changed - a.changed);
  }, []);

export const conversation = (id) =>
  trying(async () => done((await store("conversations")).get(id)), undefined);

// Changes a conversation as it is stored now, and tells the other tabs; returns it as it is then.
export const change = (id, edit) =>
  trying(async () => {
    const conversations = await store("conversations", "readwrite");
    const edited = edit((await done(conversations.get(id))) || null);
    if (edited) await done(conversations.put({ ...edited, changed: Date.now() }));
    else await done(conversations.delete(id));
    channel.postMessage(id);
    return edited;
  }, undefined);

export const onChange = (listener) => channel.addEventListener("message", (event) => listener(event.data));
