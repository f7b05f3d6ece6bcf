// Texts that were typed and not saved; they outlive a page, not the window.

const NAME = "amts-drafts";

export class Drafts {
  constructor() {
    this.texts = new Map(JSON.parse(sessionStorage.getItem(NAME) ?? "[]"));
  }

  get(key) {
    return this.texts.get(key);
  }

  // Keep a draft {target, comment, version}, or forget it with null.
  set(key, draft) {
    if (draft) this.texts.set(key, draft);
    else this.texts.delete(key);
    sessionStorage.setItem(NAME, JSON.stringify([...this.texts]));
  }
}
