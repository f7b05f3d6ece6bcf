"""A book whose checkout holds everything that a stranger could put into it, at once.

Each command and each builder is run on it by a process that is watched: which files it
reads and writes, what it starts, whom it calls (see ``watch/sitecustomize.py``).
"""

from __future__ import annotations

import importlib.util
import json
import os
import pickle
import shutil
import sqlite3
import sys
from hashlib import sha256
from pathlib import Path

import pytest
import warm
from books import TESTS, run
from test_untrusted_pages import FILES as PAGES
from test_untrusted_store import poison

from sphinx_amts.memory.database import DATABASE
from sphinx_amts.memory.store import FOLDER

pytestmark = [
    pytest.mark.newest,
    pytest.mark.skipif(os.name == "nt", reason="links need a privilege there"),
]

PAYLOAD = "touch {canary}"
HOSTILE = [
    "</p><script src=//evil.example/x.js></script>",
    "{{{{ cycler.__init__.__globals__.os.system('touch {canary}') }}}}",
    "\\input{{{secret}}}\\immediate\\write18{{touch {canary}}}",
    "`x <javascript:alert(1)>`_ :eval:`open('{canary}', 'w')`",
    ".. include:: {secret}",
    "```{{include}} {secret}\n```",
    "=cmd|'/c touch {canary}'!A1",
    '%PDF <x id="1"/> <g id="1">a</g>',
    "\u202eabc\u202c \U000e0041\U000e0042",
]
SOURCES = [f"The oak number {n} is old." for n in range(len(HOSTILE))]
HAS_NOTEBOOKS = importlib.util.find_spec("myst_nb") is not None
MYST = "myst_nb" if HAS_NOTEBOOKS else "myst_parser"
CONF = f"""\
extensions = ["sphinx_amts", "{MYST}"]
nb_execution_mode = "off"
exclude_patterns = ["other", "out*"]
locale_dirs = ["locale"]
amts_memory_files = ["memory/es.tmx", "memory/es.csv"]
amts_terminology = "terms.csv"

html_theme = "basic"
latex_documents = [("index", "book.tex", "Trees", "Somebody", "manual")]
"""
MATTER = """\
---
myst:
  enable_extensions: [substitution]
  substitutions: {{a: "{{{{ cycler.__init__.__globals__.os.system('{payload}') }}}}"}}
---
# Woods

{{{{ a }}}}
"""


class _Bomb:
    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self):
        return (Path.touch, (Path(self.path),))


