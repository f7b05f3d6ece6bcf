"""Engines that need no account, no network and no model.

``memory`` translates nothing: what people and the store have is all there is.
``identity`` answers with the source; ``pseudo`` makes text that looks foreign but can
be read, to see in a layout what was not translated and what has no room to grow.
"""

from __future__ import annotations

from collections.abc import Sequence

from sphinx_amts.engines.contract import SimpleEngine, Untranslated
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.tagged import Piece, Span, has_words, parse, plain, serialize

GROWTH = 3
"""Pseudo text grows by one character in this many: German and Spanish do so."""

_ACCENTS = str.maketrans(
    "ACDEGHIKLNORSTUWYZacdeghijklnorstuwyz",
    "ÅÇÐÉĜĤÎĶĻÑÖŘŠŢÛŴÝŽåçðéĝĥîĵķļñöřšţûŵýž",
)


class MemoryEngine(SimpleEngine):
    """Translates nothing."""

    name = "memory"
    gathers = False
    repeats = True

    def translate(
        self, sources: Sequence[str], pair: LanguagePair
    ) -> list[str | Untranslated]:
        """Answer that nothing is known."""
        return [Untranslated("not in the memory")] * len(sources)


class IdentityEngine(SimpleEngine):
    """Answers with the source."""

    name = "identity"
    gathers = False
    repeats = True

    def translate(
        self, sources: Sequence[str], pair: LanguagePair
    ) -> list[str | Untranslated]:
        """Answer with the sources."""
        return list(sources)


class PseudoEngine(SimpleEngine):
    """Writes accents on letters, brackets around, and a tail of a third of the length.

    >>> PseudoEngine().translate(['Run <x id="1"/> now'], LanguagePair("en", "es"))
    ['[Řûñ <x id="1"/> ñöŵ ~~~]']
    """

    name = "pseudo"
    gathers = False
    repeats = True

    def translate(
        self, sources: Sequence[str], pair: LanguagePair
    ) -> list[str | Untranslated]:
        """Answer with pseudo text."""
        return [_pseudo(source) for source in sources]


def _pseudo(source: str) -> str:
    pieces = parse(source)
    text = plain(pieces)
    tail = "~" * (-(-len(text) // GROWTH))
    if not has_words(text):
        return source
    return f"[{serialize(_accent(pieces))} {tail}]"


def _accent(pieces: Sequence[Piece]) -> list[Piece]:
    return [
        _accent_words(piece)
        if isinstance(piece, str)
        else Span(piece.id, tuple(_accent(piece.children)))
        if isinstance(piece, Span)
        else piece
        for piece in pieces
    ]


def _accent_words(text: str) -> str:
    """Leave what stands between angle brackets: a target may not invent such text."""
    out = []
    for number, part in enumerate(text.split("<")):
        inside, bracket, rest = part.partition(">") if number else ("", "", part)
        if number and not bracket:
            inside, rest = ("", part) if part[:1].isspace() else (part, "")
        out.append(
            ("<" if number else "") + inside + bracket + rest.translate(_ACCENTS)
        )
    return "".join(out)
