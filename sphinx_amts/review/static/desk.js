// The desk: the page itself is where its translation is read, judged and corrected.
//
//   page -> Blocks (whose text each one is) -> Desk.open -> Panel, Editor -> api -> Blocks
//
// Every text from the server is put in as text; nothing of it is ever read as HTML.

import { Refused, api, listen } from "./api.js";
import { Blocks } from "./blocks.js";
import { called } from "./chips.js";
import { Clock } from "./clock.js";
import { make } from "./dom.js";
import { Drafts } from "./drafts.js";
import { Help } from "./help.js";
import { listenToKeys } from "./keys.js";
import { Panel } from "./panel.js";
import { Queue } from "./queue.js";
import { Saving } from "./saving.js";
import { Watch, keepUp } from "./watch.js";
import { SAID, WHOSE, WORDS } from "./words.js";

const HASH = "#amts-desk=";

class Desk {
  constructor(page, segments) {
    this.blocks = new Blocks(segments, (key, element) => this.open(key, element));
    this.queue = new Queue(page, () => this.blocks.keys);
    this.drafts = new Drafts();
    this.clock = new Clock();
    this.saving = new Saving(this);
    this.help = new Help(this);
    this.detail = null; // of the segment that is open
    this.block = null; // of the page, where the segment stands
    this.isLeaving = false;
    this.isBusy = false; // the server has not answered yet
    this.panel = new Panel(this.acts());
    this.panel.kind.value = this.queue.kind;
    this.panel.term.value = this.queue.term;
    listenToKeys(this);
    addEventListener("resize", () => this.panel.isOpen && this.panel.fit(this.block));
    this.watch = new Watch(this);
    addEventListener("pagehide", () => this.saving.keep());
    addEventListener("beforeunload", (event) => {
      if (this.saving.isChanged && !this.isLeaving) event.preventDefault();
    });
    listen((event) => this.watch.heard(event));
    keepUp(this.blocks);
  }

  // Return what the panel's buttons and keys do.
  acts() {
    return {
      accept: () => this.saving.accept(true),
      save: () => this.saving.accept(false),
      leave: () => this.saving.leave(),
      undo: () => this.saving.undo(),
      next: () => this.step(() => this.queue.next(this.detail.key)),
      previous: () => this.step(() => this.queue.previous(this.detail.key)),
      close: () => this.close(),
      take: (candidate) => this.help.take(candidate),
      takeNumber: (number) => this.help.takeNumber(number),
      typed: () => this.help.typed(),
      choose: (kind, term) => this.choose(kind, term),
      ask: (engine, isConfirmed) => this.help.ask(engine, isConfirmed),
    };
  }

  // Run what talks to the server, one thing at a time; what goes wrong there is said.
  async attempt(run) {
    if (this.isBusy) return;
    this.wait(true);
    await this.say(run);
    this.wait(false);
  }

  wait(isBusy) {
    this.isBusy = isBusy;
    this.panel.wait(isBusy);
  }

  async say(run) {
    try {
      await run();
    } catch (error) {
      if (error instanceof Refused) this.refused(error);
      else this.panel.say(SAID.failed(error.message));
    }
  }

  refused(error) {
    if (error.status === 422) {
      const reason = called(error.message, this.panel.editor.names);
      this.panel.fail(reason);
      this.panel.say(SAID.refused(reason));
      this.panel.editor.focus();
    } else if (error.status === 409) this.saving.conflict(error.answer);
    else this.panel.say(SAID.failed(error.message));
  }

  // Going from text to text

  open(key, element = null) {
    return this.attempt(async () => {
      this.saving.keep();
      this.show(await api.segment(key), element);
    });
  }

  show(detail, element = null) {
    this.fill(detail);
    this.panel.show(true);
    this.queue.visit(detail);
    this.clock.start();
    this.blocks.point(detail.key);
    this.block = element ?? this.blocks.elements.get(detail.key)?.[0];
    this.panel.fit(this.block);
    this.panel.editor.focus();
    this.panel.say(SAID.opened(WHOSE[detail.whose]));
    this.say(() => Promise.all([this.showLeft(), this.help.showEngines()]));
  }

  fill(detail) {
    this.detail = detail;
    this.help.stop();
    this.panel.fill(detail, described(detail), this.drafts.get(detail.key));
  }

  close() {
    this.saving.keep();
    this.panel.show(false);
    this.blocks.point("");
    this.block?.querySelector(".amts-mark").focus();
    this.panel.say(this.drafts.get(this.detail.key) ? SAID.kept : "");
    this.watch.closed();
  }

  step(find) {
    return this.attempt(async () => {
      this.saving.keep();
      await this.go(await find());
    });
  }

  // Open a segment, on another page if it is there.
  async go(segment) {
    if (!segment) return this.panel.say(SAID.end);
    const isHere =
      segment.page === this.queue.page || this.blocks.elements.has(segment.key);
    if (isHere) return this.show(await api.segment(segment.key));
    this.isLeaving = true; // for another page of the desk, which has the drafts
    location.href = `/${segment.path}${HASH}${encodeURIComponent(segment.key)}`;
  }

  choose(kind, term) {
    this.queue.choose(kind, term);
    return this.say(() => this.showLeft());
  }

  // Show on the page what the server has now of a segment.
  renew(detail) {
    this.blocks.change(detail.key, detail.target || detail.source, detail.tags);
    this.blocks.mark(detail.key, detail);
  }

  async showLeft() {
    const [{ words, segments }, progress] = await Promise.all([
      this.queue.left(),
      api.progress(),
    ]);
    this.panel.showProgress(SAID.queueLeft(words, segments), progress.words);
    document.querySelector(".amts-entry a").textContent = SAID.entry(progress.left.words);
  }
}

// Return in words whose a text is, and what is known of that.
function described({ whose, engine, author, date, doubt }) {
  const by = whose === "people" ? [author, date] : [engine, doubt && SAID.doubt(doubt)];
  return [WHOSE[whose], ...by.filter(Boolean)].join(", ");
}

const plainPath = (path) =>
  path
    .replace(/^\//, "")
    .replace(/(^|\/)index\.html$|\.html$/, "$1")
    .replace(/\/$/, "");

// Show the way to the queue, with what is left.
function showEntry(words) {
  const place = { class: "amts-entry", "aria-label": WORDS.desk, lang: "en", dir: "ltr" };
  const link = make("a", { href: "/_desk/queue" }, SAID.entry(words));
  document.body.append(make("nav", place, link));
}

// Begin on a page of the book; on any other there is nothing to do.
async function begin() {
  const { pages, left } = await api.progress();
  const here = plainPath(decodeURIComponent(location.pathname));
  const page = pages.find((each) => plainPath(each.path) === here);
  if (!page) return;
  showEntry(left.words);
  const { segments } = await api.page(page.page);
  const desk = new Desk(page.page, segments);
  if (!location.hash.startsWith(HASH)) return desk.watch.begun();
  const key = decodeURIComponent(location.hash.slice(HASH.length));
  history.replaceState(null, "", location.pathname + location.search);
  await desk.open(key);
}

begin().catch((error) => console.warn(SAID.failed(error.message)));
