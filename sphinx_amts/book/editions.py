"""A book in several languages as one site: the source at its root, others below.

::

    OUT/index.html       the source language
    OUT/zh/index.html    the language that was named zh

Each language is a process of Sphinx of its own, so that one that fails fails alone.
Before them, languages whose engine translates by batch jobs get one job together; the
builds then wait for it and collect, each its own language.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from sphinx_amts.book import jobs
from sphinx_amts.book.doctor import read_conf
from sphinx_amts.config import Settings, is_url
from sphinx_amts.errors import AmtsError
from sphinx_amts.text.languages import matches, to_bcp47
from sphinx_amts.translation.cost import RECEIPTS

SOURCE = "source"
"""Stands for the source language where the site is in the book's own words."""
_TRANSLATED = re.compile(r"sphinx_amts: (\d+) of (\d+) segments translated")
_WARNING = re.compile(r"\b(?:WARNING|ERROR|CRITICAL): ")
_NAME = re.compile(r"[A-Za-z0-9@_-]+")  # of a folder


@dataclass(frozen=True)
class Edition:
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


def build_site(
    source: Path,
    out: Path,
    languages: Sequence[str],
    *,
    builder: str = "html",
    processes: int | None = None,
    options: Sequence[str] = (),
    report: Callable[[str], None] = lambda text: None,
) -> Iterator[Edition]:
    """Build a site; yield each language when it is done.

    ``processes`` run at a time: by default as many as there are processors.
    ``options`` are sphinx-build's. Raises `AmtsError` before anything is built.
    """
    settings = _check(source, languages)
    if languages and not settings.languages:  # a menu of what is built
        options = ["-D", f"amts_languages={','.join(languages)}", *options]
    places = [_place(settings, name) for name in languages]
    folders = {SOURCE: out}
    for name, place in zip(languages, places, strict=True):
        folders[name] = out / (name if is_url(place) else place)
    receipts = source / settings.cache_dir / RECEIPTS
    before = set(receipts.glob("*"))
    if settings.engine == "amazon-batch" and len(languages) > 1:
        _submit(source, languages, report)
    with ThreadPoolExecutor(processes or os.cpu_count() or 1) as pool:
        futures = [
            pool.submit(_build, source, folder, name, builder, options)
            for name, folder in folders.items()
        ]
        for future in as_completed(futures):
            edition = future.result()
            paid = _paid(set(receipts.glob("*")) - before, edition.language)
            yield replace(edition, price=paid)


def _check(source: Path, languages: Sequence[str]) -> Settings:
    if not (source / "conf.py").is_file():
        raise AmtsError(f"{source}: there is no conf.py in this folder")
    for number, name in enumerate(languages):
        if name in languages[:number]:
            raise AmtsError(f"language {name!r} is named twice")
        if not _is_code(name) or name.lower() == SOURCE:
            raise AmtsError(f"{name!r} is no language code such as 'es' or 'zh_CN'")
    return read_conf(source)


def _is_code(name: str) -> bool:
    """Tell whether a name is a language's, and may be a folder's."""
    try:
        return bool(_NAME.fullmatch(name) and to_bcp47(name))
    except ValueError:
        return False


def _place(settings: Settings, name: str) -> str:
    """Return where links look for a language: a folder, or an address."""
    tag = to_bcp47(name)
    codes = sorted(settings.languages, key=lambda code: to_bcp47(code) != tag)
    places = [settings.languages[code] for code in codes if matches(code, tag)]
    return next(filter(None, places), name)


def _submit(
    source: Path,
    languages: Sequence[str],
    report: Callable[[str], None],
) -> None:
    """Start what jobs the languages need; who cannot have one finds out by itself."""
    found: list[jobs.Language] = []
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        for name in languages:
            found += _language(source, name, nowhere)
    for group in jobs.group(found):
        plan = jobs.submit_group(group)
        if plan is not None:
            report(f"batch job for {', '.join(plan.targets)}: {plan.segments} segments")


def _language(source: Path, name: str, nowhere: TextIO) -> Iterator[jobs.Language]:
    try:
        (found,) = jobs.read_languages(source, [name], nowhere)
    except (AmtsError, SystemExit):
        return  # its own build says why
    if found.hall.is_enough(found.segments):
        yield found


def _build(
    source: Path,
    folder: Path,
    name: str,
    builder: str,
    options: Sequence[str],
) -> Edition:
    command = [sys.executable, "-m", "sphinx", "--no-color", "-b", builder]
    if name != SOURCE:
        command += ["-D", f"language={name}"]
    variables = {
        key: text for key, text in os.environ.items() if key != "AMTS_LANGUAGE"
    }
    began = time.monotonic()
    done = subprocess.run(
        [*command, *options, str(source), str(folder)],
        env={**variables, "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    said = _TRANSLATED.findall(done.stdout)
    translated, segments = map(int, said[-1]) if said else (0, 0)
    return Edition(
        name,
        str(folder),
        done.returncode,
        round(time.monotonic() - began, 1),
        translated,
        segments,
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
            values = json.loads(path.read_text(encoding="utf-8"))
            if language != SOURCE and values["target_language"] == to_bcp47(language):
                paid += values["price"]
        except (OSError, ValueError, KeyError):
            continue  # being written, or not ours
    return paid
