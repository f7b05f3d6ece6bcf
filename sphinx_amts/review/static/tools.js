// Buttons for the chip that has the focus: what a finger does to it.

import { button, make } from "./dom.js";
import { move } from "./moving.js";
import { WORDS } from "./words.js";

// Show them in `place` for as long as a chip of the editor, or one of them, has the focus.
export function showTools(editor, place) {
  const focused = () => document.activeElement.closest("[data-tag]");
  editor.root.addEventListener("focusin", () => {
    place.replaceChildren(...(focused() ? tools(editor, focused) : []));
  });
  editor.root.addEventListener("focusout", () =>
    requestAnimationFrame(() => {
      const isNear = (element) => element.contains(document.activeElement);
      if (!isNear(editor.root) && !isNear(place)) place.replaceChildren();
    }),
  );
}

function tools(editor, focused) {
  let chip = focused();
  // The chip keeps the focus, so that it can be moved again.
  const keep = { onmousedown: (event) => event.preventDefault() };
  const act = (name, run) =>
    button(
      name,
      () => {
        run(focused() ?? same(editor, chip));
        chip = focused() ?? chip;
      },
      keep,
    );
  return [
    make("span", { class: "amts-label" }, `${WORDS.moveTag}: `),
    act(WORDS.back, (each) => move(editor, each, -1)),
    act(WORDS.forth, (each) => move(editor, each, 1)),
    act(WORDS.remove, (each) => editor.remove(Number(each.dataset.tag))),
  ];
}

// Return the chip that now stands for the same half of a tag.
function same(editor, chip) {
  const { tag, part } = chip.dataset;
  return editor.root.querySelector(`[data-tag="${tag}"][data-part="${part}"]`);
}
