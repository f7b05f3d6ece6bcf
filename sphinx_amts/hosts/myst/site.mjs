// What mystmd writes: titles, which no plugin is given, and the language of pages.
//
// The files are those of the site alone, and one in which nothing changes is written as
// it came.

import fs from "node:fs";
import path from "node:path";

import { stringify } from "./json.mjs";

const CONTENT = /[\\/]_build[\\/]site[\\/]content[\\/].*\.json$/;
const CONFIG = /[\\/]_build[\\/]site[\\/]config\.json$/;
const SEARCH = /[\\/]_build[\\/]site[\\/]myst\.search\.json$/;
const HTML = /[\\/]_build[\\/]html[\\/].*\.html$/;
const SITE = /^.*?[\\/]_build[\\/]site/;
const OURS = /^amts_/;
const LEVEL_1 = /"lvl1":\s*("(?:[^"\\]|\\.)*")/g; // in JSON, no text holds a bare quote
const FIELDS = ["title", "short_title", "subtitle", "description"];

/** Let `change(file, data)` see what is written with node:fs. */
export function watchWrites(change) {
  const write = fs.writeFileSync;
  fs.writeFileSync = (file, data, ...rest) => {
    let changed = data;
    if (typeof file === "string" && typeof data === "string") {
      changed = change(path.resolve(file), data) ?? data;
    }
    return write(file, changed, ...rest);
  };
}

/** Return what a file of the site should say; undefined where that is what it says. */
export function change(file, data, texts) {
  if (HTML.test(file)) return texts.language && inLanguage(data, texts);
  const isEdition = texts.language || texts.titles.size;
  if (SEARCH.test(file)) return isEdition ? search(data, texts) : undefined;
  const localize = [
    [CONTENT, content],
    [CONFIG, config],
  ].find(([pattern]) => pattern.test(file))?.[1];
  if (!localize || !(isEdition || data.includes('"amts_'))) return undefined;
  const values = JSON.parse(data);
  const edit = { texts, count: 0, site: SITE.exec(file)[0] };
  localize(values, edit);
  return edit.count ? stringify(values) : undefined;
}

function content(page, edit) {
  top(page, edit);
  notebook(page, edit);
  frontmatter(page.frontmatter, edit);
  for (const each of page.dependencies ?? []) fields(each, edit);
  originals(page, edit);
  for (const part of Object.values(page.frontmatter?.parts ?? {})) {
    frontmatter(part.frontmatter, edit);
    visit(part.mdast, (node) => {
      delete node.originals; // they stand in no text
      source(node, edit);
    });
  }
}

/** Put what is ours above the page. */
function top(page, edit) {
  const nodes = edit.texts.tops?.get(path.posix.normalize(`/${page.location ?? ""}`));
  if (!nodes?.length || !page.mdast) return;
  const file = page.location.replace(/^\/|\.[^./]+$/g, "");
  const name = file === edit.texts.index ? "" : urlOf(page.slug);
  const made = JSON.parse(stringify(nodes).replaceAll("{page}", name));
  page.mdast.children.unshift(block("top", made));
  edit.count += 1;
}

/** Show the sources of a page's blocks, where readers point at the arrows at their ends.
 *
 * Themes show what a reference leads to, and open the dropdown that has it.
 */
function originals(page, edit) {
  const found = [];
  visit(page.mdast, (node) => {
    source(node, edit);
    if (node.originals) spread(node);
    if (node.original) lead(node, found);
  });
  if (!found.length) return;
  const title = { type: "summary", children: [{ type: "text", value: edit.texts.show }] };
  const shown = { type: "details", children: [title, ...found] };
  page.mdast.children.push(block("originals", [shown]));
  edit.count += 1;
}

/** Put the originals of a block's runs behind them: of the first run first. */
function spread(node) {
  for (const { after, children } of node.originals) {
    node.children.splice(node.children.length - after, 0, { original: children });
  }
  delete node.originals;
}

/** Make of a node what leads to its original, which becomes the last of those that were found. */
function lead(node, found) {
  const { original } = node;
  delete node.original;
  const id = `amts-original-${found.length + 1}`;
  const place = { identifier: id, html_id: id };
  found.push({ type: "div", ...place, children: [{ type: "paragraph", children: original }] });
  const arrows = [{ type: "text", value: "\u00a0\u21c4", key: "a" }];
  Object.assign(node, { type: "crossReference", class: "amts-original", ...place, key: `a${found.length}`, children: arrows });
}

