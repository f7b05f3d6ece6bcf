// Trees of mystmd, made small for the worker; and what it answers, put into them.
//
// What does not hold words (KaTeX, outputs, code) never travels. The worker names nodes
// by their numbers and says which children they get, so what it does not name stays the
// same object.

const ATTRIBUTES = new Set([
  "alt", "class", "data", "enumerator", "file", "identifier", "indexEntries", "kind", "label",
  "name", "static", "template", "title", "url",
]);
const OPAQUE = new Set([
  "code", "comment", "embed", "html", "iframe", "math", "mermaid", "output", "outputs",
  "raw",
]); // neither children nor values of theirs are sent
const SHOWN = new Set(["inlineCode", "inlineMath", "keyboard", "text"]);

/** Return a small copy of a tree; `nodes` gets its nodes, by their numbers. */
export function slim(node, nodes) {
  const made = { type: node.type, n: nodes.push(node) - 1 };
  if (node.type === "text") { // most are: they have no more, nor a line of their own
    made.value = node.value;
    return made;
  }
  const line = node.position?.start?.line;
  if (line) made.line = line;
  if (SHOWN.has(node.type) && typeof node.value === "string") made.value = node.value;
  for (const name in node) { // its own are fewer than ATTRIBUTES
    if (ATTRIBUTES.has(name) && node[name] !== undefined && node[name] !== null) made[name] = node[name];
  }
  if (Array.isArray(node.children) && !OPAQUE.has(node.type)) {
    made.children = [];
    for (const child of node.children) made.children.push(slim(child, nodes));
  }
  return made;
}

const MADE = new Set(["abbreviation", "captionNumber", "crossReference", "definitionTerm", "link"]);

/** Return of a tree only what mystmd has made since the document stage, side by side. */
export function made(root, nodes) {
  const tree = { type: root.type, n: nodes.push(root) - 1, children: [] };
  const look = (node) => {
    const isBlock = node.type === "block" && /^(index$|toc:)/.test(node.data?.part ?? "");
    if (isBlock || MADE.has(node.type)) tree.children.push(slim(node, nodes));
    else if (node.children && !OPAQUE.has(node.type)) node.children.forEach(look);
  };
  look(root);
  return tree;
}

const BLOCKS = new Set(["paragraph", "listItem", "definitionDescription"]);
const FILLED = /%s|\{(?:name|number|subEnumerator)\}/g; // by mystmd, in references
const STYLES = new Set(["delete", "emphasis", "smallcaps", "strong", "subscript", "superscript", "underline"]);

/** Return what a reader can be shown of source nodes, which may become part of a target. */
function plain(node) {
  if (node.type === "text") return [{ type: "text", value: node.value.replace(FILLED, "\u2026") }];
  if (SHOWN.has(node.type)) return [{ ...node, position: undefined }];
  const children = (node.children ?? []).flatMap(plain);
  if (STYLES.has(node.type)) return [{ type: node.type, children }];
  const isNamed = node.type === "crossReference" || node.type === "link";
  return children.length || !isNamed ? children : [{ type: "text", value: "\u2026" }];
}

/** Note the source of a run in a block, which `site.mjs` shows; no node more to walk over. */
function keep(node, { start, end }) {
  const children = node.children.slice(start, end).flatMap(plain);
  node.originals = [{ after: node.children.length - end, children }, ...(node.originals ?? [])];
}

/** Put edits into a tree whose nodes are `nodes`; the last in a node comes first. */
export function apply(edits, nodes) {
  const make = (spec, like) => {
    if (typeof spec === "string") return { type: "text", value: spec, ...like };
    const node = nodes[spec.n];
    if (spec.children) node.children = spec.children.map((each) => make(each, like));
    return node;
  };
  for (const edit of [...edits].sort((a, b) => (b.start ?? 0) - (a.start ?? 0))) {
    const node = nodes[edit.n];
    if (edit.set) {
      Object.assign(node, edit.set);
      continue;
    }
    const old = node.children[edit.start] ?? node;
    const like = old.position ? { position: old.position } : {};
    if (edit.original && BLOCKS.has(node.type)) keep(node, edit);
    const made = edit.children.map((each) => make(each, like));
    node.children.splice(edit.start, edit.end - edit.start, ...made);
  }
}

