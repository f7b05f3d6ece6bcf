// The blocks of a page whose texts are segments: found, marked, changed and renewed.

import { names, shown } from "./chips.js";
import { make } from "./dom.js";
import { arrange, fold, isText, match, place, textNodes } from "./match.js";
import { flat, tree } from "./tagged.js";
import { DOUBTFUL, WHOSE, WORDS } from "./words.js";

export const DOUBTFUL_FROM = 0.6; // of the text expected to change; the mean sentence has 0.4
const MARKED = "[data-amts-key]";
const ELSEWHERE = "nav, footer, aside, script, style, svg, .amts-desk, .amts-said";
const INTERACTIVE =
  "a, button, input, select, textarea, summary, label, [contenteditable]";

export class Blocks {
  // `segments` are those of the page in its order, `open(key)` opens the desk.
  constructor(segments, open) {
    this.segments = new Map(segments.map((each) => [each.key, each]));
    this.open = open;
    this.elements = new Map(); // key -> the blocks that show it
    this.texts = new Map(); // key -> the tagged text that they show
    for (const each of segments) this.texts.set(each.key, each.target || each.source);
    this.find();
  }

  // Find the blocks, as often as the page makes them anew.
  find() {
    this.elements.clear();
    if (document.querySelector(MARKED)) this.findMarked();
    else this.findByText([...this.segments.values()]);
    for (const key of this.elements.keys()) this.mark(key);
    around([...this.elements.values()].flat()).classList.add("amts-blocks");
  }

  // Tell whether all blocks are still on the page.
  get areThere() {
    return [...this.elements.values()].flat().every((element) => element.isConnected);
  }

  get keys() {
    return [...this.elements.keys()];
  }

  findMarked() {
    for (const element of document.querySelectorAll(MARKED)) {
      const key = element.dataset.amtsKey;
      if (this.segments.has(key)) this.add(key, element);
    }
  }

  // Where a page has no marks: the texts are in its order, and so are their blocks. From
  // the last one on, since menus, which repeat titles, come first.
  findByText(segments) {
    const root = document.querySelector("article, main") ?? document.body;
    const candidates = [...root.querySelectorAll("*")].filter(
      (each) => !each.closest(ELSEWHERE),
    );
    const folded = candidates.map((element) => fold(element.textContent));
    let end = candidates.length;
    for (const { key } of segments.toReversed()) {
      const pieces = tree(this.texts.get(key));
      const words = longest(pieces); // quickly rules out most of them
      const isIt = (element, at) =>
        folded[at].includes(words) && !this.isTaken(element) && isText(pieces, element);
      let at = candidates.findLastIndex((element, at) => at < end && isIt(element, at));
      if (at < 0) at = candidates.findLastIndex(isIt);
      if (at < 0) continue;
      this.add(key, candidates[at]);
      end = at;
    }
    this.elements = new Map([...this.elements].reverse());
  }

  isTaken(element) {
    const taken = [...this.elements.values()].flat();
    return taken.some((each) => each.contains(element));
  }

  add(key, element) {
    this.elements.set(key, [...(this.elements.get(key) ?? []), element]);
    if (element.classList.contains("amts-block")) return;
    element.classList.add("amts-block");
    element.addEventListener("click", (event) => {
      const other = event.target.closest(`${INTERACTIVE}, .amts-block`);
      if (other !== element || !document.getSelection().isCollapsed) return;
      this.open(key, element);
    });
  }

  // Show whose text a block is, by a sign at its end that opens the desk.
  mark(key, summary = this.segments.get(key)) {
    this.segments.set(key, { ...this.segments.get(key), ...summary });
    const isDoubtful = summary.doubt >= DOUBTFUL_FROM;
    const whose = WHOSE[summary.whose] + (isDoubtful ? `, ${DOUBTFUL}` : "");
    for (const element of this.elements.get(key) ?? []) {
      element.dataset.amtsWhose = isDoubtful ? "doubtful" : summary.whose;
      const sign = element.querySelector(".amts-mark") ?? this.sign(key, element);
      sign.dataset.whose = element.dataset.amtsWhose;
      sign.setAttribute("aria-label", `${whose}: ${WORDS.open}`);
      sign.title = whose;
    }
  }

  sign(key, element) {
    const act = () => this.open(key, element);
    const sign = make("button", { type: "button", class: "amts-mark", onclick: act });
    sign.addEventListener("keydown", (event) => this.step(event));
    const last = textNodes(element).at(-1);
    if (last) last.after(sign);
    else element.append(sign);
    return sign;
  }

  // Go from sign to sign by arrow keys.
  step(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.altKey) return;
    const signs = [...document.querySelectorAll(".amts-mark")];
    const next = signs[signs.indexOf(event.currentTarget) + step];
    if (next) event.preventDefault();
    next?.focus();
  }

  // Show another text in the blocks of a segment.
  change(key, tagged, tags) {
    if (tagged === this.texts.get(key)) return;
    const before = tree(this.texts.get(key) ?? "");
    for (const element of this.elements.get(key) ?? []) {
      const found = match(before, element);
      if (!found || !arrange(tree(tagged), found))
        place(element, shown(flat(tagged), names(tags)).map(asNode));
    }
    this.texts.set(key, tagged);
  }

  // Take over the blocks of a page that was built anew. Returns whether it has the same
  // blocks: if not, the page itself has to be loaded.
  renew(page) {
    const marked = (root) => [...root.querySelectorAll(MARKED)];
    const [old, made] = [marked(document), marked(page)];
    const keys = (all) => all.map((each) => each.dataset.amtsKey).join("\n");
    if (keys(old) !== keys(made)) return false;
    for (const [at, element] of old.entries()) renewBlock(element, made[at]);
    return true;
  }

  // Mark the block that the desk is open for.
  point(key) {
    for (const element of document.querySelectorAll(".amts-current"))
      element.classList.remove("amts-current");
    for (const element of this.elements.get(key) ?? [])
      element.classList.add("amts-current");
  }
}

// Return the nearest element around all of some.
export function around(elements) {
  let found = elements[0] ?? document.body;
  while (!elements.every((element) => found.contains(element)))
    found = found.parentElement;
  return found;
}

// Return the longest run of words at the top of a text, as it is compared.
function longest(pieces) {
  const runs = pieces.filter((piece) => typeof piece === "string").map(fold);
  return runs.reduce((best, run) => (run.length > best.length ? run : best), "");
}

const asNode = (node) =>
  typeof node === "string" ? document.createTextNode(node) : node;

function renewBlock(element, made) {
  const [old, now] = [textNodes(element), textNodes(made)];
  const isSame =
    old.length === now.length && old.every((node, at) => node.isEqualNode(now[at]));
  if (isSame || element.querySelector(".MathJax, mjx-container, .katex")) return;
  place(
    element,
    now.map((node) => document.importNode(node, true)),
  );
}
