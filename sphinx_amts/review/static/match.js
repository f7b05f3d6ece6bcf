// Which elements of a block stand for which tags of its text.
//
// A page shows a text as nodes: words as text, each tag as an element (a code word, a link,
// a formula), sometimes as several or as none. They are matched from the words between.

// Elements in a block that are no part of its text.
const EXTRA = [
  ".headerlink",
  ".section-number",
  ".caption-number",
  ".amts-peek",
  ".amts-text",
  ".amts-mark",
  "[data-amts-key]",
  "ul, ol, dl, table, pre, blockquote, script, style",
].join(", ");
const MAX_NODES = 3; // that one placeholder may be: a formula is its source and its picture
const QUOTES = { "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "…": "..." };

// Return characters by which texts are compared: without blanks, quotes and dashes as they
// are typed (a build makes them typographic).
export function fold(text) {
  return text
    .replace(/[\s\u200b\ufeff]+/g, "")
    .replace(/[“”„‘’…]/g, (sign) => QUOTES[sign])
    .replace(/-{2,3}|[–—]/g, "-");
}

const isWords = (node) => node.nodeType === 3;
const isExtra = (node) => !isWords(node) && (node.nodeType !== 1 || node.matches(EXTRA));

// Return the nodes of a block that are its text.
export function textNodes(block) {
  const beside = block.querySelector(":scope > .amts-target");
  return [...(beside ?? block).childNodes].filter((node) => !isExtra(node));
}

// Return the elements for the tags of a text in a block: {container, found}, where `found`
// has by a tag's id {nodes, inner}, `inner` what holds a span's words. Null: no match.
export function match(pieces, block) {
  const found = new Map();
  if (align(pieces, textNodes(block), found)) return { container: block, found };
  for (const child of textNodes(block)) {
    const inside = isWords(child) ? null : match(pieces, child);
    if (inside) return inside;
  }
  return null;
}

// Tell whether the nodes of an element, without what is around or inside, are a text.
export function isText(pieces, element) {
  return align(pieces, textNodes(element), new Map());
}

// Match pieces with nodes from the first on; `found` is filled where all do.
function align(pieces, nodes, found) {
  if (!pieces.length) return nodes.every((node) => isWords(node) && !fold(node.data));
  const [piece, ...rest] = pieces;
  if (typeof piece === "string") return alignText(piece, rest, nodes, found);
  const start = nodes.findIndex((node) => !isWords(node) || fold(node.data));
  const solid = start < 0 ? [] : nodes.slice(start);
  if (piece.children) return alignSpan(piece, rest, solid, found);
  for (const count of [1, 0, 2, MAX_NODES]) {
    if (count > solid.length) continue;
    const taken = solid.slice(0, count);
    if (!align(rest, solid.slice(count), found)) continue;
    found.set(piece.id, { nodes: taken, inner: null });
    return true;
  }
  return false;
}

function alignText(text, rest, nodes, found) {
  const wanted = fold(text);
  let read = "";
  for (let count = 0; count <= nodes.length; count += 1) {
    if (read === wanted && align(rest, nodes.slice(count), found)) return true;
    const node = nodes[count];
    if (!node || !isWords(node)) return false;
    read += fold(node.data);
    if (!wanted.startsWith(read)) return false;
  }
  return false;
}

function alignSpan(span, rest, nodes, found) {
  const [node, ...others] = nodes;
  if (!node || isWords(node)) return false;
  const inside = match(span.children, node);
  if (!inside || !align(rest, others, found)) return false;
  for (const [id, place] of inside.found) found.set(id, place);
  found.set(span.id, { nodes: [node], inner: inside.container });
  return true;
}

// Put a text with the same tags in the place of the one that was matched. Returns whether
// all its tags have been found.
export function arrange(pieces, { container, found }) {
  if (!pieces.every((piece) => isKnown(piece, found))) return false;
  place(container, nodesOf(pieces, found));
  return true;
}

function isKnown(piece, found) {
  if (typeof piece === "string") return true;
  if (!found.has(piece.id)) return false;
  return (piece.children ?? []).every((child) => isKnown(child, found));
}

function nodesOf(pieces, found) {
  return pieces.flatMap((piece) => {
    if (typeof piece === "string") return [document.createTextNode(piece)];
    const { nodes, inner } = found.get(piece.id);
    if (inner) place(inner, nodesOf(piece.children, found));
    return nodes;
  });
}

// Put nodes where the text of an element was; what is no text of it stays.
export function place(container, nodes) {
  const before = textNodes(container);
  const holder = container.querySelector(":scope > .amts-target") ?? container;
  const anchor = document.createComment("");
  if (before.length) before[0].before(anchor);
  else holder.prepend(anchor);
  for (const node of before) node.remove();
  anchor.replaceWith(...nodes);
}
