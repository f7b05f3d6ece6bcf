// The plugin's own JavaScript, by node's own runner: node --test tests/
import assert from "node:assert/strict";
import path from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";

const PLUGIN = process.env.AMTS_PLUGIN_FOLDER; // where the package has it
const load = (name) => import(pathToFileURL(path.join(PLUGIN, name)));
const { apply, slim } = await load("trees.mjs");
const { change, plainly } = await load("site.mjs");
const { locationOf, start } = await load("plugin.mjs");

const text = (value) => ({ type: "text", value });

function tree() {
  const link = { type: "link", url: "a.md", children: [text("a hive")], key: "k" };
  const math = { type: "inlineMath", value: "x", html: "<span>x</span>" };
  const paragraph = { type: "paragraph", children: [text("See "), link, text(", "), math] };
  const output = { type: "output", children: [text("no prose")], jupyter_data: {} };
  return { type: "root", children: [paragraph, { type: "outputs", children: [output] }] };
}

test("what holds no words does not travel", () => {
  const nodes = [];
  const sent = JSON.stringify(slim(tree(), nodes));
  assert.ok(!sent.includes("no prose"));
  assert.ok(!sent.includes("span"));
  assert.ok(sent.includes('"value":"x"')); // which readers see
  assert.equal(nodes.length, 8);
});

test("each node has its number", () => {
  const nodes = [];
  const check = (sent) => {
    assert.equal(nodes[sent.n].type, sent.type);
    for (const child of sent.children ?? []) check(child);
  };
  check(slim(tree(), nodes));
});

test("edits keep the objects of nodes", () => {
  const root = tree();
  const nodes = [];
  slim(root, nodes);
  const [, paragraph, , link, , , math] = nodes;
  const children = [{ n: 6 }, ": ", { n: 3, children: ["una colmena"] }];
  apply([{ n: 1, start: 0, end: 4, children }], nodes);
  assert.equal(paragraph.children[0], math);
  assert.equal(paragraph.children[2], link);
  assert.deepEqual(link.children, [text("una colmena")]);
  assert.equal(link.url, "a.md");
  assert.equal(math.html, "<span>x</span>");
});

test("two runs of one node are put in from the last", () => {
  const node = { type: "listItem", children: [text("a"), { type: "list" }, text("b")] };
  const nodes = [];
  slim(node, nodes);
  const edits = [
    { n: 0, start: 0, end: 1, children: ["A", "A"] },
    { n: 0, start: 2, end: 3, children: ["B"] },
  ];
  apply(edits, nodes);
  assert.deepEqual(node.children.map((each) => each.value ?? each.type), ["A", "A", "list", "B"]);
});

test("attributes are set", () => {
  const node = { type: "image", alt: "A hive" };
  const nodes = [];
  slim(node, nodes);
  apply([{ n: 0, set: { alt: "Una colmena" } }], nodes);
  assert.equal(node.alt, "Una colmena");
});

test("the source of a block is kept where readers are to see it", () => {
  const root = tree();
  const nodes = [];
  slim(root, nodes);
  const children = ["Véase ", { n: 3, children: ["una colmena"] }, ", ", { n: 6 }];
  apply([{ n: 1, start: 0, end: 4, children, original: true }], nodes);
  const [shown] = nodes[1].originals;
  assert.equal(shown.after, 0);
  assert.deepEqual(shown.children.map((each) => each.value), ["See ", "a hive", ", ", "x"]);
  const words = { type: "crossReference", children: [text("Figure %s")] };
  const list = { type: "paragraph", children: [words, { type: "crossReference" }] };
  const others = [];
  slim(list, others);
  apply([{ n: 0, start: 0, end: 2, children: ["a"], original: true }], others);
  assert.deepEqual(list.originals[0].children, [text("Figure \u2026"), text("\u2026")]);
});

const SITE = path.resolve("/b/_build/site");
const texts = (titles, more) => ({ titles: new Map(Object.entries(titles)), ...more });

test("a file in which nothing changes is written as it came", () => {
  const data = '{ "frontmatter": {"title": "Bees"}, "mdast": {"type": "root"} }';
  assert.equal(change(path.join(SITE, "content", "a.json"), data, texts({})), undefined);
  assert.equal(change("/b/notes.json", "no JSON", texts({ Bees: "Abejas" })), undefined);
});

test("titles are found whatever the typographer made of them", () => {
  const page = { frontmatter: { title: "Bees\u2019 “year”" }, mdast: {} };
  const file = path.join(SITE, "content", "guide", "a.json");
  const made = change(file, JSON.stringify(page), texts({ 'Bees\' "year"': "Año" }));
  assert.equal(JSON.parse(made).frontmatter.title, "Año");
  assert.equal(plainly("a\u2013b\u2014c\u2026"), "a--b---c...");
});

test("settings of ours are left out of what is published", () => {
  const frontmatter = { title: "a", options: { amts_engine: "local", other: 1 } };
  const data = JSON.stringify({ frontmatter, mdast: {} });
  const made = change(path.join(SITE, "content", "a.json"), data, texts({}));
  assert.deepEqual(JSON.parse(made).frontmatter.options, { other: 1 });
});

test("menus are translated at any depth", () => {
  const site = { nav: [{ title: "More", children: [{ title: "Bees", url: "/a" }] }] };
  const made = change(
    path.join(SITE, "config.json"), JSON.stringify(site), texts({ Bees: "Abejas" }),
  );
  assert.equal(JSON.parse(made).nav[0].children[0].title, "Abejas");
});

