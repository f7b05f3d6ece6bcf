// The editor of a target: text that is typed, tags that are chips.
//
// The browser edits plain text itself (input methods, spelling, dictation). Whatever
// touches a chip is done here, so that none is half lost: a tag is in the text, whole, or
// in the list of the missing ones. The editor's own past takes the place of the browser's,
// which knows nothing of that.

import { GUARD, isChip, read, select, selected } from "./caret.js";
import { carriers } from "./carry.js";
import { names, shown } from "./chips.js";
import { caretKey, chipKey, nextChip } from "./moving.js";
import { Past } from "./past.js";
import { flat, isInPlace, isTag, places, plain, serialize, whole } from "./tagged.js";
import { SAID } from "./words.js";

const OWN = /^(insertParagraph|insertLineBreak|insertFromPaste|insertFromDrop|format.*)$/;

export class Editor {
  // `changed()` is called after each change, `say(text)` tells what happened.
  constructor(root, changed, say) {
    this.root = root;
    this.changed = changed;
    this.say = say;
    this.isComposing = false;
    this.isWaiting = false; // takes nothing in
    this.load("", "", []);
    const listeners = {
      beforeinput: (event) => this.beforeInput(event),
      input: (event) => this.afterInput(event),
      compositionstart: () => {
        this.isComposing = true;
      },
      compositionend: (event) => {
        this.isComposing = false;
        this.afterInput(event);
      },
      keydown: (event) => this.key(event),
      click: (event) => event.target.closest("[data-tag]")?.focus(),
      ...carriers(this),
    };
    for (const [name, listener] of Object.entries(listeners))
      root.addEventListener(name, listener);
    document.addEventListener("selectionchange", () => {
      if (document.activeElement === root) this.lastPlace = selected(root);
    });
  }

  // Show a target; `tags` are the source's, as the API gives them.
  load(source, target, tags) {
    this.tags = tags;
    this.names = names(tags);
    this.wanted = places(flat(source));
    this.show(flat(target));
    this.past = new Past({ units: this.units(), at: this.units().length });
  }

  // Show what was typed earlier, as a step that can be undone.
  resume(units) {
    this.change(units, units.length);
  }

  // Show another target, of whose tags only those of this source.
  takeOver(units) {
    const known = units.filter((unit) => !isTag(unit) || this.wanted.has(unit.id));
    this.change(known, known.length);
  }

  units() {
    return read(this.root);
  }

  // Return the tagged text; throws `TagError` where tags cross.
  tagged() {
    return serialize(this.units()).trim();
  }

  // Return the text as it would be written, whether or not it can be saved.
  rough() {
    try {
      return this.tagged();
    } catch {
      return "";
    }
  }

  missing() {
    const there = new Set(
      this.units()
        .filter(isTag)
        .map((unit) => unit.id),
    );
    return this.tags.filter((tag) => !there.has(tag.id));
  }

  // Return why the text cannot be saved, or "".
  fault() {
    const units = this.units();
    const missing = this.missing().filter((tag) => !tag.is_span); // the server knows better
    if (!plain(units).trim() && !units.length) return SAID.empty;
    if (missing.length)
      return SAID.lost(missing.map((tag) => this.names.get(tag.id)).join(", "));
    try {
      places(units);
    } catch {
      return SAID.nesting;
    }
    return isInPlace(units, this.wanted) ? "" : SAID.misplaced;
  }

  focus() {
    this.root.focus();
    const end = this.units().length;
    select(this.root, end);
  }

  show(units) {
    const nodes = [GUARD];
    for (const node of shown(units, this.names)) {
      if (typeof node !== "string") {
        node.contentEditable = "false";
        node.draggable = true;
        node.tabIndex = -1;
        if (typeof nodes.at(-1) !== "string") nodes.push(GUARD);
      }
      nodes.push(node);
    }
    nodes.push(GUARD);
    this.root.replaceChildren(...nodes);
  }

  // Put other units in the place of all, with the caret at a unit.
  change(units, at, kind = "") {
    const kept = whole(units);
    this.show(kept);
    if (this.root.contains(document.activeElement)) select(this.root, at);
    this.past.add({ units: kept, at }, kind);
    this.changed();
  }

  replace(start, end, units) {
    const all = this.units();
    this.change(
      [...all.slice(0, start), ...units, ...all.slice(end)],
      start + units.length,
    );
  }

