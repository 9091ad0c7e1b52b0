// Short notes at the foot of the page, with an undo where there is one.

import { button, one } from "./dom.js";

let timer = 0;

export function say(text, undo = null) {
  const note = one("#note");
  note.replaceChildren(text);
  if (undo)
    note.append(
      button("Undo", () => {
        note.replaceChildren();
        undo();
      }),
    );
  clearTimeout(timer);
  timer = setTimeout(() => note.replaceChildren(), undo ? 15000 : 6000);
}
