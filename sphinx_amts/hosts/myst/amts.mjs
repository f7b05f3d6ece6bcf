// This book in other languages, by sphinx_amts: AMTS_LANGUAGE=zh chooses one.
import { spawnSync } from "node:child_process";
const { argv, env } = process;
const homes = [argv[1].split(/[\\/]lib[\\/]/i)[0], ".venv"].flatMap((home) => [`${home}/bin/python`, `${home}/Scripts/python.exe`]);
const pythons = env.AMTS_PYTHON ? [env.AMTS_PYTHON] : [...homes, "python3", "python", "py"];
const ask = (found, python) => found || spawnSync(python, ["-m", "sphinx_amts.hosts.myst", "--start"], { cwd: new URL(".", import.meta.url), encoding: "utf8" }).stdout;
const plugin = pythons.reduce(ask, "");
if (!plugin && env.AMTS_LANGUAGE) {
  if (env.AMTS_STRICT === "1") process.exitCode = 1;
  throw new Error(`no Python has it (${pythons.join(", ")}). Install it: python -m pip install sphinx_amts; or set AMTS_PYTHON to the Python that has it. The source language is built`);
}
export default plugin ? (await import(plugin)).start(import.meta.url) : { name: "sphinx_amts" };
