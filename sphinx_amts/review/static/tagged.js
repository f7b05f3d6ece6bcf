// Tagged text in the browser, as sphinx_amts/text/tagged.py defines it.
//
// Flat, for editing: a list of units, each one character (a string) or one tag,
// {id, part} with part "alone" (<x id="1"/>), "open" (<g id="2">) or "close" (</g>).
// As a tree, for pages: strings, {id} and {id, children}.

const TAG = /<x id="([1-9]\d{0,4})"\/>|<g id="([1-9]\d{0,4})">|<\/g>/g;
const BLANKS = /[ \t\r\n\f\v]+/g;

export class TagError extends Error {}

export const isTag = (unit) => typeof unit !== "string";

export function escaped(text) {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

export function unescaped(text) {
  return text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
}

// Read tagged text into units; whatever is no tag of ours is text.
export function flat(tagged) {
  const units = [];
  const open = [];
  let end = 0;
  for (const match of tagged.matchAll(TAG)) {
    units.push(...unescaped(tagged.slice(end, match.index)));
    end = match.index + match[0].length;
    if (match[1]) units.push({ id: Number(match[1]), part: "alone" });
    else if (match[2]) {
      open.push(Number(match[2]));
      units.push({ id: Number(match[2]), part: "open" });
    } else if (open.length) units.push({ id: open.pop(), part: "close" });
    else throw new TagError("</g> closes nothing");
  }
  if (open.length) throw new TagError(`tag ${open.pop()} is not closed`);
  units.push(...unescaped(tagged.slice(end)));
  return units;
}

// Write units as tagged text; the inverse of `flat` for text without runs of blanks.
export function serialize(units) {
  places(units); // throws where tags cross
  let text = "";
  let plain = "";
  const flush = () => {
    text += escaped(plain.replace(BLANKS, " "));
    plain = "";
  };
  for (const unit of units) {
    if (!isTag(unit)) {
      plain += unit;
      continue;
    }
    flush();
    if (unit.part === "alone") text += `<x id="${unit.id}"/>`;
    else text += unit.part === "open" ? `<g id="${unit.id}">` : "</g>";
  }
  flush();
  return text;
}

// Return by a tag's id the id of the tag around it (0: none); throws where tags cross.
export function places(units) {
  const found = new Map();
  const open = [0];
  for (const unit of units) {
    if (!isTag(unit)) continue;
    if (unit.part === "close") {
      if (open.pop() !== unit.id) throw new TagError(`tag ${unit.id} crosses another`);
      continue;
    }
    found.set(unit.id, open.at(-1));
    if (unit.part === "open") open.push(unit.id);
  }
  if (open.length > 1) throw new TagError(`tag ${open.at(-1)} is not closed`);
  return found;
}

// Tell whether every tag of the units is well nested and where the source has it: inside
// the nearest tag of the source around it that is there.
export function isInPlace(units, wanted) {
  let found;
  try {
    found = places(units);
  } catch {
    return false;
  }
  for (const [id, parent] of found) {
    let expected = wanted.get(id) ?? 0;
    while (expected && !found.has(expected)) expected = wanted.get(expected) ?? 0;
    if (expected !== parent) return false;
  }
  return true;
}

// Return units without halves whose other half is missing, and without repeated tags.
export function whole(units) {
  const seen = new Map(); // id -> its parts, in order
  for (const unit of units.filter(isTag)) {
    const parts = seen.get(unit.id) ?? [];
    seen.set(unit.id, [...parts, unit.part]);
  }
  const isWhole = (parts) =>
    parts[0] === "alone" || (parts[0] === "open" && parts.includes("close"));
  const used = new Set();
  return units.filter((unit) => {
    if (!isTag(unit)) return true;
    const name = `${unit.id} ${unit.part}`;
    if (used.has(name) || !isWhole(seen.get(unit.id))) return false;
    used.add(name);
    return true;
  });
}

// Read tagged text into a tree.
export function tree(tagged) {
  const stack = [{ children: [] }];
  let text = "";
  const put = (piece) => stack.at(-1).children.push(piece);
  const flush = () => {
    if (text) put(text);
    text = "";
  };
  for (const unit of flat(tagged)) {
    if (!isTag(unit)) {
      text += unit;
      continue;
    }
    flush();
    if (unit.part === "alone") put({ id: unit.id });
    else if (unit.part === "open") stack.push({ id: unit.id, children: [] });
    else put(stack.pop());
  }
  flush();
  return stack[0].children;
}

// Return the characters between the tags.
export function plain(units) {
  return units.filter((unit) => !isTag(unit)).join("");
}