test("what is ours stands above the page and leads to the same page", () => {
  const bar = [{ type: "paragraph", children: [{ type: "link", url: "/es/{page}" }] }];
  const more = { tops: new Map([["/a.md", bar]]), index: "b/intro", language: "en" };
  more.tops.set("/b/intro.md", bar);
  const pages = [
    ["a", "/a.md", "/es/a"],
    ["b.a", "/a.md", "/es/b/a"],
    ["intro", "/b/intro.md", "/es/"],
  ];
  for (const [slug, location, url] of pages) {
    const page = { slug, location, mdast: { children: [text("words")] } };
    const made = JSON.parse(
      change(path.join(SITE, "content", "a.json"), JSON.stringify(page), texts({}, more)),
    );
    assert.equal(made.mdast.children[0].children[0].children[0].url, url);
    assert.equal(made.mdast.children[1].value, "words");
  }
});

function written(mdast) {
  const known = texts({}, { language: "es", show: "Ver" });
  const data = JSON.stringify({ frontmatter: {}, mdast });
  return JSON.parse(change(path.join(SITE, "content", "a.json"), data, known)).mdast;
}

test("arrows lead to the source of a block, which is closed below the page", () => {
  const originals = [{ after: 0, children: [text("Bees")] }];
  const block = { type: "paragraph", children: [text("Abejas")], originals };
  const made = written({ type: "root", children: [block] });
  const [paragraph, { children: [details] }] = made.children;
  const [, link] = paragraph.children;
  assert.equal(link.type, "crossReference");
  assert.equal(paragraph.originals, undefined);
  assert.ok(!details.open);
  const [summary, shown] = details.children;
  assert.equal(summary.children[0].value, "Ver");
  assert.equal(shown.html_id, link.html_id);
  assert.equal(shown.children[0].children[0].value, "Bees");
});

test("each run of a block has its arrows behind it", () => {
  const nested = { type: "list", children: [{ type: "listItem", children: [text("b")] }] };
  const item = { type: "listItem", children: [text("a"), nested, text("c")] };
  const nodes = [];
  slim(item, nodes);
  apply([
    { n: 0, start: 0, end: 1, children: ["A", "A"], original: true },
    { n: 0, start: 2, end: 3, children: ["C"], original: true },
    { n: 3, start: 0, end: 1, children: ["B"], original: true },
  ], nodes);
  item.children.splice(1, 1); // as mystmd may
  const made = written({ type: "root", children: [item] });
  const [{ children }, { children: [details] }] = made.children;
  const kinds = children.map((each) => each.value ?? each.type);
  assert.deepEqual(kinds, ["A", "crossReference", "list", "C", "crossReference"]);
  const shown = details.children.slice(1).map((each) => each.children[0].children[0].value);
  assert.deepEqual(shown, ["a", "b", "c"]);
});

test("a page of HTML says its language", () => {
  const file = path.resolve("/b/_build/html/a/index.html");
  const made = change(
    file, '<html lang="en" class="light"><body lang="en">',
    texts({}, { language: "ar", direction: "rtl" }),
  );
  assert.equal(made, '<html lang="ar" dir="rtl" class="light"><body lang="en">');
});

// Windows

test("a page's place has no backslashes", () => {
  assert.equal(locationOf("c:\\b\\guide\\a.md", "C:\\b", path.win32), "/guide/a.md");
  assert.equal(locationOf("C:\\b/guide/a b.md", "C:\\b\\", path.win32), "/guide/a b.md");
  assert.equal(locationOf("/b/guide/a.md", "/b", path.posix), "/guide/a.md");
});

test("files of the site are known by their Windows names", () => {
  const site = "C:\\my book\\_build\\site";
  const known = texts({ Bees: "Abejas" }, { language: "es", direction: "ltr" });
  const page = JSON.stringify({ frontmatter: { title: "Bees" }, mdast: { type: "root" } });
  const titles = {
    "\\content\\guide\\a.json": (made) => made.frontmatter.title,
    "\\config.json": (made) => made.title,
    "\\myst.search.json": (made) => made.records[0].hierarchy.lvl1,
  };
  const written = {
    "\\content\\guide\\a.json": page,
    "\\config.json": '{"title": "Bees"}',
    "\\myst.search.json": '{"records": [{"hierarchy": {"lvl1": "Bees"}}]}',
  };
  for (const [name, title] of Object.entries(titles)) {
    assert.equal(title(JSON.parse(change(site + name, written[name], known))), "Abejas");
  }
  const html = change("C:\\my book\\_build\\html\\a\\index.html", "<html>", known);
  assert.equal(html, '<html lang="es" dir="ltr">');
  assert.equal(change("C:\\my book\\a.json", page, known), undefined);
});

test("the Python is in the address of the plugin, the book in that of its file", () => {
  const here = "file:///C:/venv/plugin.mjs?python=C%3A%5Cmy%20venv%5Cpython.exe";
  const plugin = start(pathToFileURL(path.resolve("amts.mjs")).href, here);
  assert.equal(plugin.name, "sphinx_amts");
  const python = new URL(here).searchParams.get("python");
  assert.equal(python, "C:\\my venv\\python.exe");
});
