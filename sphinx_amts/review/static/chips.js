// Chips: what stands for the tags of a text, wherever the text is shown as text.

import { make } from "./dom.js";
import { isTag } from "./tagged.js";
import { kindWord } from "./words.js";

// Return what a tag is called by its id: what readers see, or its kind, and a number where
// several tags would be called the same.
export function names(tags) {
  const found = new Map();
  const called = (tag) => (!tag.is_span && tag.shown) || kindWord(tag.kind);
  for (const tag of tags) {
    const same = tags.filter((each) => called(each) === called(tag));
    const number = same.length > 1 ? ` ${same.indexOf(tag) + 1}` : "";
    found.set(tag.id, called(tag) + number);
  }
  return found;
}

// Return what the server says, with the names of tags in the place of their numbers.
export function called(reason, names) {
  const name = (number) => `“${names.get(Number(number)) ?? number}”`;
  const list = (numbers) => numbers.split(", ").map(name).join(", ");
  return reason
    .replace(/\[(\d+(?:, \d+)*)\]/g, (_, numbers) => list(numbers))
    .replace(/\btag (\d+)\b/g, (_, number) => `tag ${name(number)}`);
}

export function chip(unit, called) {
  const name = called.get(unit.id) ?? String(unit.id);
  const chips = { class: `amts-chip amts-chip-${unit.part}`, translate: "no" };
  const text = unit.part === "close" ? `/${name}` : name;
  const element = make("bdi", chips, text);
  element.dataset.tag = unit.id;
  element.dataset.part = unit.part;
  return element;
}

// Return nodes that show units: texts and chips.
export function shown(units, called) {
  const nodes = [];
  let text = "";
  for (const unit of units) {
    if (!isTag(unit)) {
      text += unit;
      continue;
    }
    if (text) nodes.push(text);
    text = "";
    nodes.push(chip(unit, called));
  }
  if (text) nodes.push(text);
  return nodes;
}
