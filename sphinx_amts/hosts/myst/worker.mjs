// The one worker of a build: a Python process, asked by lines of JSON.
//
// Each page goes to it when it comes, and is answered where all of it is known, while mystmd
// works on others. The rest is asked for together: the engine then sees the whole book at once.
// Whatever happens to the worker, each page is answered, at worst with no edits.

import { spawn } from "node:child_process";
import path from "node:path";
import readline from "node:readline";

import { stringify } from "./json.mjs";

const GATHER_MS = { document: 40, project: 5 };
// mystmd starts all pages at once; their trees come one after the other within this. At
// the project stage nothing is sent to an engine: pages need not be together.
const SILENCE_MS = Number(process.env.AMTS_SILENCE_MS ?? 120_000);
// The worker says every 10 s that it is there.

export class Worker {
  /** `say` gets what users must read, `fail` ends in a failed build, as `lose` may. */
  constructor(python, folder, { say, fail, lose }) {
    this.say = say;
    this.fail = fail;
    this.lose = lose;
    this.waiting = new Map(); // pages without an answer, by their numbers
    this.sent = new Map(); // those of them that were asked for
    this.pages = 0; // the number of the last
    this.dead = false;
    this.child = spawn(python, ["-m", "sphinx_amts.hosts.myst", "--worker", folder], {
      // Not in the book: its modules would come before those of Python.
      cwd: path.parse(folder).root,
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, PYTHONUTF8: "1" },
      windowsHide: true,
    });
    this.child.on("error", (error) => this.#die(error.message));
    this.child.on("exit", (code, signal) => this.#die(`it ended (${signal ?? code})`));
    this.child.stdin.on("error", () => {}); // "exit" tells
    readline
      .createInterface({ input: this.child.stdout })
      .on("line", (line) => this.#take(line));
    this.#rest();
  }

  /** Ask for one page. */
  ask(what, value) {
    if (this.dead) return Promise.resolve(null);
    const page = ++this.pages;
    this.#write({ do: what, page, ...value });
    return new Promise((resolve) => {
      this.waiting.set(page, { what, resolve });
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.#send(), GATHER_MS[what]);
    });
  }

  #send() {
    if (this.dead || this.sent.size || !this.waiting.size) return;
    const [{ what }] = this.waiting.values();
    for (const [page, each] of this.waiting) {
      if (each.what !== what) continue;
      this.sent.set(page, each);
      this.waiting.delete(page);
    }
    this.#hold();
    this.#write({ do: what, pages: [...this.sent.keys()] });
  }

  #write(line) {
    this.child.stdin.write(`${stringify(line)}\n`);
  }

  #take(line) {
    if (this.dead) return;
    let answer;
    try {
      answer = JSON.parse(line);
    } catch {
      this.#die(`it printed ${JSON.stringify(line.slice(0, 80))}`);
      return;
    }
    this.#watch();
    if (answer.end) {
      this.fail();
      this.#die(answer.end, `sphinx_amts: ${answer.end}`);
      return;
    }
    for (const text of answer.say ?? []) this.say(text);
    if (answer.fail) this.fail();
    const isAsked = this.sent.size > 0;
    for (const [page, value] of Object.entries(answer.values ?? {})) {
      this.#answer(Number(page), { ...answer, ...value });
    }
    if (!isAsked || this.sent.size) return;
    this.#rest();
    this.#send();
  }

  #answer(page, value) {
    const pages = this.sent.has(page) ? this.sent : this.waiting;
    const { resolve } = pages.get(page);
    pages.delete(page);
    resolve(value);
  }

  #watch() {
    clearTimeout(this.watchdog);
    if (!this.sent.size || this.dead) return;
    this.watchdog = setTimeout(
      () => this.#die(`it has said nothing for ${SILENCE_MS / 1000} s`),
      SILENCE_MS,
    );
  }

  #hold() {
    this.child.ref();
    this.child.stdout.ref?.();
    this.#watch();
  }

  /** Nothing is asked: the build may end, and with it the worker. */
  #rest() {
    clearTimeout(this.watchdog);
    if (this.sent.size) return;
    this.child.unref();
    this.child.stdin.unref?.();
    this.child.stdout.unref?.();
  }

  #die(reason, message) {
    if (this.dead) return;
    this.dead = true;
    clearTimeout(this.watchdog);
    clearTimeout(this.timer);
    const lost = [...this.sent.values(), ...this.waiting.values()];
    this.say(
      message
        ?? `sphinx_amts: the worker cannot be used: ${reason}. What it has not`
          + " translated stays in the source language.",
    );
    this.lose();
    this.child.kill("SIGKILL"); // it may be stopped, and would not hear another
    for (const each of lost) each.resolve(null);
    this.sent.clear();
    this.waiting.clear();
  }
}
