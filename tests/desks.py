"""A translators' desk to test with: a real process, talked to over real HTTP."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import pytest
from books import TIMEOUT_S, Book, environment

for _name in ("starlette", "uvicorn", "watchfiles", "httpx"):
    pytest.importorskip(_name, reason=f"needs {_name}")
import httpx  # noqa: E402, may be missing

from sphinx_amts.formats import tmx  # noqa: E402, the same

CONF = """\
project = "Lamps"
extensions = ["sphinx_amts"]
amts_engine = "pseudo"
amts_memory_files = ["zh.tmx"]
"""
INDEX = """\
Lamps
=====

A lamp gives *light* where ``wick`` is.

Light 20 lamps with one match. Wait a minute.

Then close the door.

.. toctree::

   guide
"""
GUIDE = """\
Guide
=====

- Fill the tank.
- Trim the wick.

Then close the door.
"""
PEOPLE = {"Then close the old door.": "然后关上旧门。", "Trim the wick.": "修剪灯芯。"}


def memory(units: Mapping[str, str], **more: Any) -> list[tmx.Entry]:
    """Return units of people's as a file has them."""
    return [tmx.Entry({"en": s, "zh-CN": t}, **more) for s, t in units.items()]


def write_memory(path: Path, units: Mapping[str, str], **more: Any) -> None:
    """Write a memory file as another program would: all of it."""
    tmx.dump(memory(units, **more), path, source_language="en")


def read_memory(path: Path) -> dict[str, str]:
    """Return the targets of a memory file by their sources."""
    return {each.texts["en"]: each.texts["zh-CN"] for each in tmx.load(path)}


def lamps(folder: Path, files: Mapping[str, str] = MappingProxyType({})) -> Path:
    """Write a book with a memory file; return its folder."""
    book = Book(folder, folder.with_name("built"))
    book.write({"conf.py": CONF, "index.rst": INDEX, "guide.rst": GUIDE, **files})
    write_memory(folder / "zh.tmx", PEOPLE)
    return folder


class Desk:
    """A desk that serves a book, until it is closed."""

    def __init__(
        self,
        source: Path,
        *arguments: str,
        language: str = "zh",
        variables: Mapping[str, str] | None = None,
    ) -> None:
        words = ["review", str(source), "-l", language, "--json", "--no-browser"]
        if "--port" not in arguments:
            words += ["--port", "0"]
        self.source = source
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sphinx_amts", *words, *arguments],
            cwd=source.parent,
            env=environment(**(variables or {})),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        self.said: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "".join(self.said)
        opened = json.loads(line)
        self.url, self.token = opened["url"], opened["token"]
        self.http = httpx.Client(
            base_url=self.url,
            headers={"authorization": f"Bearer {self.token}"},
            timeout=TIMEOUT_S,
            trust_env=False,
        )

    def _read(self) -> None:
        assert self.process.stderr is not None
        self.said.extend(self.process.stderr)

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close it as a user does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT if os.name != "nt" else 15)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(20)
        self.kill()

    def kill(self) -> None:
        """End it at once, without a word."""
        self.http.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdout, self.process.stderr):
            with suppress(ValueError):
                stream.close()

    def get(self, path: str, **query: Any) -> Any:
        """Return what the API says."""
        answer = self.http.get(f"api/{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def key(self, source: str) -> str:
        """Return the key of a source as readers see it."""
        for page in self.get("progress")["pages"]:
            for each in self.get(f"pages/{quote(page['page'], safe='')}")["segments"]:
                if each["shown_source"] == source:
                    return str(each["key"])
        raise AssertionError(f"there is no {source!r}")

    def segment(self, key: str) -> Any:
        """Return all that there is to say of a segment."""
        return self.get(f"segments/{quote(key, safe='')}")

    def put(self, key: str, target: str, **values: Any) -> httpx.Response:
        """Save a text."""
        path = f"api/segments/{quote(key, safe='')}"
        return self.http.put(path, json={"target": target, **values})

    def post(self, key: str, what: str, **values: Any) -> httpx.Response:
        """Have something done about a segment."""
        return self.http.post(f"api/segments/{quote(key, safe='')}/{what}", json=values)

    def log(self) -> Sequence[Mapping[str, Any]]:
        """Return the lines of the log."""
        path = self.source / "zh.corrections.jsonl"
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        return [json.loads(line) for line in text.splitlines()]

    def units(self) -> dict[str, str]:
        """Return what the memory file has."""
        return read_memory(self.source / "zh.tmx")


def until(true: Callable[[], Any], what: str = "", end_s: float = 120) -> Any:
    """Return what is true at last."""
    end = time.monotonic() + end_s
    while not (found := true()):
        assert time.monotonic() < end, what
        time.sleep(0.05)
    return found
