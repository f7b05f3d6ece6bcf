// What the server tells while a page is open: texts that were saved, here or elsewhere, and
// pages that were built anew.

import { api } from "./api.js";
import { around } from "./blocks.js";
import { SAID, WORDS } from "./words.js";

const MARKED = "[data-amts-key]";
const QUIET_MS = 300; // without a change to the page
const FOCUS = "amts-focus"; // the key whose block gets the focus after a page is loaded anew

export class Watch {
  constructor(desk) {
    this.desk = desk;
    this.mustReload = false; // more than the texts of blocks has changed
    this.known = fetchPage().then(skeleton, () => null);
  }

  async heard({ kind, keys = [], pages = [] }) {
    const isHere = !pages.length || pages.includes(this.desk.queue.page);
    if (kind === "failed") this.desk.panel.say(SAID.rebuilt);
    if (kind === "built" && isHere) await this.built();
    if (kind === "saved" || kind === "changed")
      await Promise.all(keys.map((key) => this.renew(key)));
  }

  // Show the text of a segment that somebody has changed.
  async renew(key) {
    const { desk } = this;
    if (!desk.blocks.elements.has(key) && desk.detail?.key !== key) return;
    const detail = await api.segment(key);
    if (desk.detail?.key === key && detail.version === desk.detail.version) return;
    desk.renew(detail);
    if (desk.detail?.key === key && !desk.saving.isChanged && !desk.isBusy)
      desk.fill(detail);
  }

  // Take over the texts of a new page; the page itself if more of it has changed and
  // nobody is at the desk.
  async built() {
    const page = await fetchPage();
    const [before, now] = [await this.known, skeleton(page)];
    this.known = Promise.resolve(now);
    const isSame = before === now && this.desk.blocks.renew(page);
    this.mustReload ||= !isSame;
    if (!this.mustReload) return;
    if (this.desk.panel.isOpen) this.desk.panel.say(WORDS.reload);
    else location.reload();
  }

  // The desk was closed: what had to wait is done.
  closed() {
    if (!this.mustReload) return;
    sessionStorage.setItem(FOCUS, this.desk.detail.key);
    location.reload();
  }

  // The page was loaded: go on where the desk was closed.
  begun() {
    const key = sessionStorage.getItem(FOCUS);
    sessionStorage.removeItem(FOCUS);
    this.desk.blocks.elements.get(key)?.[0].querySelector(".amts-mark").focus();
  }
}

// Some themes make the page anew in the browser, or show another one in its place: blocks
// are found again then, and the other page is loaded.
export function keepUp(blocks) {
  const { pathname } = location;
  let timer;
  const look = () => {
    if (location.pathname !== pathname) location.reload();
    else if (!blocks.areThere) blocks.find();
  };
  const observer = new MutationObserver(() => {
    clearTimeout(timer);
    timer = setTimeout(look, QUIET_MS);
  });
  observer.observe(document.body, { childList: true, subtree: true });
}

async function fetchPage() {
  const answer = await fetch(location.pathname, { cache: "no-store" });
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

// Return what a page says besides the texts of its blocks, from the first to the last.
function skeleton(page) {
  const blocks = [...page.querySelectorAll(MARKED)];
  if (!blocks.length) return written(page.body);
  const copy = around(blocks).cloneNode(true);
  for (const block of copy.querySelectorAll(MARKED)) block.textContent = "";
  return written(copy);
}

const written = (node) => new XMLSerializer().serializeToString(node);
