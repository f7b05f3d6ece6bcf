"""Finding a segment's translation among people's units."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sphinx_amts.memory.unit import Origin, TranslationUnit
from sphinx_amts.segment import Segment, text_key

_ORIGINS = {origin.value: origin for origin in Origin}


@dataclass(frozen=True)
class Match:
    """What is known of a segment: a target, or why there is none."""

    target: str = ""  # tagged text
    origin: Origin = Origin.MACHINE
    refusal: str = ""

    @classmethod
    def from_json(cls, text: str) -> Match:
        """Read what matters of `TranslationUnit.to_json`, fast; raises `ValueError`."""
        values = json.loads(text)
        if not isinstance(values, dict):
            raise ValueError("not a translation unit")
        target, refusal = values.get("target", ""), values.get("refusal", "")
        if not isinstance(target, str) or not isinstance(refusal, str):
            raise ValueError("not a translation unit")
        origin = _ORIGINS.get(values.get("origin", "human"), Origin.HUMAN)
        return cls(target, origin, refusal)

    @property
    def digest(self) -> str:
        """Short identity of what the match does to a page; never empty."""
        return "!" if self.refusal else text_key(self.target)[:8]


class People:
    """Units of memory files, found by their exact text.

    Later units win over earlier ones, as in the files of Amazon Translate.
    """

    def __init__(self, matches: Mapping[str, Match] | None = None) -> None:
        self._matches = dict(matches or {})

    @classmethod
    def of(cls, units: Iterable[TranslationUnit]) -> People:
        """Index units by their sources."""
        return cls(
            {text_key(unit.source): Match(unit.target, unit.origin) for unit in units}
        )

    def __len__(self) -> int:
        return len(self._matches)

    def update(self, other: People) -> None:
        """Add the units of ``other``; they win."""
        self._matches.update(other._matches)

    def find(self, segment: Segment) -> Match | None:
        """Return the match for a segment whatever its tags stand for."""
        return self._matches.get(segment.key.partition(":")[0])

    def to_rows(self) -> list[list[str]]:
        """Write the index as plain lists; the inverse of `from_rows`."""
        return [
            [key, match.target, match.origin.value]
            for key, match in self._matches.items()
        ]

    @classmethod
    def from_rows(cls, rows: Iterable[Iterable[str]]) -> People:
        """Read `to_rows`; raises `ValueError` for anything else."""
        try:
            return cls(
                {key: Match(target, _ORIGINS[origin]) for key, target, origin in rows}
            )
        except (TypeError, KeyError) as error:
            raise ValueError(f"not an index of units: {error}") from error
