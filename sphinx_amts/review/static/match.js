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
const COUNTS = [1, 0, 2, 3]; // nodes that a placeholder may be, in the order they are tried
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
const isBlank = (node) => isWords(node) && !fold(node.data);
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

function align(pieces, nodes, found) {
  return new Alignment(pieces, nodes, found).from(0, 0);
}

// The search for which nodes are which pieces. What has failed once is not tried again:
// many tags without words between them would take forever.
class Alignment {
  constructor(pieces, nodes, found) {
    this.pieces = pieces;
    this.nodes = nodes;
    this.found = found; // filled where all match
    this.failed = new Set();
  }

  // Match the pieces and the nodes from these on.
  from(piece, node) {
    const state = `${piece} ${node}`;
    if (this.failed.has(state)) return false;
    const isMatch = this.tries(piece, node);
    if (!isMatch) this.failed.add(state);
    return isMatch;
  }

  tries(at, node) {
    const piece = this.pieces[at];
    if (piece === undefined) return this.nodes.slice(node).every(isBlank);
    if (typeof piece === "string") return this.text(at, node);
    let start = node;
    while (start < this.nodes.length && isBlank(this.nodes[start])) start += 1;
    return piece.children ? this.span(at, start) : this.placeholder(at, start);
  }

  text(at, node) {
    const wanted = fold(this.pieces[at]);
    let read = "";
    for (let end = node; ; end += 1) {
      if (read === wanted && this.from(at + 1, end)) return true;
      const next = this.nodes[end];
      if (!next || !isWords(next)) return false;
      read += fold(next.data);
      if (!wanted.startsWith(read)) return false;
    }
  }

  placeholder(at, node) {
    for (const count of COUNTS) {
      const nodes = this.nodes.slice(node, node + count);
      if (nodes.length < count || !this.from(at + 1, node + count)) continue;
      this.found.set(this.pieces[at].id, { nodes, inner: null });
      return true;
    }
    return false;
  }

  span(at, node) {
    const { id, children } = this.pieces[at];
    const element = this.nodes[node];
    if (!element || isWords(element)) return false;
    const inside = match(children, element);
    if (!inside || !this.from(at + 1, node + 1)) return false;
    for (const [each, place] of inside.found) this.found.set(each, place);
    this.found.set(id, { nodes: [element], inner: inside.container });
    return true;
  }
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
