// Marks in the article what the chat cites. The chat's own links say what to mark, so nothing is
// kept here: after a reload, or with an older answer, the same links give the same marks.
(() => {
  const wide = matchMedia("(min-width: 900px)");
  const sentenceOf = (link) => document.getElementById(link.hash.slice(1));

  function unmark() {
    for (const sentence of document.querySelectorAll(".sentence.cited, .sentence.current")) {
      sentence.classList.remove("cited", "current");
      sentence.removeAttribute("role");
      delete sentence.dataset.number;
    }
  }

  function mark(answer) {
    unmark();
    if (!answer.matches(".answered")) return;
    for (const link of answer.querySelectorAll("a.number")) {
      const sentence = sentenceOf(link);
      if (!sentence) continue;
      sentence.classList.add("cited");
      sentence.setAttribute("role", "mark");
      sentence.dataset.number = link.textContent;
    }
  }

  function show(pane) {
    document.getElementById("panes").dataset.pane = pane;
    for (const button of document.querySelectorAll("button[data-pane]")) {
      button.setAttribute("aria-pressed", String(button.dataset.pane === pane));
    }
  }

  function reveal(sentence) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    sentence.scrollIntoView({ block: "center", behavior: still ? "auto" : "smooth" });
  }

  function follow(link) {
    const sentence = sentenceOf(link);
    if (!sentence) return;
    mark(link.closest(".answer"));
    sentence.classList.add("current");
    show("article");
    sentence.focus({ preventScroll: true });
    reveal(sentence);
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest(".answer a.number");
    const button = event.target.closest("button[data-pane]");
    if (link) {
      event.preventDefault();
      follow(link);
    } else if (button) {
      show(button.dataset.pane);
    }
  });

  let seen = "";
  new MutationObserver(() => {
    const turns = document.querySelectorAll("#chat .turn");
    const newest = turns[turns.length - 1];
    const now = newest ? turns.length + newest.innerHTML : "";
    if (now === seen) return;
    seen = now;
    unmark();
    if (!newest) return;
    newest.scrollIntoView({ block: "start" });
    const answer = newest.querySelector(".answered");
    if (!answer) return;
    mark(answer);
    const sentence = sentenceOf(answer.querySelector("a.number"));
    if (sentence && wide.matches) reveal(sentence);
  }).observe(document.body, { childList: true, characterData: true, subtree: true });
})();
