// The one worker of a build: a Python process, asked by lines of JSON.
//
// Each page goes to it when it comes, and is read while mystmd works on others. Pages that
// come together are asked for together: the engine then sees the whole book at once.
// Whatever happens to the worker, each page is answered, at worst with no edits.

import { spawn } from "node:child_process";
import path from "node:path";
import readline from "node:readline";

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
    this.waiting = []; // pages that were not asked for yet
    this.sent = new Map(); // by their ids
    this.count = 0;
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

  /** Ask for one page; pages asked for together are answered together. */
  ask(what, value) {
    if (this.dead) return Promise.resolve(null);
    const page = ++this.pages;
    this.#write({ do: what, page, ...value });
    return new Promise((resolve) => {
      this.waiting.push({ what, page, resolve });
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.#send(), GATHER_MS[what]);
    });
  }

  #send() {
    if (this.dead || this.sent.size || !this.waiting.length) return;
    const { what } = this.waiting[0];
    const batch = this.waiting.filter((each) => each.what === what);
    this.waiting = this.waiting.filter((each) => each.what !== what);
    const id = ++this.count;
    this.sent.set(id, batch);
    this.#hold();
    this.#write({ id, do: what, pages: batch.map((each) => each.page) });
  }

  #write(line) {
    this.child.stdin.write(`${JSON.stringify(line)}\n`);
  }

  #take(line) {
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
    const batch = this.sent.get(answer.id);
    if (!batch) return; // a sign of life
    this.sent.delete(answer.id);
    for (const [place, each] of batch.entries()) {
      each.resolve({ ...answer, ...answer.values?.[place] });
    }
    this.#rest();
    this.#send();
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
    const lost = [...this.sent.values()].flat().concat(this.waiting);
    this.say(
      message
        ?? `sphinx_amts: the worker cannot be used: ${reason}. What it has not`
          + " translated stays in the source language.",
    );
    this.lose();
    this.child.kill("SIGKILL"); // it may be stopped, and would not hear another
    for (const each of lost) each.resolve(null);
    this.sent.clear();
    this.waiting = [];
  }
}
