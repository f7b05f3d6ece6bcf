// Chips that are moved by keys: from place to place where the source's structure allows it.

import { isChip, leaves, select, selected } from "./caret.js";
import { isInPlace, isTag } from "./tagged.js";
import { SAID } from "./words.js";

// Give the focus to the chip after the caret or the chip that has it; then the first.
export function nextChip(editor) {
  const chips = [...leaves(editor.root)].filter(isChip);
  const at = chips.indexOf(document.activeElement);
  if (at >= 0) return chips[(at + 1) % chips.length].focus();
  const [, caret] = selected(editor.root) ?? [0, 0];
  const before = editor.units().slice(0, caret).filter(isTag).length;
  (chips[before] ?? chips[0])?.focus();
}

export function chipKey(editor, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const chip = event.target;
  const isRtl = getComputedStyle(editor.root).direction === "rtl";
  const steps = { ArrowRight: isRtl ? -1 : 1, ArrowLeft: isRtl ? 1 : -1 };
  const step = steps[event.key];
  if (step) move(editor, chip, step, event.shiftKey);
  else if (event.key === "Delete" || event.key === "Backspace")
    editor.remove(Number(chip.dataset.tag));
  else if (event.key === "Enter" || event.key === "Escape") leave(editor, chip);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

// Move the caret past a chip, or past the guard beside one, in one step. Returns whether
// it has; anywhere else the browser does it.
export function caretKey(editor, event) {
  const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey;
  const place = selected(editor.root);
  if (!isPlain || !place || place[0] !== place[1]) return false;
  const isRtl = getComputedStyle(editor.root).direction === "rtl";
  const step = { ArrowRight: isRtl ? -1 : 1, ArrowLeft: isRtl ? 1 : -1 }[event.key];
  if (!step) return false;
  const units = editor.units();
  const [at] = place;
  const isNear = [at - 1, at].some(
    (each) => units[each] !== undefined && isTag(units[each]),
  );
  const to = at + step;
  if (!isNear || to < 0 || to > units.length) return false;
  select(editor.root, to);
  return true;
}

export function indexOf(editor, chip) {
  const { tag, part } = chip.dataset;
  const isIt = (unit) => unit.id === Number(tag) && unit.part === part;
  return editor.units().findIndex(isIt);
}

function leave(editor, chip) {
  const at = indexOf(editor, chip) + 1;
  editor.root.focus();
  select(editor.root, at);
}

// Move a chip one word (or character) on, to the next place where it may be.
export function move(editor, chip, step, isByCharacter = false) {
  const all = editor.units();
  const from = indexOf(editor, chip);
  const [unit] = all.splice(from, 1);
  const ends = isByCharacter ? null : borders(all);
  for (let at = from + step; at >= 0 && at <= all.length; at += step) {
    const passed = all.slice(Math.min(from, at), Math.max(from, at));
    if (ends && (!ends.has(at) || passed.every(isBlank))) continue;
    if (put(editor, [...all.slice(0, at), unit, ...all.slice(at)], unit)) return;
  }
  editor.say(SAID.stuck(editor.names.get(unit.id)));
}

// Show units in which one tag has moved, if it may be there.
export function put(editor, units, unit) {
  if (!isInPlace(units, editor.wanted)) return false;
  editor.change(units, units.indexOf(unit) + 1);
  const same = `[data-tag="${unit.id}"][data-part="${unit.part}"]`;
  editor.root.querySelector(same).focus();
  editor.say(SAID.moved(editor.names.get(unit.id)));
  return true;
}

const isBlank = (unit) => !isTag(unit) && !unit.trim();

const TAG = "\ufffc"; // stands for a tag among words, as it does for an object in Unicode

// Return the places of units where words begin, before and after each tag, and the end.
function borders(units) {
  const found = new Set([0, units.length]);
  const text = units.map((unit) => (isTag(unit) ? TAG : unit)).join("");
  const words = new Intl.Segmenter(undefined, { granularity: "word" });
  let at = 0;
  for (const { segment } of words.segment(text)) {
    if (segment.trim()) found.add(at);
    at += [...segment].length;
    if (segment === TAG) found.add(at);
  }
  return found;
}
