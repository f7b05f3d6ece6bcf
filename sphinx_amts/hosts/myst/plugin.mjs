// sphinx_amts for mystmd and Jupyter Book 2: translates a build in this process.
//
//   document stage   the words of a page, before mystmd makes references of them
//   project stage    what mystmd makes of them afterwards: "Figure 1", terms, titles
//   writing          titles in the frontmatter, settings of ours left out
//
// Without AMTS_LANGUAGE, only the last.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { stringify } from "./json.mjs";
import { change, plainly, watchWrites } from "./site.mjs";
import { apply, made, slim } from "./trees.mjs";
import { Worker } from "./worker.mjs";

const COLLECT = process.env.AMTS_COLLECT; // a file: pages are only written down
const SHOWN_TITLES = 3;
const END_MS = 500; // another project of the site may come to its pages later

function say(text) {
  process.stderr.write(`${text}\n`);
}

let isFailed = false;

/** Fail the build at its end, whatever mystmd says of it. */
function fail() {
  if (isFailed) return;
  isFailed = true;
  process.on("exit", () => {
    process.exitCode = 1;
  });
}

function failIfStrict() {
  if (process.env.AMTS_STRICT === "1") fail();
}

/** Return the plugin of the book in which `shim` is, the address of its `amts.mjs`.
 *
 * The address of this module says which Python has the package.
 */
export function start(shim, here = import.meta.url) {
  const python = new URL(here).searchParams.get("python");
  return make(python, path.dirname(fileURLToPath(shim)));
}

/** Return the plugin. The `amts.mjs` that earlier versions wrote calls it, too. */
export function make(python, folder, language = process.env.AMTS_LANGUAGE) {
  const texts = { titles: new Map(), tops: new Map(), notebooks: new Map(), unknown: new Set() };
  watchWrites((file, data) => {
    try {
      return change(file, data, texts);
    } catch (error) {
      say(`sphinx_amts: ${file} stays as it is: ${error}`);
      failIfStrict();
      return undefined;
    }
  });
  const plugin = { name: "sphinx_amts" };
  if (COLLECT) return { ...plugin, transforms: both(writeDown) };
  if (!language) return plugin;
  process.on("exit", () => tellUnknown(worker, texts));
  const worker = new Worker(python, folder, { say, fail, lose: failIfStrict });
  return { ...plugin, transforms: both(translate(worker, texts, folder)) };
}

/** Titles are read as mystmd reads them; tell where it has read another. */
function tellUnknown(worker, { unknown }) {
  if (!unknown.size || worker.dead) return;
  const titles = [...unknown].slice(0, SHOWN_TITLES).map((each) => JSON.stringify(each));
  say(
    `WARNING: ${unknown.size} titles are not those that were read, and stay in the`
      + ` source language, such as ${titles.join(", ")} [amts.missing]`,
  );
}

function both(work) {
  return ["document", "project"].map((stage) => ({
    name: `amts-${stage}`,
    doc: "Puts translations into a page.",
    stage,
    plugin() {
      const abbreviations = abbreviationsOf(this);
      return async (tree, file) => {
        try {
          await work(stage, tree, file, abbreviations);
        } catch (error) {
          say(`sphinx_amts: ${file.path} stays as it is: ${error.stack}`);
          failIfStrict();
        }
      };
    },
  }));
}

/** mystmd looks for them after us: their plugin has them, and comes behind ours. */
function abbreviationsOf(processor) {
  const found = (processor?.attachers ?? [])
    .map(([, options]) => options?.abbreviations)
    .find((each) => each && typeof each === "object");
  return found ?? {};
}

function page(stage, tree, file, abbreviations, nodes) {
  const value = { path: file.path };
  if (stage === "document") {
    value.tree = slim(tree, nodes);
    value.abbreviations = abbreviations;
  } else {
    value.tree = made(tree, nodes);
  }
  const frontmatter = file.data?.frontmatter;
  if (frontmatter?.title) value.title = frontmatter.title;
  return value;
}

/** Return a page's place below the book, as mystmd writes it into the page. */
export function locationOf(file, folder, system = path) {
  return `/${system.relative(folder, file).split(system.sep).join("/")}`;
}

function translate(worker, texts, folder) {
  return async (stage, tree, file, abbreviations) => {
    const nodes = [];
    const answer = await worker.ask(stage, page(stage, tree, file, abbreviations, nodes));
    if (!answer) return;
    Object.assign(texts, answer.site);
    if (answer.top) texts.tops.set(locationOf(file.path, folder), answer.top);
    if (answer.notebook) texts.notebooks.set(locationOf(file.path, folder), answer.notebook);
    for (const [source, target] of Object.entries(answer.titles ?? {})) {
      texts.titles.set(source, target);
    }
    apply(answer.edits ?? [], nodes);
    titleOf(file, texts);
  };
}

/** Where mystmd gives plugins the frontmatter, exports have translated titles too. */
function titleOf(file, texts) {
  const frontmatter = file.data?.frontmatter;
  for (const name of ["title", "short_title", "subtitle", "description"]) {
    const target = texts.titles.get(plainly(String(frontmatter?.[name])));
    if (target !== undefined) frontmatter[name] = target;
  }
}

const open = new Set(); // pages that have not come to the project stage yet
let ending;

/** Write a page down. After the last one nothing is left to do, and the build ends. */
function writeDown(stage, tree, file, abbreviations) {
  const line = { do: stage, ...page(stage, tree, file, abbreviations, []) };
  fs.appendFileSync(path.resolve(COLLECT), `${stringify(line)}\n`);
  if (stage === "document") open.add(file.path);
  else open.delete(file.path);
  clearTimeout(ending);
  if (!open.size) ending = setTimeout(() => process.exit(0), END_MS);
}
