// The desk's own window beside the page: what it consists of. A dialog by its semantics,
// but the page stays usable.

import { button, make } from "./dom.js";
import { Editor } from "./editor.js";
import {
  candidates,
  conflict,
  faultList,
  keyList,
  places,
  section,
  termList,
  text,
} from "./sections.js";
import { showTools } from "./tools.js";
import { KEYS, QUEUES, SAID, WORDS, kindWord } from "./words.js";

const EDITOR = {
  class: "amts-editor amts-words",
  contenteditable: "true",
  spellcheck: "true",
};
const BOX = { role: "textbox", "aria-multiline": "true", "aria-label": WORDS.target };

const MIN_BESIDE_REM = 60; // width of the window from which desk and page stand side by side

const rem = () => Number.parseFloat(getComputedStyle(document.documentElement).fontSize);

export class Panel {
  // `acts` are the functions behind buttons; see `Desk`.
  constructor(acts) {
    this.acts = acts;
    this.language = pageLanguage();
    const described = { "aria-describedby": "amts-desk-error" };
    this.box = make("div", { ...EDITOR, ...BOX, ...described, ...this.language });
    this.error = make("p", { class: "amts-error", id: "amts-desk-error" });
    this.live = make("p", { class: "amts-said", role: "status" });
    this.shown = make("p", { class: "amts-status", "aria-hidden": "true" });
    for (const name of [
      "source",
      "missing",
      "tools",
      "checks",
      "clash",
      "notes",
      "where",
    ])
      this[name] = make("div", { class: `amts-${name}` });
    this.comment = make("textarea", { rows: 2, dir: "auto" });
    this.author = make("input", {
      autocomplete: "name",
      value: localStorage.getItem("amts-name"),
    });
    this.author.addEventListener("change", () =>
      localStorage.setItem("amts-name", this.author.value),
    );
    this.editor = new Editor(
      this.box,
      () => this.typed(),
      (said) => this.say(said),
    );
    this.element = this.frame();
    showTools(this.editor, this.tools);
    document.body.append(this.element, this.live);
  }

  frame() {
    const dialog = { role: "dialog", "aria-labelledby": "amts-desk-title", hidden: true };
    return make(
      "div",
      { class: "amts-desk", lang: "en", dir: "ltr", ...dialog },
      this.header(),
      this.body(),
      this.footer(),
    );
  }

  header() {
    this.title = make("span", { class: "amts-whose" });
    const sign = (name, symbol, act) =>
      button(symbol, act, { "aria-label": name, title: name, class: "amts-sign" });
    return make(
      "header",
      {},
      make("h2", { id: "amts-desk-title" }, `${WORDS.desk}: `, this.title),
      sign(WORDS.previous, "↑", this.acts.previous),
      sign(WORDS.next, "↓", this.acts.next),
      sign(WORDS.keys, "?", () => this.toggleKeys()),
      sign(WORDS.close, "×", this.acts.close),
    );
  }

  body() {
    this.keys = make("section", { class: "amts-part", hidden: true, tabindex: "-1" });
    this.keys.append(make("h3", {}, WORDS.keys), keyList(KEYS));
    return make(
      "div",
      { class: "amts-body" },
      this.keys,
      this.clash,
      section(WORDS.source, this.source),
      section(WORDS.target, this.box, this.tools, this.missing, this.error, this.checks),
      this.notes,
      make("label", {}, WORDS.comment, this.comment),
      this.engineRow(),
      this.where,
      this.queueRow(),
      make("label", {}, WORDS.name, this.author),
    );
  }

  queueRow() {
    const options = Object.entries(QUEUES).map(([value, name]) =>
      make("option", { value }, name),
    );
    this.kind = make("select", { onchange: () => this.chooseQueue() }, ...options);
    this.term = make("input", { onchange: () => this.chooseQueue() });
    this.termLabel = make("label", { hidden: true }, WORDS.term, this.term);
    this.left = make("p", { class: "amts-left" });
    this.share = make("progress", { "aria-label": WORDS.share, value: 0, max: 1 });
    const link = (path, name) => make("a", { href: `/_desk/${path}` }, name);
    const links = [link("queue", WORDS.overview), " · ", link("effort", WORDS.effort)];
    const label = make("label", {}, WORDS.queue, this.kind);
    const more = [this.left, this.share, make("p", {}, ...links)];
    return make("div", {}, label, this.termLabel, ...more);
  }

  engineRow() {
    this.engine = make("select", {});
    this.answer = make("div", { class: "amts-answer" });
    const ask = () => this.acts.ask(this.engine.value, false);
    const row = make("div", { class: "amts-row" }, this.engine, button(WORDS.ask, ask));
    const label = make("label", { class: "amts-engines" }, WORDS.engines, row);
    this.engines = make("div", { hidden: true }, label, this.answer);
    return this.engines;
  }

