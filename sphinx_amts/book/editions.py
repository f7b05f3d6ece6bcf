"""A book in several languages as one site: the source at its root, others below.

::

    OUT/index.html       the source language
    OUT/zh/index.html    the language that was named zh

Each language is a process of Sphinx of its own, so that one that fails fails alone.
Before them, languages whose engine translates by batch jobs get one job together; the
builds then wait for it and collect, each its own language.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

from sphinx_amts.addresses import is_url
from sphinx_amts.book.result import read_result
from sphinx_amts.config import Settings
from sphinx_amts.errors import AmtsError
from sphinx_amts.files import read_json
from sphinx_amts.text.languages import LanguagePair, is_known, matches, to_bcp47
from sphinx_amts.translation.cost import RECEIPTS

SOURCE = "source"
"""Stands for the source language where the site is in the book's own words."""
_WARNING = re.compile(r"\b(?:WARNING|ERROR|CRITICAL): ")
_NAME = re.compile(r"[A-Za-z0-9@_-]+")  # of a folder


@dataclass(frozen=True)
class Built:
    """One language of a site, built."""

    language: str  # as it was named; `SOURCE` for the source language
    folder: str
    status: int  # of sphinx-build
    seconds: float
    translated: int  # segments, by place
    segments: int
    warnings: int
    price: float  # US dollars, by the receipts of this build
    log: str  # what sphinx-build said

    @property
    def is_whole(self) -> bool:
        """Whether it was built."""
        return self.status == 0


@dataclass(frozen=True)
class Workshop:
    """What builds a book, as far as a site needs it."""

    settings: Settings
    command: Callable[[Path, str | None, Sequence[str]], list[str]]
    """Returns what builds an edition into a folder, by its language and options."""
    state: Callable[[Path], Path]
    """Returns where a build keeps its state, by the folder of its output."""
    submit: Callable[[], None]
    """Starts what jobs the languages need together."""


def build_site(
    workshop: Workshop,
    source: Path,
    out: Path,
    languages: Sequence[str],
    *,
    processes: int | None = None,
    options: Sequence[str] = (),
) -> Iterator[Built]:
    """Build a site; yield each language when it is done.

    ``processes`` run at a time: by default as many as there are processors.
    ``options`` are sphinx-build's. Raises `AmtsError` before anything is built.
    """
    settings = workshop.settings
    _check(languages, settings.source_language)
    if out.resolve() == source.resolve():
        raise AmtsError(f"{out}: the site cannot be where its sources are.")
    if languages and not settings.languages:  # a menu of what is built
        options = ["-D", f"amts_languages={','.join(languages)}", *options]
    places = [place_of(settings, name) for name in languages]
    folders = {SOURCE: out}
    for name, place in zip(languages, places, strict=True):
        folders[name] = out / (name if is_url(place) else place)
    receipts = source / settings.cache_dir / RECEIPTS
    before = set(receipts.glob("*"))
    if settings.engine == "amazon-batch" and len(languages) > 1:
        workshop.submit()
    with ThreadPoolExecutor(processes or os.cpu_count() or 1) as pool:
        futures = [
            pool.submit(_build, workshop, folder, name, options)
            for name, folder in folders.items()
        ]
        for future in as_completed(futures):
            edition = future.result()
            paid = _paid(set(receipts.glob("*")) - before, edition.language)
            yield replace(edition, price=paid)


def _check(languages: Sequence[str], source_language: str) -> None:
    tags: set[str] = set()
    for name in languages:
        if not _is_code(name) or name.lower() == SOURCE:
            raise AmtsError(f"{name!r} is no language code such as 'es' or 'zh_CN'")
        if LanguagePair.of(source_language, name).is_same:
            raise AmtsError(
                f"{name!r} is the language of the book itself, which is built anyway."
            )
        if to_bcp47(name) in tags:
            raise AmtsError(f"language {name!r} is named twice")
        tags.add(to_bcp47(name))


def _is_code(name: str) -> bool:
    """Tell whether a name is a language's, and may be a folder's."""
    try:
        return bool(_NAME.fullmatch(name)) and is_known(name)
    except ValueError:
        return False


def place_of(settings: Settings, name: str) -> str:
    """Return where links look for a language: a folder, or an address."""
    tag = to_bcp47(name)
    codes = sorted(settings.languages, key=lambda code: to_bcp47(code) != tag)
    places = [settings.languages[code] for code in codes if matches(code, tag)]
    return next(filter(None, places), name)


def _build(
    workshop: Workshop, folder: Path, name: str, options: Sequence[str]
) -> Built:
    language = None if name == SOURCE else name
    variables = {
        key: text for key, text in os.environ.items() if key != "AMTS_LANGUAGE"
    }
    began = time.monotonic()
    done = subprocess.run(
        workshop.command(folder, language, options),
        env={**variables, "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    result = {}
    if language and done.returncode == 0:
        result = read_result(workshop.state(folder))
    return Built(
        name,
        str(folder),
        done.returncode,
        round(time.monotonic() - began, 1),
        result.get("translated", 0),
        result.get("segments", 0),
        sum(map(is_warning, done.stdout.splitlines())),
        0.0,
        done.stdout,
    )


def is_warning(line: str) -> bool:
    """Tell whether a line of sphinx-build's is a warning or an error."""
    return bool(_WARNING.search(line))


def _paid(receipts: Iterable[Path], language: str) -> float:
    """Return what receipts say of one language."""
    paid = 0.0
    for path in receipts:
        try:
            values = read_json(path.read_text(encoding="utf-8"))
            if language != SOURCE and values["target_language"] == to_bcp47(language):
                paid += values["price"]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue  # being written, or not ours
    return paid
