"""What a build has come to, as a file for whoever started it.

It is beside the output, not in it: with Sphinx, in the folder of the doctrees.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sphinx_amts.book.book import Book
from sphinx_amts.files import read_json, replace_file, without_links
from sphinx_amts.translation.asking import Problem
from sphinx_amts.warnings_ import Subtype

NAME = "amts.json"


@dataclass(frozen=True)
class Result:
    """What one build of a book has come to; segments are counted by place."""

    source_language: str
    target_language: str
    engine: str
    segments: int
    translated: int
    missing: int
    refused: int
    waiting: int  # of the missing, those that a job is to bring
    memory_hits: int  # segments, each once, of documents that were read
    lookups: int  # how often a segment of a page was looked for
    words: dict[str, int]
    problems: Sequence[Problem]

    @classmethod
    def of(cls, book: Book) -> Result:
        """Sum up a book."""
        translator, records = book.translator, book.records
        total, missing, refused = records.count()
        made: set[str] = set().union(*(bill.made for bill in translator.bills()))
        problems = list(translator.problems) or [
            Problem(Subtype.ENGINE, message) for message in records.failures()[:1]
        ]
        return cls(
            source_language=translator.pair.source,
            target_language=translator.pair.target,
            engine=translator.engine_name,
            segments=total,
            translated=total - missing - refused,
            missing=missing,
            refused=refused,
            waiting=records.count_missing(translator.is_on_its_way),
            memory_hits=records.hits(made),
            lookups=translator.known.lookups,
            words=dict(vars(records.words())),
            problems=problems,
        )

    def write(self, folder: Path) -> None:
        """Write the file."""
        values: dict[str, Any] = asdict(self)
        values["problems"] = [
            {"subtype": each.subtype.value, "message": each.message}
            for each in self.problems
        ]
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(values, ensure_ascii=False, indent=1)
        replace_file(without_links(folder, NAME), [text, "\n"])


def read_result(folder: Path) -> dict[str, Any]:
    """Return what a build wrote; empty where there is nothing that can be read."""
    try:
        values = read_json((folder / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}