class Checkout:
    """The book in ``source``; what is not its own beside it."""

    def __init__(self, book, tmp_path: Path) -> None:
        self.book = book
        self.source = book.source
        self.out = book.work
        self.outside = tmp_path / "outside"
        self.canary = self.outside / "canary"
        self.secret = self.outside / "secret.txt"
        self.log = tmp_path / "watch.jsonl"
        self.scratch = tmp_path / "scratch"

    def fill(self) -> None:
        """Put everything there."""
        self.outside.mkdir()
        self.scratch.mkdir()
        self.secret.write_text("the secret words\n")
        self._pages()
        self.book.build(language="es")
        assert poison(self.book)
        self.book.write({"conf.py": CONF})
        self._store()
        self._ledger()
        self._memories()
        self._links()

    def _words(self) -> list[str]:
        return [text.format(canary=self.canary, secret=self.secret) for text in HOSTILE]

    def _pages(self) -> None:
        texts = "\n\n".join(SOURCES) + "\n\n.. toctree::\n   :glob:\n\n   *\n"
        woods = MATTER.format(payload=PAYLOAD.format(canary=self.canary))
        self.book.write(
            {
                "conf.py": CONF.partition("locale_dirs")[0],
                "index.rst": f"Trees\n=====\n\n{texts}",
                "fine.rst": "Fine\n====\n\nA good page.\n",
                **({"book.ipynb": _notebook(SOURCES)} if HAS_NOTEBOOKS else {}),
                "terms.csv": "en,es\noak,<script>\nold,{{ 7 * 7 }}\n",
                "other/woods.md": woods,
                **{f"other/{name}": text for name, text in PAGES.items()},
            }
        )

    def _store(self) -> None:
        path = self.source / ".amts" / FOLDER / DATABASE
        bomb = pickle.dumps(_Bomb(str(self.canary)))
        with sqlite3.connect(path) as connection:
            connection.execute(
                "INSERT INTO Cache (key, raw, store_time, access_time, tag, mode,"
                " value) VALUES (?, 0, 0, 0, NULL, 4, ?)",
                ("f" * 64, bomb),
            )
            connection.execute(
                "INSERT OR REPLACE INTO Settings VALUES ('sqlite_user_version', 666)"
            )
            connection.execute(
                "CREATE TRIGGER own AFTER UPDATE ON Cache BEGIN DELETE FROM Cache; END"
            )

    def _ledger(self) -> None:
        token = sha256(b"evil 1").hexdigest()
        plan = {
            "base": "evil",
            "attempt": 1,
            "made": "2026-01-01T00:00:00",
            "source": "en",
            "signatures": {"es": "x"},
            "codes": {"es": "es"},
            "version": "",
            "bucket": "victim",
            "folder": "precious",
            "segments": 1,
            "documents": ["../../../outside/secret"],
            "characters": 1,
            "request": {"DataAccessRoleArn": "arn:aws:iam::999999999999:role/evil"},
        }
        folder = self.source / ".amts" / "jobs" / token
        (folder / "documents").mkdir(parents=True)
        (folder / "job.json").write_text(json.dumps(plan))
        (folder / "started.json").write_text('{"job_id": "1", "date": []}')

    def _memories(self) -> None:
        pairs = list(zip(SOURCES, self._words(), strict=True))
        units = "".join(
            "<tu><prop type='state'>final</prop>"
            f"<tuv xml:lang='en'><seg>{s}</seg></tuv>"
            f"<tuv xml:lang='es'><seg>{_xml(t)}</seg></tuv></tu>"
            for s, t in pairs
        )
        tmx = f"<tmx version='1.4'><header srclang='en'/><body>{units}</body></tmx>"
        rows = "".join(f"{_csv(s)},{_csv(t)}\n" for s, t in pairs)
        entries = "".join(
            f"#: ../index.rst:1\nmsgid {json.dumps(s)}\nmsgstr {json.dumps(t)}\n\n"
            for s, t in pairs
        )
        doctype = "<!DOCTYPE t [<!ENTITY e SYSTEM '{0}'>]><tmx>&e;</tmx>"
        xliff = (
            "<xliff version='1.2' xmlns='urn:oasis:names:tc:xliff:document:1.2'><file"
            f" original='{self.secret}' source-language='en'><body><trans-unit id='a'>"
            f"<source>{SOURCES[0]}</source><target>{_xml(pairs[0][1])}</target>"
            "</trans-unit></body></file></xliff>"
        )
        self.book.write(
            {
                "memory/es.tmx": tmx,
                "memory/es.csv": f"en,es\n{rows}",
                "locale/es/LC_MESSAGES/index.po": f'msgid ""\nmsgstr ""\n\n{entries}',
                "other/entity.tmx": doctype.format(self.secret),
                "other/es.xlf": xliff,
                "other/segments.jsonl": '{"document": "../../x", "text": 1}',
                "other/experiment.toml": _experiment(self.secret),
            }
        )

    def _links(self) -> None:
        (self.source / ".amts" / "jobs" / ("a" * 64)).symlink_to(self.outside)
        (self.out / "es" / "html" / "_amts").mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.out / "es" / "html" / "_amts")
        (self.out / "es" / "html" / "_amts").symlink_to(self.outside)

    def run(self, *command: str | Path, **variables: str):
        """Run a command, watched; return what it said."""
        result = run(
            command,
            self.out,
            cwd=self.source,
            expected=None,
            PYTHONPATH=os.pathsep.join([str(TESTS / "watch"), str(TESTS)]),
            AMTS_WATCH=str(self.log),
            HOME=str(self.out),
            TMPDIR=str(self.scratch),
            **variables,
        )
        said = result.stdout + result.stderr
        assert "Traceback" not in said, said
        assert "report this" not in said, said
        return result

    def seen(self) -> list[tuple[str, str]]:
        """Return what was done, each once."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return [tuple(each) for each in map(json.loads, dict.fromkeys(lines))]

    def strange(self) -> list[tuple[str, str]]:
        """Return what nobody asked for."""
        folders = (self.source, self.out, self.scratch, warm.FORKER.templates)
        own = [*map(os.path.realpath, folders), os.devnull]
        found = []
        for kind, what in self.seen():
            if kind == "write":
                is_own = any(what == o or what.startswith(o + os.sep) for o in own)
                is_strange = not is_own and "__pycache__" not in what
            elif kind == "start":
                is_strange = what not in (
                    sys.executable,
                    os.path.realpath(sys.executable),
                )
            elif kind == "read":
                is_strange = what.startswith(os.path.realpath(self.outside))
            else:
                is_strange = True
            if is_strange:
                found.append((kind, what))
        return found


def _notebook(texts: list[str]) -> str:
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": f"# Trees {n}\n\n{text}"}
        for n, text in enumerate(texts)
    ]
    return json.dumps(
        {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}
    )


def _xml(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    return "".join(sign for sign in text if ord(sign) < 0xE0000)


def _csv(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _experiment(secret: Path) -> str:
    return f"""\
