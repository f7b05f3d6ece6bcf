// Which text comes next: on this page, or across the book in the server's order.

import { api } from "./api.js";

const NAME = "amts-queue";
const BATCH = 50; // segments asked for at once

// Have the desk go by a queue from its first segment on, on all pages of this window.
export function startQueue(kind, term) {
  sessionStorage.setItem(NAME, JSON.stringify({ kind, term, trail: [] }));
}

export class Queue {
  // `page` is the page's name, `keys()` gives the keys of its blocks in order.
  constructor(page, keys) {
    this.page = page;
    this.keys = keys;
    const kept = JSON.parse(sessionStorage.getItem(NAME) ?? "{}");
    this.kind = kept.kind ?? "page";
    this.term = kept.term ?? "";
    this.trail = kept.trail ?? []; // the segments that were opened: {key, page, path}
  }

  keep() {
    const { kind, term, trail } = this;
    sessionStorage.setItem(NAME, JSON.stringify({ kind, term, trail }));
  }

  choose(kind, term = "") {
    this.kind = kind;
    this.term = term;
    this.trail = this.trail.slice(-1);
    this.keep();
  }

  visit({ key, page, path }) {
    this.trail = [...this.trail.filter((each) => each.key !== key), { key, page, path }];
    this.keep();
  }

  previous(key) {
    if (this.kind === "page") {
      const keys = this.keys();
      const before = keys[keys.indexOf(key) - 1];
      return before ? { key: before, page: this.page } : null;
    }
    const at = this.trail.findIndex((each) => each.key === key);
    return this.trail[at - 1] ?? null;
  }

  // Return the segment after `key`, or null; `isLeft` tells which keys of this page are
  // still to be done.
  async next(key, isLeft = () => true) {
    if (this.kind === "page") return this.nextOnPage(key, isLeft);
    const at = this.trail.findIndex((each) => each.key === key);
    return (
      this.trail[at + 1] ?? this.fresh({ queue: this.kind, term: this.term || undefined })
    );
  }

  async nextOnPage(key, isLeft) {
    const keys = this.keys();
    const after = keys.slice(keys.indexOf(key) + 1).find(isLeft);
    if (after) return { key: after, page: this.page };
    const { pages } = await api.progress();
    const at = pages.findIndex((each) => each.page === this.page);
    const page = pages.slice(at + 1).find((each) => each.left > 0);
    return page ? this.fresh({ queue: "page", page: page.page }) : null;
  }

  // Return the first segment of a queue that was not opened yet.
  async fresh(values) {
    const seen = new Set(this.trail.map((each) => each.key));
    for (let offset = 0; ; offset += BATCH) {
      const { total, segments } = await api.segments({ ...values, limit: BATCH, offset });
      const isLeft = ({ key, whose }) =>
        !seen.has(key) && (this.kind === "term" || whose !== "people");
      const found = segments.find(isLeft);
      if (found || !segments.length || offset + BATCH >= total) return found ?? null;
    }
  }

  // Return what is left of the queue: {words, segments}.
  async left() {
    const page = this.kind === "page" ? this.page : undefined;
    const values = { queue: this.kind, page, term: this.term || undefined, limit: 1 };
    const { words, total } = await api.segments(values);
    return { words, segments: total };
  }
}
