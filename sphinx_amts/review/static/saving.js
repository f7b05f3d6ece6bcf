// What is saved of a text: accepted, corrected, left with a comment, undone.

import { Refused, api } from "./api.js";
import { SAID } from "./words.js";

export class Saving {
  constructor(desk) {
    this.desk = desk;
  }

  get panel() {
    return this.desk.panel;
  }

  get detail() {
    return this.desk.detail;
  }

  // Tell whether there is something in the open panel that is not saved.
  get isChanged() {
    if (!this.detail || !this.panel.isOpen) return false;
    const { editor, comment } = this.panel;
    const isSame = comment.value === (this.detail.comment ?? "");
    return !isSame || editor.rough() !== this.detail.target;
  }

  // Keep what is typed for when the text is opened again.
  keep() {
    if (!this.detail || !this.panel.isOpen) return;
    const target = this.panel.editor.units();
    const comment = this.panel.comment.value;
    const draft = this.isChanged ? { target, comment, version: this.version } : null;
    this.desk.drafts.set(this.detail.key, draft);
  }

  // A draft was typed over the text of its time, not over the one that is there now.
  get version() {
    return this.desk.drafts.get(this.detail.key)?.version ?? this.detail.version;
  }

  accept(isNext, version = this.version) {
    const reason = this.panel.editor.fault();
    if (reason) return this.desk.refused(new Refused(422, { error: reason }));
    return this.desk.attempt(async () => {
      const target = this.panel.editor.tagged();
      const isSame = target === this.detail.target;
      this.take(await this.put({ target, state: "reviewed", version }));
      this.desk.drafts.set(this.detail.key, null);
      await this.done(isSame ? SAID.accepted : SAID.saved, isNext);
    });
  }

  put(change) {
    const author = this.panel.author.value || undefined;
    const comment = this.panel.comment.value;
    const { seconds } = this.desk.clock;
    return api.save(this.detail.key, { ...change, comment, seconds, author });
  }

  // Take over what the server has now of the open segment.
  take(detail) {
    this.desk.detail = detail;
    this.desk.renew(detail);
  }

  async done(said, isNext) {
    const { blocks, clock, queue } = this.desk;
    clock.start();
    const isLeft = (key) => blocks.segments.get(key).whose !== "people";
    const next = isNext ? await queue.next(this.detail.key, isLeft) : null;
    if (next) await this.desk.go(next);
    else {
      this.desk.fill(this.detail);
      this.panel.editor.focus();
      this.desk.say(() => this.desk.showLeft());
    }
    this.panel.say(isNext && !next ? `${said} ${SAID.end}` : said);
  }

  // Leave a text with a comment: it does not become people's. What was typed is kept.
  leave() {
    if (!this.panel.comment.value.trim()) {
      this.panel.comment.focus();
      return this.panel.say(SAID.needsComment);
    }
    return this.desk.attempt(async () => {
      const { target } = this.detail;
      this.take(await this.put({ target, state: "translated", version: this.version }));
      this.keep();
      await this.done(SAID.left, true);
    });
  }

  undo() {
    if (!this.detail.can_undo) return this.panel.say(SAID.nothingToUndo);
    return this.desk.attempt(async () => {
      this.take(await api.undo(this.detail.key, this.detail.version));
      this.desk.drafts.set(this.detail.key, null);
      await this.done(SAID.undone, false);
    });
  }

  // Somebody else has saved meanwhile: one of both texts is chosen.
  conflict(answer) {
    const keepTheirs = () =>
      this.desk.attempt(async () => {
        this.desk.drafts.set(this.detail.key, null);
        this.take(await api.segment(this.detail.key));
        this.desk.fill(this.detail);
        this.panel.editor.focus();
      });
    const keepYours = () => this.accept(false, answer.version);
    this.panel.showConflict(answer, keepTheirs, keepYours);
    this.panel.say(SAID.conflict);
  }
}