source = "{secret}"
reference = "../fine.rst"
source_language = "en"
target_language = "es"
hold_out = ["*"]

[[system]]
name = "../../x"
engine = "pseudo"
"""


@pytest.fixture
def checkout(write_book, tmp_path):
    made = Checkout(write_book({"index.rst": "Trees\n=====\n"}), tmp_path)
    made.fill()
    return made


CLI = ("-m", "sphinx_amts")
COMMANDS = [
    ["status", ".", "-l", "es"],
    ["status", ".", "-l", "es", "--json"],
    ["estimate", ".", "-l", "es"],
    ["doctor", ".", "-l", "es"],
    ["export", ".", "-l", "es", "-o", "out.tmx"],
    ["export", ".", "-l", "es", "-o", "out.missing.tmx", "--missing"],
    ["export", ".", "-l", "es", "--format", "po", "-o", "out.locale"],
    ["import", "other/entity.tmx", ".", "-l", "es", "-o", "out.people.tmx"],
    ["import", "locale/es", ".", "-l", "es", "-o", "out.people.tmx"],
    ["import", "other/es.xlf", ".", "-l", "es", "-o", "out.people.tmx"],
    ["align", "other", "other", "-o", "out.pairs.tmx"],
    ["align", "other/front.po", "other/front.po", "-o", "out.pairs.csv"],
    ["evaluate", "-t", "es", "other", "other"],
    ["evaluate", "-t", "es", "other/directives.md", "other/front.md"],
    ["experiment", "other/experiment.toml", "-o", "out.experiment"],
    ["terminology", "push", "other/front.md"],
    ["parallel-data", "create", "p", "memory/es.csv"],
    ["batch", "status", "."],
]
LANGUAGES = ["--source-language", "en", "--target-language", "es"]


def test_nothing_of_it_acts(checkout):
    for builder in ("html", "epub", "latex", "text"):
        options = ["-Dlanguage=es", "-Damts_engine=pseudo"]
        folder = checkout.out / "es" / builder
        result = checkout.run(
            *("-m", "sphinx", "-q", "-b", builder, "-d", checkout.out / "d", *options),
            *(".", folder),
        )
        assert result.returncode == 0, result.stderr
    page = (checkout.out / "es" / "html" / "fine.html").read_text(encoding="utf-8")
    assert "Å ĝööð þåĝé." in page or "ĝööð" in page
    index = (checkout.out / "es" / "html" / "index.html").read_text(encoding="utf-8")
    assert "<script src=//evil" not in index
    for command in COMMANDS:
        more = LANGUAGES if command[0] == "align" else []
        checkout.run(*CLI, *command, *more)
    assert checkout.strange() == []
    assert {path.name for path in checkout.outside.iterdir()} == {"secret.txt"}
    assert checkout.secret.read_text() == "the secret words\n"
    for path in checkout.out.rglob("*"):
        if path.is_file() and not path.is_symlink():
            assert b"the secret words" not in path.read_bytes(), path


@pytest.mark.parametrize("is_fork", [False, True])
def test_the_watch_sees_what_is_done(checkout, is_fork):
    script = (
        "import os, socket, subprocess, sys, urllib.request\n"
        f"open({str(checkout.secret)!r}).read()\n"
        f"open({str(checkout.canary)!r}, 'w').close()\n"
        "subprocess.run(['true']); os.system('true')\n"
        "try: socket.create_connection(('127.0.0.1', 1))\n"
        "except OSError: pass\n"
    )
    if is_fork:  # where it can be
        checkout.book.write({"conf.py": script})
        checkout.run("-m", "sphinx", ".", checkout.out / "watched")
    else:
        checkout.run("-c", script)
    kinds = [kind for kind, _ in checkout.strange()]
    assert sorted({*kinds}) == ["call", "read", "start", "write"]
    assert checkout.canary.exists()
