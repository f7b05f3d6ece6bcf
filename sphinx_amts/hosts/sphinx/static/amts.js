/* The language menu, and the original beside the translation.

   Without this script a page is whole: the menu is a list of links, and what needs the
   script is hidden. The source texts of a page are a script of their own, which is loaded
   when a reader first asks for one: a page that was opened from a disk may not load
   anything else, and a strict content security policy allows it. */

(function () {
  "use strict";

  document.documentElement.classList.add("amts-script");

  /* The language menu: close it, keep the anchor, find the nearest page that exists. */

  /* The page, then the start of each folder above it, up to the one that both share. */
  function nearest(link) {
    const pages = [link.href];
    const url = new URL(link.href);
    url.hash = "";
    const folder = (path) => path.slice(0, path.lastIndexOf("/", path.length - 2) + 1);
    for (
      let path = folder(url.pathname);
      path.length > 1 && !location.pathname.startsWith(path);
      path = folder(path)
    ) {
      url.pathname = path;
      pages.push(url.href);
    }
    return pages;
  }

  async function follow(link) {
    for (const page of nearest(link)) {
      try {
        const answer = await fetch(page, { method: "HEAD" });
        if (answer.status !== 404) {
          location.href = page + (page === link.href ? location.hash : "");
          return;
        }
      } catch (error) {
        break; // a policy, another site, no network: the link itself is what there is
      }
    }
    location.href = link.href + location.hash;
  }

  for (const menu of document.querySelectorAll(".amts-languages details")) {
    menu.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && menu.open) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    });
    document.addEventListener("click", (event) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  }

  for (const link of document.querySelectorAll(".amts-languages a, a.amts-original")) {
    link.addEventListener("click", (event) => {
      if (event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      if (/^http/.test(location.protocol) && new URL(link.href).origin === location.origin)
        follow(link);
      else location.href = link.href + location.hash;
    });
  }

  /* The original */

  const button = document.querySelector(".amts-reading button");
  if (!button) return;

  let loading = null;
  let page = null;
  let isAll = false; // the whole page is shown beside its original
  const blocks = new Map(); // number -> element; the innermost where two have it
  for (const block of document.querySelectorAll("[data-amts]"))
    blocks.set(block.dataset.amts, block);

  function load() {
    loading =
      loading ||
      new Promise((resolve, reject) => {
        window.amtsSources = (given) => {
          page = given;
          resolve();
        };
        const script = document.createElement("script");
        script.src = button.dataset.sources;
        script.onerror = () => {
          loading = null;
          script.remove();
          reject(new Error("The source texts cannot be loaded."));
        };
        document.head.append(script);
      });
    return loading;
  }

  const ELEMENTS = { code: "code", strong: "strong", emphasis: "em", math: "span" };

  function add(parent, pieces) {
    for (const piece of pieces) {
      if (typeof piece === "string") {
        parent.append(piece);
        continue;
      }
      const [kind, ...inner] = piece;
      const element = document.createElement(ELEMENTS[kind]);
      if (kind === "math") {
        element.className = "math notranslate nohighlight";
        element.append("\\(" + inner.join("") + "\\)");
      } else add(element, inner);
      parent.append(element);
    }
  }

  /* Beside each other, both texts need an element. */
  function wrap(block) {
    const target = document.createElement("span");
    target.className = "amts-target";
    target.append(...block.childNodes);
    block.append(target);
  }

  function unwrap(block) {
    const target = block.querySelector(":scope > .amts-target");
    if (target) target.replaceWith(...target.childNodes);
  }

  function open(number) {
    const block = blocks.get(number);
    if (block.classList.contains("amts-open") || !page.texts[number]) return;
    const text = document.createElement("span");
    text.className = "amts-text";
    text.lang = page.lang;
    text.dir = page.dir;
    add(text, page.texts[number]);
    if (isAll && block.matches("p, li, dd, td")) wrap(block);
    block.append(text);
    block.classList.add("amts-open");
    if (window.MathJax && MathJax.typesetPromise && text.querySelector(".math"))
      MathJax.typesetPromise([text]);
    mark(block, true);
  }

  function close(number) {
    const block = blocks.get(number);
    block.classList.remove("amts-open");
    for (const text of block.querySelectorAll(":scope > .amts-text")) text.remove();
    unwrap(block);
    mark(block, false);
  }

  function mark(block, isOpen) {
    block.querySelector(".amts-peek").setAttribute("aria-expanded", String(isOpen));
  }

  /* One button for each block, and perhaps a link for suggesting a correction; together
     they are one stop of the tab key, or two, and the arrow keys go from one block to the
     next. */
  const peeks = [];
  const suggests = []; // links, or null

  function stopAt(place) {
    for (const group of [peeks, suggests])
      group.forEach((each, other) => {
        if (each) each.tabIndex = other === place ? 0 : -1;
      });
  }

  function go(event, place) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const next = step && peeks[place + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  }

  for (const [number, block] of blocks) {
    const peek = document.createElement("button");
    peek.type = "button";
    peek.className = "amts-peek";
    peek.title = button.textContent;
    peek.setAttribute("aria-label", button.textContent);
    peek.setAttribute("aria-expanded", "false");
    let isPinned = false;
    peek.addEventListener("click", async () => {
      await load();
      isPinned = !isPinned && !isAll;
      if (isPinned) open(number);
      else if (!isAll) close(number);
    });
    peek.addEventListener("pointerenter", async (event) => {
      if (event.pointerType !== "mouse") return;
      await load();
      if (peek.matches(":hover")) open(number);
    });
    peek.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse" && !isPinned && !isAll && page) close(number);
    });
    const place = peeks.length;
    const links = [...block.querySelectorAll(".amts-suggest")];
    const link = links.find((each) => each.closest("[data-amts]") === block) || null;
    for (const each of link ? [peek, link] : [peek]) {
      each.addEventListener("focus", () => stopAt(place));
      each.addEventListener("keydown", (event) => go(event, place));
    }
    peek.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && isPinned) peek.click();
    });
    if (link && link.parentNode === block) block.append(link); // behind a heading's own
    block.append(peek);
    peeks.push(peek);
    suggests.push(link);
  }
  stopAt(0);

  button.addEventListener("click", async () => {
    await load();
    isAll = !isAll;
    button.setAttribute("aria-pressed", String(isAll));
    document.documentElement.classList.toggle("amts-beside", isAll);
    for (const number of blocks.keys()) {
      close(number);
      if (isAll) open(number);
    }
  });
  button.parentElement.hidden = !blocks.size;
})();
