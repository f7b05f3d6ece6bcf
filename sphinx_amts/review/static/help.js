// Help for the text in the editor: what is wrong with it, and other texts to take over.

import { api } from "./api.js";
import { called } from "./chips.js";
import { button, make } from "./dom.js";
import { flat } from "./tagged.js";
import { candidatesOf } from "./sections.js";
import { SAID, WORDS } from "./words.js";

const CHECK_AFTER_MS = 300; // without typing, so that not each letter is a request

export class Help {
  constructor(desk) {
    this.desk = desk;
    this.engines = null;
  }

  get panel() {
    return this.desk.panel;
  }

  // While typing

  typed() {
    this.panel.fail("");
    this.stop();
    this.timer = setTimeout(() => this.check(), CHECK_AFTER_MS);
  }

  // Another text is shown: what was typed before is of no interest any more.
  stop() {
    clearTimeout(this.timer);
  }

  async check() {
    const { editor } = this.panel;
    const { key } = this.desk.detail;
    const reason = editor.fault();
    if (reason) return this.panel.fail(reason);
    const target = editor.tagged();
    const found = await api.check(key, target).catch(() => null);
    if (!found || this.desk.detail.key !== key || editor.rough() !== target) return;
    this.panel.fail(called(found.error ?? "", editor.names));
    this.panel.showChecks(found);
  }

  // Similar texts

  take(candidate) {
    this.panel.editor.takeOver(flat(candidate.target));
    this.panel.editor.focus();
    this.panel.say(SAID.taken);
  }

  // Take over the candidate of a number from 1.
  takeNumber(number) {
    const candidate = candidatesOf(this.desk.detail)[number - 1];
    if (candidate) this.take(candidate);
  }

  // Engines

  async showEngines() {
    if (this.engines) return;
    this.engines = await api.engines();
    this.panel.showEngines(this.engines);
  }

  ask(engine, isConfirmed) {
    return this.desk.say(async () => {
      this.panel.say(SAID.asking(engine));
      const { key } = this.desk.detail;
      const answer = await api.suggest(key, engine, isConfirmed);
      if (key !== this.desk.detail.key) return;
      if (answer.target === undefined) this.offer(engine, answer.price);
      else this.suggest(answer);
    });
  }

  offer(engine, price) {
    const confirm = button(SAID.confirm(price), () => this.ask(engine, true));
    this.panel.answer.replaceChildren(make("p", {}, SAID.price(engine, price)), confirm);
    this.panel.say(SAID.price(engine, price));
    confirm.focus();
  }

  suggest(answer) {
    const words = { class: "amts-words", ...this.panel.language };
    const take = button(WORDS.take, () => this.take(answer));
    this.panel.answer.replaceChildren(make("p", words, answer.shown_target), take);
    this.panel.say(SAID.suggested(answer.engine));
    take.focus();
  }
}
