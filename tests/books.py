"""Books to test with: a folder that is built by a real ``sphinx-build``, in a process.

The process gets nothing of the machine it runs on: no language, no settings of AWS.
"""

from __future__ import annotations

import json
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import warm
from docutils import nodes

TESTS = Path(__file__).parent
ROOTS = TESTS / "roots"
CONF = 'project = "Book"\nextensions = ["sphinx_amts"]\n'
PO_HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
TIMEOUT_S = 300
_DROPPED = re.compile(r"(AWS|AMTS|SPHINX|LC)_|PYTHON|(LANG|LANGUAGE|SPHINXOPTS)$")
_COLOR = re.compile(r"\x1b\[[0-9;]*m")


def environment(**changes: str) -> dict[str, str]:
    """Return the environment for a process, the same on every machine."""
    kept = {name: text for name, text in os.environ.items() if not _DROPPED.match(name)}
    return {
        **kept,
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(TESTS),  # for amts_engine = "stand_in_engines:SomeEngine"
        "PYTHONUTF8": "1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        **changes,
    }


def po(messages: Mapping[str, str]) -> str:
    """Return a gettext catalog of people's translations by their sources."""
    entries = [
        f"msgid {json.dumps(source)}\nmsgstr {json.dumps(target, ensure_ascii=False)}\n"
        for source, target in messages.items()
    ]
    return "\n".join([PO_HEADER, *entries])


@dataclass(frozen=True)
class Result:
    """What one command left behind."""

    returncode: int
    stdout: str
    stderr: str
    out: Path  # folder

    @property
    def warnings(self) -> list[str]:
        """The lines of Sphinx's warnings and errors."""
        return re.findall(r"^.*\b(?:WARNING|ERROR): .*$", self.stderr, re.MULTILINE)

    def read(self, name: str) -> str:
        """Return the text of a file that was built."""
        return (self.out / name).read_text(encoding="utf-8")

    @property
    def summary(self) -> dict[str, Any]:
        """What the build says of itself; empty where it says nothing."""
        path = self.out.parent / "doctrees" / "amts.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def files(self) -> dict[str, bytes]:
        """Return what was built: every file's content by its name."""
        return {
            path.relative_to(self.out).as_posix(): path.read_bytes()
            for path in sorted(self.out.rglob("*"))
            if path.is_file()
        }


def run(
    command: Sequence[str | Path],
    out: Path,
    *,
    cwd: Path,
    expected: int | None = 0,
    **variables: str,
) -> Result:
    """Run a command with the present interpreter and check its exit status."""
    words, variables = [str(word) for word in command], environment(**variables)
    if warm.can_run(words, variables):
        status, *texts = warm.FORKER.run(words, cwd, variables, TIMEOUT_S)
    else:
        done = subprocess.run(
            [sys.executable, *words],
            cwd=cwd,
            env=variables,
            capture_output=True,
            encoding="utf-8",
            timeout=TIMEOUT_S,
            check=False,
        )
        status, *texts = done.returncode, done.stdout, done.stderr
    stdout, stderr = (_COLOR.sub("", text) for text in texts)
    assert expected in (None, status), f"{stdout}\n{stderr}"
    return Result(status, stdout, stderr, out)


@dataclass(frozen=True)
class Book:
    """A book in ``source``; what is built goes to ``work``."""

    source: Path
    work: Path

    def write(self, files: Mapping[str, str]) -> None:
        """Write files by their names; folders are made."""
        for name, text in files.items():
            path = self.source / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def doctree(self, docname: str, language: str) -> nodes.document:
        """Return a document as Sphinx has it after reading, in one language."""
        path = self.work / language / "doctrees" / f"{docname}.doctree"
        document: nodes.document = pickle.loads(path.read_bytes())
        return document

    def build(
        self,
        *arguments: str,
        language: str | None = None,
        builder: str = "html",
        engine: str | None = "pseudo",
        expected: int | None = 0,
        variables: Mapping[str, str] | None = None,
        **settings: Any,
    ) -> Result:
        """Run ``sphinx-build``; the same call again is an incremental build.

        ``settings`` become ``-D`` options: lists are joined by commas, dictionaries
        give one option for each key. ``engine=None`` leaves ``amts_engine`` to conf.py,
        ``expected=None`` accepts every exit status.
        """
        folder = self.work / (language or "source")
        if engine is not None:
            settings["amts_engine"] = engine
        if language is not None:
            settings["language"] = language
        options = [f"-D{name}={text}" for name, text in _flat(settings)]
        return run(
            [
                *("-m", "sphinx", "--no-color", "-b", builder),
                *("-d", folder / "doctrees", *options, *arguments),
                *(self.source, folder / builder),
            ],
            folder / builder,
            cwd=self.source.parent,  # not the project's: Python would import from it
            expected=expected,
            **(variables or {}),
        )

    def amts(self, *words: str, expected: int = 0, **variables: str) -> Result:
        """Run ``sphinx-amts`` in the book's folder."""
        command = ["-m", "sphinx_amts", *words]
        return run(command, self.work, cwd=self.source, expected=expected, **variables)


def _flat(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    flat = []
    for name, value in settings.items():
        if isinstance(value, Mapping):
            flat += [(f"{name}.{key}", str(text)) for key, text in value.items()]
        elif isinstance(value, list | tuple):
            flat.append((name, ",".join(map(str, value))))
        else:
            flat.append((name, str(int(value) if isinstance(value, bool) else value)))
    return flat
