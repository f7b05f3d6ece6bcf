// Places in the editor as numbers of units, a character or a chip each.
//
// Between two chips, and at the ends, stands a guard: a character that no text has, so
// that browsers can put the caret there.

export const GUARD = "\ufeff";

export const isChip = (node) => node.nodeType === 1 && node.dataset.tag !== undefined;

// Yield the text nodes and chips below an element or fragment.
export function* leaves(root) {
  for (const node of root.childNodes) {
    if (node.nodeType === 3 || isChip(node)) yield node;
    else if (node.nodeType === 1) yield* leaves(node);
  }
}

// Return the units that stand below an element or fragment.
export function read(root) {
  const units = [];
  for (const leaf of leaves(root)) {
    if (leaf.nodeType === 3) units.push(...leaf.data.replaceAll(GUARD, ""));
    else units.push({ id: Number(leaf.dataset.tag), part: leaf.dataset.part });
  }
  return units;
}

// Return how many units stand before a place of the document.
export function unitAt(root, node, offset) {
  const range = document.createRange();
  range.setStart(root, 0);
  range.setEnd(node, offset);
  return read(range.cloneContents()).length;
}

// Return the selected units as [start, end], or null where the selection is elsewhere.
export function selected(root) {
  const selection = document.getSelection();
  if (!selection.rangeCount) return null;
  const range = selection.getRangeAt(0);
  if (!root.contains(range.commonAncestorContainer)) return null;
  return [
    unitAt(root, range.startContainer, range.startOffset),
    unitAt(root, range.endContainer, range.endOffset),
  ];
}

// Return the place in the document after a number of units.
function placeOf(root, count) {
  let rest = count;
  let last = [root, 0];
  for (const leaf of leaves(root)) {
    if (leaf.nodeType === 1) {
      rest -= 1;
      continue;
    }
    let offset = 0;
    while (leaf.data[offset] === GUARD) offset += 1;
    while (rest > 0 && offset < leaf.length) {
      const sign = String.fromCodePoint(leaf.data.codePointAt(offset));
      if (sign !== GUARD) rest -= 1;
      offset += sign.length;
    }
    last = [leaf, offset];
    if (rest <= 0) break;
  }
  return last;
}

export function select(root, start, end = start) {
  const selection = document.getSelection();
  selection.setBaseAndExtent(...placeOf(root, start), ...placeOf(root, end));
}

// Return the place under a point of the window, as units, or null.
export function unitUnder(root, x, y) {
  let node;
  let offset;
  if (document.caretPositionFromPoint) {
    const found = document.caretPositionFromPoint(x, y);
    [node, offset] = [found?.offsetNode, found?.offset];
  } else {
    const found = document.caretRangeFromPoint(x, y);
    [node, offset] = [found?.startContainer, found?.startOffset];
  }
  return node && root.contains(node) ? unitAt(root, node, offset) : null;
}
