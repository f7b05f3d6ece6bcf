// What is carried into the editor and within it: by the clipboard and by the pointer.

import { GUARD, selected, unitUnder } from "./caret.js";
import { indexOf, put } from "./moving.js";
import { flat, isTag, plain, serialize, whole } from "./tagged.js";
import { SAID } from "./words.js";

const TAGGED = "application/x-amts-tagged"; // on the clipboard, beside plain text

// Return the listeners of an editor for its clipboard and pointer.
export function carriers(editor) {
  const state = { dragged: null };
  return {
    copy: (event) => copy(editor, event),
    cut: (event) => {
      const place = selected(editor.root);
      if (copy(editor, event)) editor.replace(...place, []);
    },
    paste: (event) => {
      event.preventDefault();
      take(editor, event.clipboardData, selected(editor.root) ?? [0, 0]);
    },
    dragstart: (event) => drag(state, event),
    dragover: (event) => event.preventDefault(),
    drop: (event) => drop(editor, state, event),
  };
}

function copy(editor, event) {
  const place = selected(editor.root);
  if (!place || place[0] === place[1]) return false;
  const units = editor.units().slice(...place);
  event.clipboardData.setData("text/plain", plain(units));
  event.clipboardData.setData(TAGGED, serialize(whole(units)));
  event.preventDefault();
  return true;
}

// Put in what comes from elsewhere: plain text, and of tags only those that are missing.
function take(editor, data, [start, end]) {
  const rest = editor.units();
  rest.splice(start, end - start);
  const there = new Set(
    whole(rest)
      .filter(isTag)
      .map((unit) => unit.id),
  );
  const isWelcome = (unit) =>
    !isTag(unit) || (editor.wanted.has(unit.id) && !there.has(unit.id));
  const tagged = data.getData(TAGGED);
  const text = data.getData("text/plain").replaceAll(GUARD, "").replace(/\s+/g, " ");
  editor.replace(start, end, tagged ? flat(tagged).filter(isWelcome) : [...text]);
}

function drag(state, event) {
  state.dragged = event.target.closest?.("[data-tag]") ?? null;
  if (!state.dragged) return event.preventDefault(); // text is moved by cutting it
  event.dataTransfer.setData("text/plain", "");
}

function drop(editor, state, event) {
  event.preventDefault();
  const to = unitUnder(editor.root, event.clientX, event.clientY);
  const { dragged } = state;
  state.dragged = null;
  if (to === null) return;
  if (!dragged) return take(editor, event.dataTransfer, [to, to]);
  const all = editor.units();
  const from = indexOf(editor, dragged);
  const [unit] = all.splice(from, 1);
  all.splice(to > from ? to - 1 : to, 0, unit);
  if (!put(editor, all, unit)) editor.say(SAID.stuck(editor.names.get(unit.id)));
}
