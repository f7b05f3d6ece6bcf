"""One record of the memory, and the key that finds it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256

from sphinx_amts.files import read_json
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.segment import State

SCHEMA = 1
"""Raised when tagged text or keys change their meaning: old machine units then do not
match any more, people's units always do."""


class Origin(str, Enum):
    """Who made a target."""

    HUMAN = "human"
    POST_EDITED = "post-edited"
    MACHINE = "machine"
    MIXED = "mixed"  # sentences of people's and of an engine's, in one text

    @property
    def is_human(self) -> bool:
        """Tell whether a person stands behind the whole text."""
        return self in (Origin.HUMAN, Origin.POST_EDITED)


@dataclass(frozen=True)
class TranslationUnit:
    """Source and target of one language pair, with provenance."""

    source: str  # tagged text
    target: str = ""  # tagged text; empty where `refusal` is set
    origin: Origin = Origin.HUMAN
    state: State = State.TRANSLATED
    kinds: str = ""  # of the source's tags, comma separated
    engine: str = ""  # name of the engine, for machine text
    date: str = ""  # of the translation, ISO 8601, day only
    version: str = ""  # of what customised the engine, such as parallel data
    refusal: str = ""  # why the engine's target was not taken
    lacks: str = ""  # identity of the required terms that the engine could not be given

    def to_json(self) -> str:
        """Write the unit as one line of JSON."""
        return json.dumps(
            {name: value for name, value in vars(self).items() if value},
            ensure_ascii=False,
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, text: str) -> TranslationUnit:
        """Read `to_json`; raises `ValueError` for anything else."""
        try:
            values = read_json(text)
            if not all(isinstance(value, str) for value in values.values()):
                raise ValueError("not a translation unit: a value is no text")
            values["origin"] = Origin(values.get("origin", "human"))
            values["state"] = State(values.get("state", "translated"))
            return cls(**values)
        except (TypeError, AttributeError) as error:
            raise ValueError(f"not a translation unit: {error}") from error


def unit_key(segment_key: str, pair: LanguagePair, signature: str) -> str:
    """Return the key of a machine unit: all that may change it and nothing else."""
    parts = (str(SCHEMA), pair.source, pair.target, segment_key, signature)
    return sha256("\0".join(parts).encode()).hexdigest()


@dataclass(frozen=True)
class Similar:
    """A pair of the memory that is like a text, or like a part of it."""

    source: str  # tagged text
    target: str
    similarity: float = 0.0  # 0 to 1, as who found it measures
    kinds: str = ""  # of the source's tags, comma separated
