// The parts of the desk that show what is known of a text.

import { names, shown } from "./chips.js";
import { button, make } from "./dom.js";
import { flat } from "./tagged.js";
import { WORDS } from "./words.js";

// The title of a part, and what is below it.
export function section(title, ...children) {
  return make("section", { class: "amts-part" }, make("h3", {}, title), ...children);
}

export function text(tagged, tags, attributes = {}) {
  const values = { class: "amts-words", dir: "auto", ...attributes };
  return make("p", values, ...shown(flat(tagged), names(tags)));
}

// Word differences: what is gone is struck through, what is new is underlined.
export function differences(diff) {
  const element = { "=": "span", "-": "del", "+": "ins" };
  const parts = diff.map(([sign, words]) => make(element[sign], {}, words));
  return make("p", { class: "amts-words amts-diff", dir: "auto" }, ...parts);
}

// Return people's texts to take over: the one for the earlier source, then the similar
// ones; each once.
export function candidatesOf({ stale, similar }) {
  if (!stale) return similar;
  const isOther = (each) => each.source !== stale.source || each.target !== stale.target;
  return [stale, ...similar.filter(isOther)];
}

// The texts to take over, each with its differences and one key.
export function candidates(detail, language, take) {
  const { stale } = detail;
  const parts = candidatesOf(detail).map((each, at) =>
    candidate(each, at, language, take, each === stale),
  );
  const [first] = stale ? parts.splice(0, 1) : [null];
  return [
    first ? section(WORDS.changes, first) : null,
    parts.length
      ? section(WORDS.similar, make("ul", { class: "amts-similar" }, parts))
      : null,
  ].filter((part) => part !== null);
}

function candidate(each, at, language, take, isStale) {
  const key = `Alt+${at + 1}`;
  const act = button(`${WORDS.take} (${key})`, () => take(each), { class: "amts-take" });
  const target = make("p", { class: "amts-words", ...language }, each.shown_target);
  const share = make("span", { class: "amts-share" }, `${Math.round(each.similarity)} %`);
  return make(
    isStale ? "div" : "li",
    {},
    differences(each.diff),
    target,
    make("p", {}, share, " ", act),
  );
}

export function termList(terms, language) {
  if (!terms.length) return [];
  const items = terms.map(({ source, target, is_met: isMet }) => {
    const said = isMet ? `✓ ${WORDS.met}` : `✗ ${WORDS.unmet}`;
    const words = [make("bdi", {}, source), " → ", make("bdi", language, target), " "];
    const state = make("span", { class: isMet ? "amts-met" : "amts-unmet" }, said);
    return make("li", {}, ...words, state);
  });
  return [make("h3", {}, WORDS.terms), make("ul", {}, ...items)];
}

export function faultList(faults) {
  if (!faults.length) return [];
  const items = faults.map((fault) => make("li", {}, fault));
  return [make("h3", {}, WORDS.faults), make("ul", { class: "amts-faults" }, ...items)];
}

// Both texts of a conflict, one to be chosen.
export function conflict(answer, language, keepTheirs, keepYours) {
  const { theirs, yours } = answer;
  const who = [theirs.author, theirs.date].filter(Boolean).join(", ");
  const shownYours = yours.shown_target ?? yours.target ?? "";
  const theirButton = button(WORDS.keepTheirs, keepTheirs);
  return [
    make("h3", {}, WORDS.conflict),
    make("p", { class: "amts-label" }, who ? `${WORDS.theirs} (${who})` : WORDS.theirs),
    make("p", { class: "amts-words", ...language }, theirs.shown_target ?? ""),
    theirButton,
    make("p", { class: "amts-label" }, WORDS.yours),
    make("p", { class: "amts-words", ...language }, shownYours),
    button(WORDS.keepYours, keepYours),
  ];
}

export function places(detail, path) {
  const others = detail.places.filter((place) => place.path !== path);
  if (!others.length) return [];
  const link = (place) => make("a", { href: `/${place.path}` }, place.page);
  const items = others.map((place) => make("li", {}, link(place)));
  return [section(WORDS.places, make("ul", {}, ...items))];
}

export function keyList(keys) {
  const isMac = /Mac|iP(hone|ad)/.test(navigator.platform);
  const named = (key) => key.replaceAll("Mod", isMac ? "⌘" : "Ctrl");
  const rows = keys.flatMap(([key, what]) => [
    make("dt", {}, make("kbd", {}, named(key))),
    make("dd", {}, what),
  ]);
  return make("dl", { class: "amts-keys" }, ...rows);
}