  // Put a missing tag in: around the selected units, or at the caret.
  insert(id) {
    const tag = this.tags.find((each) => each.id === id);
    const all = this.units();
    const [start, end] = selected(this.root) ??
      this.lastPlace ?? [all.length, all.length];
    const inner = all.slice(start, end);
    const added = tag.is_span
      ? [{ id, part: "open" }, ...inner, { id, part: "close" }]
      : [...inner, { id, part: "alone" }];
    this.root.focus();
    this.replace(start, end, added);
    if (tag.is_span && !inner.length) select(this.root, start + 1);
  }

  remove(id) {
    const all = this.units();
    const at = all.findIndex((unit) => unit.id === id);
    this.root.focus();
    this.change(
      all.filter((unit) => unit.id !== id),
      at,
    );
    this.say(SAID.removed(this.names.get(id)));
  }

  // What the browser is about to do

  beforeInput(event) {
    const kind = event.inputType;
    if (this.isWaiting) event.preventDefault();
    else if (kind === "historyUndo" || kind === "historyRedo") {
      event.preventDefault();
      this.goBack(kind === "historyUndo" ? -1 : 1);
    } else if (OWN.test(kind)) event.preventDefault();
    else if (kind.startsWith("delete") && !this.isComposing) this.beforeDelete(event);
    else if (kind === "insertText") this.beforeText(event);
  }

  beforeText(event) {
    const [start, end] = selected(this.root) ?? [0, 0];
    if (!this.units().slice(start, end).some(isTag)) return;
    event.preventDefault();
    this.replace(start, end, [...(event.data ?? "")]);
  }

  beforeDelete(event) {
    const [start, end] = this.deleted(event);
    if (!this.units().slice(start, end).some(isTag) && end > start) {
      const [from, to] = selected(this.root);
      if (from !== to || end - start > 1 || this.isBesideText(from, start)) return;
    }
    event.preventDefault();
    if (end > start) this.replace(start, end, []);
  }

  // Tell whether the browser itself finds the one unit that is to be deleted: guards, which
  // it would delete first, stand where text meets a chip or an end.
  isBesideText(caret, start) {
    const around = this.units().slice(Math.max(start - 1, 0), caret + 2);
    return around.length === caret + 2 - Math.max(start - 1, 0) && !around.some(isTag);
  }

  // Return the units that a deletion is for.
  deleted(event) {
    const [start, end] = selected(this.root) ?? [0, 0];
    if (start !== end) return [start, end];
    const [range] = event.getTargetRanges();
    let [from, to] = [start, end];
    if (range) {
      const all = this.root;
      const probe = document.createRange();
      probe.setStart(range.startContainer, range.startOffset);
      probe.setEnd(range.endContainer, range.endOffset);
      const length = read(probe.cloneContents()).length;
      if (/Backward$/.test(event.inputType))
        from = Math.max(start - Math.max(length, 1), 0);
      else to = Math.min(end + Math.max(length, 1), read(all).length);
    }
    return [from, to];
  }

  // What the browser has done

  afterInput(event) {
    if (this.isComposing) return;
    const units = this.units();
    const kept = whole(units);
    const [, at] = selected(this.root) ?? [0, units.length];
    if (kept.length !== units.length || !this.isGuarded()) {
      this.show(kept);
      select(this.root, Math.min(at, kept.length));
    }
    const kind = event.inputType === "insertText" ? "typing" : "";
    this.past.add({ units: kept, at }, kind, /\s/.test(event.data ?? ""));
    this.changed();
  }

  // Tell whether there is a text node on both sides of each chip, and nothing else.
  isGuarded() {
    const isText = (node) => node?.nodeType === 3 && node.length > 0;
    if (!this.root.childNodes.length) return false;
    return [...this.root.childNodes].every((node) =>
      isChip(node)
        ? isText(node.previousSibling) && isText(node.nextSibling)
        : isText(node),
    );
  }

  goBack(step) {
    const state = this.past.go(step);
    if (!state) return;
    this.show(state.units);
    this.root.focus();
    select(this.root, Math.min(state.at, state.units.length));
    this.changed();
  }

  // Keys

  key(event) {
    if (event.isComposing) return;
    const command = event.ctrlKey || event.metaKey;
    const name = event.key.toLowerCase();
    if (command && !event.altKey && (name === "z" || name === "y")) {
      event.preventDefault();
      this.goBack(name === "y" || event.shiftKey ? 1 : -1);
    } else if (event.key === "F2") {
      event.preventDefault();
      nextChip(this);
    } else if (isChip(event.target)) chipKey(this, event);
    else if (caretKey(this, event)) event.preventDefault();
  }
}