  footer() {
    const { accept, save, leave, undo } = this.acts;
    this.undo = button(WORDS.undo, undo);
    return make(
      "footer",
      {},
      this.shown,
      button(WORDS.accept, accept, { class: "amts-first" }),
      button(WORDS.save, save),
      button(WORDS.leave, leave),
      this.undo,
    );
  }

  get isOpen() {
    return !this.element.hidden;
  }

  // While the server is asked for another text, what is typed has no place.
  wait(isBusy) {
    this.element.setAttribute("aria-busy", String(isBusy));
    this.editor.isWaiting = isBusy;
  }

  show(isOpen) {
    this.element.hidden = !isOpen;
    document.documentElement.classList.toggle("amts-desk-open", isOpen);
  }

  // Stand beside the page where there is room for both, and below it otherwise; a block
  // is never covered.
  fit(block) {
    const { classList } = document.documentElement;
    classList.toggle("amts-desk-below", innerWidth < MIN_BESIDE_REM * rem());
    if (!block) return;
    for (
      let each = block.parentElement;
      each !== document.body;
      each = each.parentElement
    )
      each.classList.add("amts-around");
    const { left, right } = block.getBoundingClientRect();
    const isCovered = right > this.element.getBoundingClientRect().left || left < 0;
    if (isCovered) classList.add("amts-desk-below");
    block.scrollIntoView({ block: "nearest", behavior: "instant" });
  }

  // Say what happened, to the eye and to screen readers.
  say(said) {
    this.live.textContent = said;
    this.shown.textContent = said;
  }

  // Show a segment; `draft` is what was typed before.
  fill(detail, title, draft) {
    this.title.textContent = title;
    this.source.replaceChildren(text(detail.source, detail.tags));
    this.editor.load(detail.source, detail.target, detail.tags);
    if (draft) this.editor.resume(draft.target);
    this.comment.value = draft?.comment ?? detail.comment ?? "";
    this.undo.hidden = !detail.can_undo;
    this.clash.replaceChildren();
    this.answer.replaceChildren();
    this.notes.replaceChildren(...candidates(detail, this.language, this.acts.take));
    this.where.replaceChildren(...places(detail, location.pathname.slice(1)));
    this.fail("");
    this.showChecks(detail);
    this.showMissing();
  }

  showChecks({ faults, terms }) {
    this.checks.replaceChildren(...termList(terms, this.language), ...faultList(faults));
  }

  // Say at the editor why a text cannot be saved.
  fail(reason) {
    this.error.textContent = reason;
    this.box.setAttribute("aria-invalid", String(reason !== ""));
  }

  typed() {
    this.showMissing();
    this.acts.typed();
  }

  showMissing() {
    const missing = this.editor.missing();
    const buttons = missing.map((tag) => {
      const name = this.editor.names.get(tag.id);
      const what = `${kindWord(tag.kind)} ${name}`;
      return button(name, () => this.editor.insert(tag.id), {
        title: what,
        class: "amts-put",
      });
    });
    const label = make("span", { class: "amts-label" }, `${WORDS.missing}: `);
    this.missing.replaceChildren(...(missing.length ? [label, ...buttons] : []));
  }

  showConflict(answer, keepTheirs, keepYours) {
    this.clash.replaceChildren(...conflict(answer, this.language, keepTheirs, keepYours));
    this.clash.querySelector("button").focus();
  }

  sayNothingMissing() {
    this.say(SAID.noMissing);
  }

  toggleKeys(isShown = this.keys.hidden) {
    this.keys.hidden = !isShown;
    if (isShown) this.keys.focus();
    else this.editor.focus();
  }

  // Show what is left, and the share of the book's words that are people's.
  showProgress(left, { total, people }) {
    this.left.textContent = left;
    this.share.max = Math.max(total, 1);
    this.share.value = people;
    this.share.title = `${WORDS.share}: ${people} / ${total}`;
  }

  chooseQueue() {
    const isTerm = this.kind.value === "term";
    this.termLabel.hidden = !isTerm;
    this.acts.choose(this.kind.value, isTerm ? this.term.value : "");
  }

  showEngines(engines) {
    const option = ({ name, costs }) =>
      make("option", { value: name }, costs ? `${name} ($)` : name);
    this.engine.replaceChildren(...engines.map(option));
    this.engines.hidden = !engines.length;
  }
}

// Return the attributes of texts in the page's language.
function pageLanguage() {
  const { lang, dir } = document.documentElement;
  return { lang: lang || null, dir: dir || getComputedStyle(document.body).direction };
}
