// What the server tells while a page is open: saved texts, new builds, changed sources.

import { api } from "./api.js";
import { SAID, WORDS } from "./words.js";

export class Watch {
  constructor(desk) {
    this.desk = desk;
    this.mustReload = false; // the sources of this page have changed
  }

  heard({ kind, keys = [], pages = [] }) {
    const isHere = !pages.length || pages.includes(this.desk.queue.page);
    if (kind === "saved") return Promise.all(keys.map((key) => this.renew(key)));
    if (kind === "failed") return this.desk.panel.say(SAID.rebuilt);
    if (kind === "changed") this.mustReload ||= isHere;
    if (kind === "built" && isHere) return this.built();
  }

  // Somebody has saved: here, or in another window.
  async renew(key) {
    const { desk } = this;
    if (!desk.blocks.elements.has(key) && desk.detail?.key !== key) return;
    const detail = await api.segment(key);
    if (detail.version === desk.detail?.version) return;
    desk.renew(detail);
    if (desk.detail?.key === key && !desk.saving.isChanged && !desk.isBusy) desk.fill(detail);
  }

  async built() {
    if (!this.mustReload) {
      const answer = await fetch(location.pathname, { cache: "no-store" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (this.desk.blocks.renew(page)) return;
      this.mustReload = true;
    }
    if (this.desk.saving.isChanged) this.desk.panel.say(WORDS.reload);
    else this.reload();
  }

  reload() {
    const { detail, panel } = this.desk;
    if (panel.isOpen) location.hash = `amts-desk=${encodeURIComponent(detail.key)}`;
    location.reload();
  }
}
