"""Pages of others are data: reading them runs, opens, fetches and changes nothing.

They are read in a process that is watched by Python's audit events, from the moment on
where all that reading needs is imported.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from books import environment

from sphinx_amts.hosts.host import read_file, read_markup

pytestmark = pytest.mark.newest

WATCHED = """
import json, sys
from pathlib import Path
from sphinx_amts.commands.align import read_catalog
from sphinx_amts.hosts.host import read_file, read_markup

def blocks(path):
    if path.suffix == ".po":
        return [side for pair in read_catalog(path, read_markup, [])
                for side in pair[:2]]
    return read_file(path)

import docutils.parsers.rst.directives as directives
for module in {each[0] for each in directives._directive_registry.values()}:
    __import__(f"docutils.parsers.rst.directives.{module}")
for warm in sorted(Path("warm").iterdir()):
    blocks(warm)
suspicious = ("subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.startfile",
    "socket.", "urllib.", "http.", "ftplib.", "shutil.", "os.remove", "os.rename",
    "os.mkdir", "os.rmdir", "os.fork", "ctypes.", "pickle.")
seen = []
def note(event, arguments):
    if event.startswith(suspicious):
        seen.append(event)
    elif event == "open" and "outside" in str(arguments[0]):
        seen.append(f"open {arguments[0]}")
    elif event == "compile":
        seen.append(event)
sys.addaudithook(note)
result = {}
for name in sys.argv[1:]:
    texts = [str(block.text) for block in blocks(Path(name))]
    result[name], seen = [seen, texts], []
print(json.dumps(result))
"""
EXPRESSION = (
    "{{ cycler.__init__.__globals__.os.system('echo x > outside') or"
    " cycler.__init__.__globals__.os.popen('echo x > outside').read() }}"
)
MATTER = f"""---
myst:
  enable_extensions: [substitution, html_image, colon_fence, attrs_block]
  sub_delimiters: ["{{", "}}"]
  heading_slug_func: os.system
  url_schemes: {{evil: {{url: "file://outside"}}}}
  inventories: {{evil: ["file:///outside", null]}}
  title_to_header: true
  substitutions: {{one: "{EXPRESSION}"}}
substitutions: {{two: "{EXPRESSION}"}}
title: "{EXPRESSION}"
author: "{EXPRESSION}"
---

Start.

{EXPRESSION} {{{{ one }}}} {{{{ two }}}}

{EXPRESSION}

