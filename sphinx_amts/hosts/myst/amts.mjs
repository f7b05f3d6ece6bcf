// Editions of this book in other languages, by sphinx_amts: AMTS_LANGUAGE=zh chooses one.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const { env } = process;
const folder = path.dirname(fileURLToPath(import.meta.url));

/** Yield the Pythons that may have sphinx_amts: mystmd's own, the environment's. */
function* pythons() {
  if (env.AMTS_PYTHON) return yield env.AMTS_PYTHON;
  const inside = /^(.*?)[\\/]lib(64)?[\\/](python[\d.]+[\\/])?site-packages[\\/]/i;
  const homes = [inside.exec(process.argv[1])?.[1], env.VIRTUAL_ENV, env.CONDA_PREFIX];
  for (const home of homes.filter(Boolean)) {
    const names = ["bin/python3", "Scripts/python.exe", "python.exe"];
    yield* names.map((name) => path.join(home, name)).filter(fs.existsSync);
  }
  yield* ["python3", "python"];
}

/** Return the plugin of the first Python that has it. */
async function plugin() {
  for (const python of pythons()) {
    const command = ["-m", "sphinx_amts.hosts.myst", "--plugin"];
    const cwd = path.parse(folder).root; // not here: no file of the book is a module
    const done = spawnSync(python, command, { cwd, encoding: "utf8" });
    if (done.status !== 0) continue;
    const { make } = await import(pathToFileURL(done.stdout.trim()));
    return make(python, folder);
  }
  throw new Error(
    `no Python has it (${[...pythons()].join(", ")}). Install it: python -m pip install`
      + " sphinx_amts; or set AMTS_PYTHON to the Python that has it",
  );
}

/** Say that a build is in the book's own language, where it should be in another. */
function without(error) {
  if (env.AMTS_LANGUAGE || env.AMTS_COLLECT) {
    console.error(`sphinx_amts: ${error.message}. The source language is built.`);
    if (env.AMTS_STRICT === "1") process.on("exit", () => (process.exitCode = 1));
  }
  return { name: "sphinx_amts" };
}

export default await plugin().catch(without);
