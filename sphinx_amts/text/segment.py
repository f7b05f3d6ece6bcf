"""The segment: the text that is sent to an engine as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from hashlib import sha256

KINDS: Mapping[str, str] = {
    # Placeholders
    "code": "code, commands, file names, keys",
    "math": "a formula",
    "image": "a picture in the text",
    "footnote": "the number of a footnote",
    "citation": "a citation",
    "substitution": "text that is put in from elsewhere",
    "mark": "a place without text, such as an anchor or an entry of the index",
    "raw": "markup of one output format",
    "text": "the place of a number in a reference",
    "generated": "text that the build makes",
    "pending": "what the build fills in later",
    "problematic": "markup that could not be read",
    # Inline tags, and placeholders where they have no words of the author's
    "reference": "a link",
    "emphasis": "emphasis, a title of a work",
    "strong": "strong emphasis",
    "inline": "words with a class",
    "abbreviation": "an abbreviation with its meaning",
    "subscript": "subscript",
    "superscript": "superscript",
}
"""What a tag may stand for. These names are in the keys of all that is stored: a host
maps its nodes to them, and none is ever renamed. A node that no host knows is a kind of
its own, by its own name in lower case."""


class State(str, Enum):
    """How far the translation of a segment is (XLIFF)."""

    INITIAL = "initial"
    TRANSLATED = "translated"
    REVIEWED = "reviewed"
    FINAL = "final"


@dataclass(frozen=True)
class Placeholder:
    """Stands for content that is taken over as it is."""

    id: int
    kind: str  # code, math, reference, image ...: a word of lower-case letters


@dataclass(frozen=True)
class InlineTag:
    """Spans words that are translated with the sentence around them."""

    id: int
    kind: str  # emphasis, strong, reference ...


@dataclass(frozen=True)
class Segment:
    """A source as tagged text, with what its tags stand for, in the order of ids."""

    source: str  # a `TaggedText` where it is to be translated
    tags: tuple[Placeholder | InlineTag, ...] = ()
    key: str = field(init=False, compare=False)
    """Identity of the content: a hash of the tagged text, then the kinds of the tags.
    It knows no place: moving or copying a text does not change it."""

    def __post_init__(self) -> None:
        kinds = ",".join(tag.kind for tag in self.tags)
        object.__setattr__(self, "key", f"{text_key(self.source)}:{kinds}")


def text_key(source: str) -> str:
    """Return the identity of a tagged text without regard to kinds: 24 hex digits."""
    return sha256(source.encode("utf-8", "surrogatepass")).hexdigest()[:24]