"""
READS = {
    # What docutils, Sphinx and known extensions would read, run or fetch.
    "include": "include:: outside.txt",
    "include of code": "include:: outside.txt\n   :code: python",
    "include of markup": "include:: outside.txt\n   :parser: myst_parser.docutils_",
    "standard include": "include:: <s5defs.txt>",
    "literalinclude": "literalinclude:: outside.txt",
    "raw file": "raw:: html\n   :file: outside.txt",
    "raw url": "raw:: html\n   :url: file:///outside.txt",
    "table from a file": "csv-table:: A\n   :file: outside.txt",
    "table from an address": "csv-table:: A\n   :url: file:///outside.txt",
    "picture that is measured": "figure:: outside.png\n   :figwidth: image",
    "picture": "image:: outside.png\n   :loading: embed",
    "automodule": "automodule:: outside\n   :members:",
    "autosummary": "autosummary::\n   :toctree:\n\n   outside",
    "plot": "plot:: outside.py",
    "plot of code": "plot::\n\n   open('outside', 'w')",
    "ifconfig": "ifconfig:: open('outside', 'w')\n\n   Shown.",
    "only": "only:: html and open\n\n   Shown.",
    "ipython": "ipython::\n\n   In [1]: open('outside', 'w')",
    "jupyter-execute": "jupyter-execute::\n\n   open('outside', 'w')",
    "code-cell": "code-cell:: python\n\n   open('outside', 'w')",
    "doctest": "testcode::\n\n   open('outside', 'w')",
    "program's output": "program-output:: touch outside",
    "command": "command-output:: touch outside\n   :shell:",
    "graphviz": "graphviz:: outside.txt",
    "uml": "uml:: outside.txt",
    "bibliography": "bibliography:: outside.txt",
    "downloads": "todolist::",
}


def as_rst(directive: str) -> str:
    return f"Start.\n\n.. {directive}\n\nEnd.\n"


def as_myst(directive: str) -> str:
    head, *rest = directive.split("\n")
    name, _, argument = head.partition("::")
    body = "\n".join(line[3:] for line in rest)
    return f"Start.\n\n```{{{name}}}{argument}\n{body}\n```\n\nEnd.\n"


def as_evaluated_rst(directive: str) -> str:
    return "Start.\n\n```{eval-rst}\n" + as_rst(directive) + "```\n\nEnd.\n"


def notebook(*cells: str) -> str:
    made = [{"cell_type": "markdown", "metadata": {}, "source": s} for s in cells]
    made.append(
        {
            "cell_type": "code",
            "metadata": {},
            "source": "open('outside', 'w')",
            "outputs": [],
            "execution_count": None,
        }
    )
    metadata = {"mystnb": {"execution_mode": "force"}}
    return json.dumps(
        {"nbformat": 4, "nbformat_minor": 4, "metadata": metadata, "cells": made}
    )


def catalog(text: str, origin: str) -> str:
    return (
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
        f"#: {origin}:1\nmsgid {json.dumps(text)}\nmsgstr {json.dumps(text)}\n"
    )


FILES = {
    "front.md": MATTER,
    "open-front.md": MATTER.replace("\n---\n", "\n", 1),
    "dots-front.md": MATTER.replace("\n---\n", "\n...\n", 1),
    "front.ipynb": notebook(MATTER),
    "front.po": catalog(MATTER, "page.md"),
    "evaluated.md": "\n".join(map(as_evaluated_rst, READS.values())),
    "directives.md": "\n".join(map(as_myst, READS.values())),
    "directives.ipynb": notebook(*map(as_myst, READS.values())),
    "directives.rst": "\n".join(map(as_rst, READS.values())),
    "directives.po": catalog("\n".join(map(as_rst, READS.values())), "page.rst"),
    "roles.rst": ":eval:`open('outside')` :download:`outside.txt` |x|\n\n"
    ".. |x| include:: outside.txt\n.. |y| image:: outside.png\n",
    "roles.md": "{eval}`open('outside')` {download}`outside.txt` [a](outside.txt)"
    " [](inv:#outside) <project:outside.txt> ![](outside.png) {{ 7 * 7 }}\n",
}
WARM = {
    "a.md": "---\na: b\n---\n# A\n\n{ref}`b` `c`\n\n```{eval-rst}\n.. note:: A\n```\n",
    "a.rst": "A\n=\n\n:ref:`b` |c| ``d``\n\n.. csv-table:: A\n\n   a,b\n",
    "a.ipynb": notebook("# A"),
    "a.po": catalog("*A* `b`", "page.md"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("pages")
    (made / "warm").mkdir()
    for name, text in {**{f"warm/{n}": t for n, t in WARM.items()}, **FILES}.items():
        (made / name).write_text(text, encoding="utf-8")
    (made / "outside.txt").write_text("Secret.", encoding="utf-8")
    (made / "outside.py").write_text("open('outside', 'w')", encoding="utf-8")
    return made


def watch(folder, script, *names):
    done = subprocess.run(
        [sys.executable, "-c", script, *names],
        cwd=folder,
        env={**environment(), "PYTHONPATH": str(folder)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def watched(folder):
    pytest.importorskip("myst_parser")
    return watch(folder, WATCHED, *FILES)


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_run_opened_or_fetched(watched, folder, name):
    seen, texts = watched[name]
    assert seen == []
    assert not (folder / "outside").exists()
    assert not any("Secret" in text or "49" in text for text in texts)
    if name.startswith(("directives", "evaluated")) and not name.endswith(".po"):
        assert texts.count("Start.") == texts.count("End.") >= len(READS)


def test_the_watch_sees_what_is_done(folder):
    done = "open('outside.txt').close(); exec('1'); import os; os.system('exit')"
    script = WATCHED.replace("texts = [", f"{done}; texts = [")
    seen, _texts = watch(folder, script, "roles.md")["roles.md"]
    assert seen == ["open outside.txt", "compile", "os.system"]


def test_front_matter_is_no_text(tmp_path):
    pytest.importorskip("myst_parser")
    (tmp_path / "a.md").write_text("---\ntitle: Tea\n---\n\nPour *it*.\n")
    assert [block.text for block in read_file(tmp_path / "a.md")] == [
        'Pour <g id="1">it</g>.'
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (".. role:: func(strong)\n\n:func:`a`", "A :func:`b`."),
        (".. default-role:: strong\n\n`a`", "A `b`."),
        (".. role:: raw-html(raw)\n   :format: html\n", "A :raw-html:`b`."),
    ],
)
def test_a_page_changes_nothing_for_the_next(first, second):
    alone = read_markup(second, False, Path("b.rst"))
    read_markup(first, False, Path("a.rst"))
    assert read_markup(second, False, Path("b.rst")) == alone


def test_what_an_extension_has_registered_is_not_run(tmp_path):
    from docutils.parsers.rst import Directive, directives

    ran = []

    class Runs(Directive):
        def run(self):
            ran.append(self)
            return []

    directives.register_directive("plot", Runs)
    try:
        read_markup(".. plot::\n\n   A leaf.\n", False, Path("a.rst"))
    finally:
        directives._directives.pop("plot")
    assert ran == []
