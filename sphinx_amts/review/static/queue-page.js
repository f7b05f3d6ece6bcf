// The page of the queue: how far the translators are, what is next, page by page.

import { api } from "./api.js";
import { make } from "./dom.js";
import { startQueue } from "./queue.js";
import { percent, table } from "./table.js";
import { PAGES, QUEUES, WHOSE, WORDS } from "./words.js";

const ORDER = ["people", "stale", "mixed", "machine", "source"];
const SHOWN = 50; // segments of a queue on one screen
const HASH = "#amts-desk=";

const within = (id) => document.getElementById(id);

function linkTo({ key, path }, text) {
  return make(
    "a",
    { href: `/${path}${HASH}${encodeURIComponent(key)}`, dir: "auto" },
    text,
  );
}

function showProgress({ words, left, today }) {
  const share = (whose) => (words.total ? (words[whose] ?? 0) / words.total : 0);
  const parts = ORDER.filter((whose) => words[whose]).map((whose) => {
    const part = make("i", { class: whose });
    part.style.flexGrow = words[whose];
    return part;
  });
  const items = ORDER.map((whose) => {
    const said = `${WHOSE[whose]}: ${(words[whose] ?? 0).toLocaleString("en")}`;
    return make(
      "li",
      {},
      make("i", { class: whose }),
      `${said} (${percent(share(whose))})`,
    );
  });
  within("progress").append(
    make("div", { class: "bar", "aria-hidden": "true" }, ...parts),
    make("ul", { class: "legend" }, ...items),
    make("p", {}, PAGES.left(left.words, left.segments)),
  );
  if (today) within("progress").append(make("p", {}, PAGES.today(today)));
}

function showPages(pages) {
  const heads = [PAGES.page, PAGES.words, PAGES.wordsLeft, PAGES.doubt];
  const rows = pages.map(({ path, title, page, words, left, doubt }) => [
    make("a", { href: `/${path}`, dir: "auto" }, title || page),
    words,
    left,
    doubt ?? null,
  ]);
  within("pages").append(table(PAGES.pages, heads, rows));
}

function choice(terms) {
  const name = (value) => (value === "page" ? PAGES.inOrder : QUEUES[value]);
  const option = (value) => make("option", { value }, name(value));
  const kind = make("select", {}, ...["doubt", "stale", "page", "term"].map(option));
  const names = terms.map(({ source }) => make("option", { value: source }));
  const term = make("input", { list: "terms" });
  const termLabel = make("label", { hidden: true }, `${WORDS.term} `, term);
  const label = make("label", {}, `${WORDS.queue} `, kind);
  const list = make("datalist", { id: "terms" }, ...names);
  const found = make("div", {});
  within("queue").append(make("div", { class: "row" }, label, termLabel, list), found);
  const load = () => {
    termLabel.hidden = kind.value !== "term";
    return showQueue(found, kind.value, termLabel.hidden ? undefined : term.value);
  };
  kind.addEventListener("change", load);
  term.addEventListener("change", load);
  return load();
}

async function showQueue(place, queue, term) {
  startQueue(queue, term ?? "");
  const found = await api.segments({ queue, term, limit: SHOWN });
  const rows = found.segments.map((each) => [
    linkTo(each, each.shown_source || each.page),
    make("span", { dir: "auto" }, each.shown_target),
    WHOSE[each.whose],
    each.doubt ?? null,
    each.words,
    each.comment,
  ]);
  const heads = [
    WORDS.source,
    WORDS.target,
    PAGES.whose,
    PAGES.doubt,
    PAGES.words,
    WORDS.comment,
  ];
  const said = make("p", {}, PAGES.left(found.words, found.total));
  place.replaceChildren(said, table(WORDS.queue, heads, rows));
}

async function begin() {
  const found = await api.progress();
  showProgress(found);
  showPages(found.pages);
  await choice(found.terms ?? []);
}

begin().catch((error) => {
  within("said").textContent = error.message;
});
