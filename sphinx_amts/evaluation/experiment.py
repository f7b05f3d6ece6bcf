"""An experiment as data: which book, what is held out of it, which systems.

::

    held_out = ["chapter_attention/*"]
    directions = ["en-zh", "zh-en"]

    [book]
    en = "docs"
    zh = "docs-zh"

    [[system]]
    name = "without parallel data"
    engine = "amazon"

    [[system]]
    name = "sentences"
    engine = "openai"
    parallel_data = "sentence"
    options = { url = "http://127.0.0.1:8080/v1", model = "some-model" }

Paths count from the file. What is held out must not be in what a system has learnt
from: `find_overlaps` tells where it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from sphinx_amts.errors import FileError
from sphinx_amts.evaluation.metrics import METRICS
from sphinx_amts.evaluation.toml import load_toml
from sphinx_amts.memory.retrieval import Retrieval
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.sentences import UNSPACED
from sphinx_amts.text.tagged import parse, plain

GRANULARITIES = ("paragraph", "sentence")
POLICIES = ("refuse", "leave out")
NEAR = 0.8
"""Similarity from which on two texts are nearly the same, 0 to 1: a few words of a
sentence differ."""
FEWEST, FEWEST_UNSPACED = 25, 10
"""Characters of a text that tells something; titles such as "Exercises" are in every
article and help no system."""


@dataclass(frozen=True)
class System:
    """One system; an engine that is asked, or a folder with what it gave."""

    name: str
    engine: str = ""
    output: Path | None = None
    parallel_data: str = ""  # of `GRANULARITIES`, or empty for none
    terminology: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)  # amts_engine_options
    settings: Mapping[str, Any] = field(default_factory=dict)  # others, without amts_
    directions: tuple[str, ...] = ()  # all of the experiment's, where none is named


@dataclass(frozen=True)
class Experiment:
    """What to measure."""

    path: Path
    book: Mapping[str, Path]  # by language, as the file writes it
    held_out: tuple[str, ...]  # names of documents, or patterns
    directions: tuple[str, ...]
    systems: tuple[System, ...]
    overlap: str = POLICIES[0]
    metrics: tuple[str, ...] = METRICS

    def is_held_out(self, name: str) -> bool:
        """Tell whether a document is what is measured."""
        return any(fnmatchcase(name, pattern) for pattern in self.held_out)

    def codes(self, direction: str) -> tuple[str, str]:
        """Return the languages of a direction, as the file writes them."""
        source, _, target = direction.partition("-")
        return source, target

    def pair(self, direction: str) -> LanguagePair:
        """Return the languages of a direction."""
        return LanguagePair.of(*self.codes(direction))


_KINDS: Mapping[str, tuple[type, str]] = {
    "book": (dict, "a table"),
    "directions": (list, "a list"),
    "engine": (str, "text"),
    "held_out": (list, "a list"),
    "metrics": (list, "a list"),
    "name": (str, "text"),
    "options": (dict, "a table"),
    "output": (str, "text"),
    "overlap": (str, "text"),
    "parallel_data": (str, "text"),
    "settings": (dict, "a table"),
    "system": (list, "a list of tables"),
    "terminology": (str, "text"),
}
_TOP = ("held_out", "book", "system", "directions", "overlap", "metrics")
_SYSTEM = (
    *("name", "engine", "output", "parallel_data", "terminology"),
    *("options", "settings", "directions"),
)


def load_experiment(path: Path) -> Experiment:
    """Read an experiment; raises `FileError` with what is wrong."""
    values = load_toml(path)
    _check(path, values, _TOP, "")
    for name in _TOP[:3]:
        if not values.get(name):
            raise FileError(path, f"{name} is missing")
    base = path.parent
    book = {str(code): base / str(place) for code, place in values["book"].items()}
    if len(book) != 2:
        raise FileError(path, "book should name the folders of two languages")
    directions = tuple(values.get("directions") or ["-".join(book)])
    for direction in directions:
        if sorted(direction.split("-", 1)) != sorted(book):
            raise FileError(path, f"directions: {direction!r} is not of the book")
    try:
        for direction in directions:
            LanguagePair.of(*direction.split("-", 1))
    except ValueError as error:
        raise FileError(path, f"book: {error}") from error
    if unknown := set(values.get("metrics", ())) - set(METRICS):
        reason = f"{min(unknown)!r} is none of {', '.join(METRICS)}"
        raise FileError(path, f"metrics: {reason}")
    overlap = values.get("overlap", POLICIES[0])
    if overlap not in POLICIES:
        raise FileError(path, f"overlap: {overlap!r} is none of {', '.join(POLICIES)}")
    systems = tuple(_system(path, each, directions) for each in values["system"])
    names = [each.name for each in systems]
    if len(set(names)) < len(names):
        raise FileError(path, "two systems have one name")
    return Experiment(
        path,
        book,
        tuple(values["held_out"]),
        directions,
        systems,
        overlap,
        tuple(values.get("metrics", METRICS)),
    )


def _check(path: Path, values: Any, known: Sequence[str], place: str) -> None:
    if not isinstance(values, Mapping):
        raise FileError(path, f"{place or 'system'} should be a table")
    for name, value in values.items():
        if name not in known:
            reason = f"{place}{name!r} is none of {', '.join(known)}"
            raise FileError(path, reason)
        kind, says = _KINDS[name]
        if not isinstance(value, kind):
            raise FileError(path, f"{place}{name} should be {says}")
        texts = value if isinstance(value, list) and name != "system" else ["text"]
        if not texts or not all(isinstance(each, str) for each in texts):
            raise FileError(path, f"{place}{name} should be a list of text")


def _system(path: Path, values: Any, directions: Sequence[str]) -> System:
    _check(path, values, _SYSTEM, "system: ")
    made = {**values}
    name = made.get("name") or made.get("engine") or ""
    if not name or ("engine" in made) == ("output" in made):
        raise FileError(path, "a system needs a name, and an engine or an output")
    granularity = made.get("parallel_data", "")
    if granularity and granularity not in GRANULARITIES:
        reason = f"{granularity!r} is none of {', '.join(GRANULARITIES)}"
        raise FileError(path, f"system {name!r}: parallel_data: {reason}")
    if unknown := set(made.get("directions", ())) - set(directions):
        raise FileError(path, f"system {name!r}: no direction {min(unknown)!r}")
    if "output" in made:
        made["output"] = path.parent / made["output"]
        if len(made.get("directions", directions)) > 1:
            reason = "an output is of one direction; name it in 'directions'"
            raise FileError(path, f"system {name!r}: {reason}")
    if "terminology" in made:
        made["terminology"] = str((path.parent / made["terminology"]).resolve())
    made["directions"] = tuple(made.get("directions", directions))
    return System(**{**made, "name": name})


# --- Overlap --------------------------------------------------------------------------


@dataclass(frozen=True)
class Overlap:
    """A text that is held out and, nearly, in what a system may learn from."""

    article: str
    text: str
    learnt: str
    similarity: float  # 0 to 1

    def __str__(self) -> str:
        """Say where it is."""
        if self.text == self.learnt:
            return f"{self.article}: {self.text}"
        return f"{self.article}: {self.text}\n    is nearly: {self.learnt}"


def find_overlaps(
    held_out: Iterable[tuple[str, str]], learnt: Iterable[str], language: str
) -> Iterator[Overlap]:
    """Yield the texts of articles that are nearly in what is learnt from.

    All are tagged texts of one BCP 47 language.
    """
    is_unspaced = language.partition("-")[0] in UNSPACED
    fewest = FEWEST_UNSPACED if is_unspaced else FEWEST
    index = Retrieval(((text, "") for text in learnt), language)
    for article, text in held_out:
        if len("".join(plain(parse(text)).split())) < fewest:
            continue
        for found in index.find(text, 1):
            if found.similarity >= NEAR:
                yield Overlap(article, text, found.source, round(found.similarity, 3))