function visit(node, see) {
  if (!node) return;
  see(node);
  for (const child of node.children ?? []) visit(child, see);
}

/** Lead to the notebook in the language of the page, which stands beside the other. */
function notebook(page, edit) {
  const draft = edit.texts.notebooks?.get(path.posix.normalize(`/${page.location ?? ""}`));
  if (!draft) return;
  for (const each of page.frontmatter?.exports ?? []) {
    if (!each.url?.endsWith(".ipynb")) continue;
    each.url = each.url.replace(/\.ipynb$/, `.${edit.texts.language}.ipynb`);
    fs.copyFileSync(draft, path.join(edit.site, "public", path.posix.basename(each.url)));
    edit.count += 1;
  }
}

/** Return the address of a page by mystmd's name of it. */
function urlOf(slug) {
  return slug.replace(/\.index$/, "").replaceAll(".", "/");
}

/** Return nodes as what themes want in the root of a page. */
function block(name, children) {
  const made = { type: "block", class: `amts-${name}`, children };
  let count = 0; // React wants a key for each node, and mystmd gave its own before us
  visit(made, (node) => {
    node.key = `${name[0]}${count++}`; // short: a page may have hundreds
  });
  return made;
}

/** What is embedded says which page it is from. */
function source(node, edit) {
  if (node.source && typeof node.source === "object") fields(node.source, edit);
}

function config(site, edit) {
  frontmatter(site, edit);
  for (const each of [...(site.nav ?? []), ...(site.actions ?? [])]) menu(each, edit);
  for (const project of site.projects ?? []) {
    frontmatter(project, edit);
    for (const page of project.pages ?? []) fields(page, edit);
    for (const entry of project.toc ?? []) menu(entry, edit);
  }
}

/** Put titles into the index of the search, which is large, and has them under one name.
 *
 * Headings of level 1 are there too, of which the tree has the target already.
 */
function search(data, { titles }) {
  return data.replace(LEVEL_1, (record, text) => {
    const target = titles.get(plainly(JSON.parse(text)));
    return target === undefined ? record : `"lvl1":${stringify(target)}`;
  });
}

function frontmatter(values, edit) {
  if (!values) return;
  fields(values, edit);
  for (const name of Object.keys(values.abbreviations ?? {})) {
    put(values.abbreviations, name, edit);
  }
  put(values.options, "logo_text", edit);
  const ours = Object.keys(values.options ?? {}).filter((name) => OURS.test(name));
  for (const name of ours) delete values.options[name];
  if (ours.length && !Object.keys(values.options).length) delete values.options;
  edit.count += ours.length;
}

function fields(values, edit) {
  for (const name of FIELDS) put(values, name, edit);
}

function menu(entry, edit) {
  put(entry, "title", edit);
  for (const child of entry.children ?? []) menu(child, edit);
}

function put(values, name, edit) {
  const source = values?.[name];
  if (typeof source !== "string" || !source) return;
  const target = edit.texts.titles.get(plainly(source));
  if (target === undefined) edit.texts.unknown?.add(source);
  if (target === undefined || target === source) return;
  values[name] = target;
  edit.count += 1;
}

const TYPOGRAPHY = {
  "\u201c": '"', "\u201d": '"', "\u2018": "'", "\u2019": "'",
  "\u2026": "...", "\u2014": "---", "\u2013": "--",
};

/** Return a title without what mystmd's typographer makes, as titles.py does. */
export function plainly(text) {
  return text.replace(/[\u201c\u201d\u2018\u2019\u2026\u2014\u2013]/g, (sign) => TYPOGRAPHY[sign]);
}

/** React keeps attributes of the document as they are, and nothing else. */
function inLanguage(html, { language, direction }) {
  return html.replace(/<html\b([^>]*)>/, (_tag, attributes) => {
    const others = attributes.replace(/\s(?:lang|dir)="[^"]*"/g, "");
    return `<html lang="${language}" dir="${direction}"${others}>`;
  });
}
