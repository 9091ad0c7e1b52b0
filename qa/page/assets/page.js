// Marks in the article what the chat cites, shows one pane at a time, and sends what a person does
// to the server. It runs before the page is built, so that no key and no click comes too early. It
// stores nothing of the conversation: the chat's own links say what to mark, so after a reload the
// same links give the same marks.
(() => {
  window.articleQA = { relayed, opened, asked, failed, save };
  const wide = matchMedia("(min-width: 900px)");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);
  const sentenceOf = (link) => document.getElementById(link.hash.slice(1));
  let relay = null; // sends an event to the server, once Gradio has built it
  let restored = false; // whether what the browser saved is shown
  let ready = false; // whether both are so, and questions are taken
  let early = false; // whether a question was entered before that, or while another waits
  let sent = ""; // the question that waits for its answer
  let pinned = null; // the turn whose marks a person asked for, until there is a newer answer

  // Marks

  function unmark() {
    for (const sentence of all("#article .cited, #article .current")) {
      sentence.classList.remove("cited", "current");
      sentence.removeAttribute("role");
      delete sentence.dataset.number;
    }
    for (const answer of all(".answer.shown")) answer.classList.remove("shown");
  }

  function mark(answer) {
    unmark();
    if (!answer || !answer.matches(".answered")) return;
    answer.classList.add("shown");
    for (const link of all("a.number", answer)) {
      const sentence = sentenceOf(link);
      if (!sentence) continue;
      sentence.classList.add("cited");
      sentence.setAttribute("role", "mark");
      sentence.dataset.number = link.textContent;
    }
  }

  function reveal(sentence) {
    sentence.scrollIntoView({ block: "center", behavior: still.matches ? "auto" : "smooth" });
  }

  function follow(link) {
    const answer = link.closest(".answer");
    const sentence = sentenceOf(link);
    pin(answer);
    if (!sentence) return say("Its article is not shown; choose it under Articles.");
    sentence.classList.add("current");
    if (!wide.matches) show("article");
    rove(sentence);
    sentence.focus({ preventScroll: true });
    reveal(sentence);
  }

  function pin(answer) {
    const turn = answer.closest(".turn");
    pinned = turn && turn.dataset.turn;
    mark(answer);
  }

  // Panes

  function show(pane) {
    if (pane === "article" && wide.matches) pane = "chat";
    one("#panes").dataset.pane = pane;
    for (const tab of all("[role=tab]")) {
      const chosen = tab.dataset.pane === pane;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
    }
  }

  function dress() {
    for (const tab of all("[role=tab]")) {
      const pane = document.getElementById(tab.getAttribute("aria-controls"));
      if (!pane || pane.hasAttribute("role")) continue;
      pane.setAttribute("role", "tabpanel");
      pane.setAttribute("aria-labelledby", tab.id);
    }
    for (const id of ["chat", "article"]) {
      const scroller = document.getElementById(id);
      if (scroller) scroller.tabIndex = 0;
    }
    const pane = one("#panes").dataset.pane || "chat";
    const tab = one(`[role=tab][data-pane="${pane}"]`);
    if (tab && tab.getAttribute("aria-selected") !== "true") show(pane);
    const sentence = one("#article .sentence");
    if (sentence && !one('#article .sentence[tabindex="0"]')) sentence.tabIndex = 0;
  }

  // Sentences: one of them is in the tab order, arrow keys move on, Enter or a click asks who cites

  function rove(sentence) {
    for (const other of all('#article .sentence[tabindex="0"]')) other.tabIndex = -1;
    sentence.tabIndex = 0;
  }

  function step(sentence, by) {
    const sentences = all("#article .sentence");
    const next = sentences[sentences.indexOf(sentence) + by];
    if (!next) return;
    rove(next);
    next.focus();
  }

  function make(tag, text, attributes = {}) {
    const element = document.createElement(tag);
    element.textContent = text;
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  }

  function closeCard(back) {
    const card = one("#card");
    if (!card) return;
    const sentence = document.getElementById(card.dataset.of);
    card.remove();
    if (sentence) sentence.classList.remove("current");
    if (back && sentence) sentence.focus({ preventScroll: true });
  }

  function openCard(sentence) {
    closeCard();
    for (const other of all("#article .current")) other.classList.remove("current");
    rove(sentence);
    sentence.classList.add("current");
    const card = make("div", "", { id: "card", role: "dialog", "aria-label": "This sentence" });
    card.dataset.of = sentence.id;
    const citing = all(`#chat .answered a.number`).filter((a) => a.hash === `#${sentence.id}`);
    if (citing.length) card.append(make("p", "Cited in the answer to"));
    else card.append(make("p", "No answer cites this sentence yet."));
    const list = make("ul", "");
    for (const link of citing) {
      const text = `${questionOf(link.closest(".turn"))} [${link.textContent}]`;
      const jump = make("button", text, { type: "button", dir: "auto" });
      jump.addEventListener("click", () => {
        closeCard();
        show("chat");
        pin(link.closest(".answer"));
        sentence.classList.add("current");
        link.closest(".turn").scrollIntoView({ block: "start" });
        link.focus({ preventScroll: true });
      });
      const item = make("li", "");
      item.append(jump);
      list.append(item);
    }
    if (citing.length) card.append(list);
    const ask = make("button", "Ask about it", { type: "button", class: "primary" });
    ask.addEventListener("click", () => {
      const [, article, number] = sentence.id.match(/^s-(.+)-(\d+)$/);
      closeCard();
      show("chat");
      send("suggest", { article, sentence: Number(number) });
      box().focus();
    });
    const close = make("button", "Close", { type: "button" });
    close.addEventListener("click", () => closeCard(true));
    const row = make("p", "", { class: "row" });
    row.append(ask, close);
    card.append(row);
    one("#article-pane").append(card);
    one("button", card).focus({ preventScroll: true });
  }

  // What is sent

  const box = () => one("#ask-row textarea");
  const questionOf = (turn) => one(".question", turn).lastChild.textContent;

  // Returns whether it is sent: one question waits for its answer at a time.
  function send(name, data) {
    const asks = name === "ask" || name === "retry";
    if (!relay || (asks && document.body.hasAttribute("data-asking"))) return false;
    if (asks) {
      document.body.dataset.asking = "";
      sent = data.question || "";
    }
    relay(name, data);
    return true;
  }

  function press(button) {
    const turn = button.closest(".turn");
    const data = { ...button.dataset, turn: turn ? Number(turn.dataset.turn) : undefined };
    const fields = button.closest(".fields");
    if (fields) for (const field of all("[name]", fields)) data[field.name] = field.value;
    delete data.send;
    send(button.dataset.send, data);
    if (button.dataset.send === "edit") write(questionOf(turn));
    if (button.dataset.send === "clear") box().focus();
  }

  // The box is emptied here, at once: what is typed while the answer is on its way stays in it.
  function askTyped() {
    const question = box().value;
    if (question.trim() && send("ask", { question })) write("");
  }

  function write(text) {
    const area = box();
    area.value = text;
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
  }

  function say(text) {
    let note = one("#note");
    if (!note) document.body.append((note = make("p", "", { id: "note", role: "status" })));
    note.textContent = text;
    clearTimeout(note.timer);
    note.timer = setTimeout(() => (note.textContent = ""), 5000);
  }

  async function copy(text, note) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = make("textarea", text);
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    say(note);
  }

  function textOf(turn) {
    const lines = [questionOf(turn)];
    const text = (element) => element.textContent.trim();
    for (const line of all(".short-answer, .reason, .label", turn)) lines.push(text(line));
    for (const item of all(".quotes li", turn)) {
      const where = one(".where", item);
      const number = one("a.number", item).textContent;
      const label = /\d/.test(number) ? `[${number}]` : "-";
      lines.push(`${label} ${text(one("blockquote", item))}${where ? ` (${text(where)})` : ""}`);
    }
    for (const line of all(".confidence, .understood", turn)) lines.push(text(line));
    return lines.join("\n");
  }

  function save(file) {
    if (!file) return;
    const { name, type, text, base64 } = JSON.parse(file);
    const data = base64 ? Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)) : text;
    const link = make("a", "", { download: name });
    link.href = URL.createObjectURL(new Blob([data], { type }));
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  function relayed(trigger) {
    relay = trigger;
    begin();
  }

  function opened() {
    restored = true;
    begin();
  }

  // Asks the question of a link, or one that was entered before now. A link's is asked once, since a
  // reload finds its answer in the chat.
  function begin() {
    if (!relay || !restored || ready) return;
    ready = true;
    document.body.dataset.ready = "";
    const address = new URL(location.href);
    const question = address.searchParams.get("q");
    if (question) {
      address.searchParams.delete("q");
      history.replaceState(null, "", address);
      send("ask", { question });
    } else if (early) askEarly();
  }

  function askEarly() {
    early = false;
    askTyped();
  }

  function asked() {
    delete document.body.dataset.asking;
    if (early) askEarly();
  }

  function failed() {
    early = false;
    asked();
    if (!box().value) write(sent);
  }

  // Takes Enter in the box and a click on Ask before Gradio does.
  function take(event) {
    const enters = event.key === "Enter" && !event.shiftKey && !event.isComposing;
    const asks = event.type === "click" ? event.target.closest("#ask") : enters && event.target === box();
    if (!asks) return;
    event.preventDefault();
    event.stopPropagation();
    if (ready && !("asking" in document.body.dataset)) askTyped();
    else early = true;
  }

  const encoded = (file) =>
    new Promise((resolve, reject) => {
      const reader = new FileReader();
      reader.onload = () =>
        resolve({ name: file.name, data: reader.result.slice(reader.result.indexOf(",") + 1) });
      reader.onerror = () => reject(reader.error);
      reader.readAsDataURL(file);
    });

  async function sendFiles(name, list) {
    const files = [...list];
    if (!files.length) return;
    if (files.length > 20) return say("At most 20 files are taken at once.");
    if (files.reduce((sum, file) => sum + file.size, 0) > 10e6)
      return say("Files must be at most 10 MB together.");
    try {
      send(name, { files: await Promise.all(files.map(encoded)) });
    } catch {
      say("A file could not be read.");
    }
  }

  // Events

  for (const kind of ["click", "keydown"]) document.addEventListener(kind, take, true);

  document.addEventListener("click", (event) => {
    const target = event.target;
    const link = target.closest(".answer a.number");
    const tab = target.closest("[role=tab]");
    const button = target.closest("button[data-send]");
    const doing = target.closest("button[data-do]");
    const sentence = target.closest("#article .sentence");
    const answer = target.closest("#chat .answer");
    if (link) {
      event.preventDefault();
      follow(link);
    } else if (tab) show(tab.dataset.pane);
    else if (button) press(button);
    else if (doing) {
      const turn = doing.closest(".turn");
      const link = `${location.origin}${location.pathname}?q=${encodeURIComponent(questionOf(turn))}`;
      if (doing.dataset.do === "copy") copy(textOf(turn), "The answer is copied.");
      else copy(link, "The link is copied.");
    } else if (sentence && getSelection().isCollapsed) openCard(sentence);
    else if (answer && getSelection().isCollapsed) pin(answer);
    else if (target.closest("#stop")) {
      const awaited = one("#chat .awaited");
      if (awaited && !box().value) write(questionOf(awaited.closest(".turn")));
      early = false;
      asked();
    } else if (target.closest("#cancel")) say("Stopping after the questions at hand …");
    else if (!target.closest("#card")) closeCard();
  });

  document.addEventListener("keydown", (event) => {
    const target = event.target;
    if (event.key === "Escape") return closeCard(true);
    if (!target.matches) return;
    if (target.matches("#article .sentence") && !event.ctrlKey && !event.metaKey && !event.altKey) {
      if (event.key === "ArrowRight") step(target, 1);
      else if (event.key === "ArrowLeft") step(target, -1);
      else if (event.key === "Enter") openCard(target);
      else return;
      event.preventDefault();
    } else if (target.matches("[role=tab]")) {
      const tabs = all("[role=tab]").filter((tab) => tab.offsetParent);
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      const next = tabs[(tabs.indexOf(target) + by + tabs.length) % tabs.length];
      show(next.dataset.pane);
      next.focus();
    } else if (target.matches(".fields input") && event.key === "Enter") {
      press(one("button", target.closest(".fields")));
    }
  });

  document.addEventListener("change", (event) => {
    const drop = event.target.closest("label.drop");
    if (!drop) return;
    sendFiles(drop.dataset.drop, event.target.files);
    event.target.value = "";
  });

  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      const drop = event.target.closest && event.target.closest("label.drop");
      if (event.dataTransfer && [...event.dataTransfer.types].includes("Files")) event.preventDefault();
      if (!drop) return;
      drop.classList.toggle("over", kind === "dragover");
      if (kind === "drop") sendFiles(drop.dataset.drop, event.dataTransfer.files);
    });
  }

  // What the server has sent: the newest answer is shown and marked

  let seen = "";
  let due = false;

  function look() {
    due = false;
    if (!one("#panes")) return;
    dress();
    const turns = all("#chat .turn");
    const newest = turns[turns.length - 1];
    const reply = newest && one(".answer, .awaited", newest);
    const text = newest ? newest.dataset.turn + reply.outerHTML.replace(/ ?shown/, "") : "";
    const articles = all("#article .article").map((a) => a.firstElementChild && one(".sentence", a).id);
    const now = JSON.stringify([text, articles]);
    if (now === seen) {
      if (!one("#article .cited") && newest) remark(turns, newest);
      return;
    }
    const isNew = !seen.startsWith(JSON.stringify([text]).slice(0, -1));
    seen = now;
    if (isNew) pinned = null;
    remark(turns, newest);
    if (!newest || !isNew) return;
    newest.scrollIntoView({ block: "start" });
    const first = one(".answered a.number", newest);
    const sentence = first && sentenceOf(first);
    if (sentence && wide.matches) reveal(sentence);
  }

  function remark(turns, newest) {
    const turn = turns.find((each) => each.dataset.turn === pinned) || newest;
    if (turn) mark(one(".answered", turn));
    else unmark();
  }

  new MutationObserver(() => {
    if (due) return;
    due = true;
    requestAnimationFrame(look);
  }).observe(document, { childList: true, characterData: true, subtree: true });
  wide.addEventListener("change", () => one("#panes") && show(one("#panes").dataset.pane || "chat"));
})();
