"""Engines for tests: each does one thing to a text that a real engine might do.

Used as ``amts_engine = "stand_in_engines:Hostile"`` with this folder on the path. Where
the environment variable ``AMTS_RECORD`` names a file, each request is written to it as
one line of JSON, a list of its sources.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from sphinx_amts.engines.base import Engine, Limits, Untranslated
from sphinx_amts.engines.offline import PseudoEngine
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.tagged import Piece, Span, has_words, parse, serialize

RECORD = "AMTS_RECORD"
MARK = "\u2063"  # invisible separator: no blank, no letter, no control character


def _record(sources: Sequence[str]) -> None:
    path = os.environ.get(RECORD)
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(list(sources)) + "\n")


class _StandIn(Engine):
    """Answers each text by itself, and records the request."""

    def translate(
        self, sources: Sequence[str], pair: LanguagePair
    ) -> list[str | Untranslated]:
        _record(sources)
        return [self.answer(source) for source in sources]

    def answer(self, source: str) -> Any:
        raise NotImplementedError


class Mark(_StandIn):
    """Adds an invisible mark at the end of each text and changes nothing else."""

    name = "mark"
    repeats = True

    def answer(self, source: str) -> str:
        """Answer with the source and a mark."""
        return source + MARK


class Recording(_StandIn):
    """Answers as the pseudo engine does, with limits as a real service has them."""

    name = "recording"
    repeats = True
    limits = Limits(max_bytes=10_000, max_segments=100)

    def answer(self, source: str) -> str | Untranslated:
        """Answer with pseudo text."""
        (answer,) = PseudoEngine().translate([source], LanguagePair("en", "es"))
        return answer


class Unspaced(_StandIn):
    """Answers as Chinese is written: each word one or two signs, no space anywhere."""

    name = "unspaced"
    repeats = True

    def answer(self, source: str) -> str:
        """Answer with signs for words."""
        return serialize(_unspaced(parse(source)))


_WORD = re.compile(r"[^\W\d_]+")
_BRACKETED = re.compile(r"(<[^\s<>][^<>]*>?)")


def _unspaced(pieces: Sequence[Piece]) -> list[Piece]:
    out: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, Span):
            out.append(Span(piece.id, tuple(_unspaced(piece.children))))
        elif isinstance(piece, str):
            parts = _BRACKETED.split(piece)
            parts[::2] = [
                _WORD.sub(_sign, part).replace(" ", "") for part in parts[::2]
            ]
            out.append("".join(parts))
        else:
            out.append(piece)
    return out


def _sign(word: re.Match[str]) -> str:
    digest = sha256(word[0].lower().encode()).digest()
    return "".join(chr(0x4E00 + byte * 16) for byte in digest[: 1 + len(word[0]) // 6])


_TAG = re.compile(r'<x id="\d+"/>|<g id="\d+">|</g>')
_ALONE = re.compile(r'<x id="\d+"/>')
_NUMBER = re.compile(r'id="(\d+)"')

Attack = Callable[[str], Any]


def _insert(text: str) -> Attack:
    """Return an attack that puts ``text`` into the first span, before and behind."""

    def attack(source: str) -> str:
        inside = re.sub(
            r'<g id="\d+">', lambda tag: f"{tag[0]}{text} ", source, count=1
        )
        return f"{text} {inside} {text}"

    return attack


def _reorder(source: str) -> str:
    return serialize(_reversed(parse(source)))


def _reversed(pieces: Sequence[Piece]) -> list[Piece]:
    return [
        Span(piece.id, tuple(_reversed(piece.children)))
        if isinstance(piece, Span)
        else f" {piece.strip()} "
        if isinstance(piece, str)
        else piece
        for piece in reversed(pieces)
    ]


def _first_tag(change: Callable[[re.Match[str]], str]) -> Attack:
    return lambda source: _TAG.sub(change, source, count=1)


ATTACKS: dict[str, Attack] = {
    # What engines do to tags.
    "drop a tag": _first_tag(lambda tag: ""),
    "drop all tags": lambda source: _TAG.sub("", source),
    "double a tag": _first_tag(lambda tag: tag[0] * 2),
    "double the text": lambda source: f"{source} {source}",
    "reorder": _reorder,
    "reorder, in capitals": lambda source: _reorder(source).upper(),
    "rename a tag": lambda source: _NUMBER.sub(
        lambda number: f'id="{int(number[1]) + 7}"', source
    ),
    "rename all to one": lambda source: _NUMBER.sub('id="1"', source),
    "change the kind": lambda source: re.sub(r'<x (id="\d+")/>', r"<g \1></g>", source),
    "nest in a new tag": lambda source: f'<g id="1">{source}</g>',
    "nest into each other": lambda source: (
        "".join(_TAG.findall(source)) + " " + _TAG.sub("", source)
    ),
    "close too late": lambda source: source.replace("</g>", "") + "</g>",
    "never close": lambda source: source.replace("</g>", ""),
    "group digits": lambda source: _NUMBER.sub(
        lambda number: f'id="{number[1]},000"', source
    ),
    "full-width digits": lambda source: _NUMBER.sub(
        lambda number: f'id="{chr(0xFF10 + int(number[1]) % 10)}"', source
    ),
    "blanks in tags": lambda source: source.replace('"/>', '" / >').replace(
        "<x", "< x"
    ),
    "typographic quotes": lambda source: re.sub('"(.*?)"', "\u201c\\1\u201d", source),
    "tags as entities": lambda source: _TAG.sub(
        lambda tag: tag[0].replace("<", "&lt;").replace(">", "&gt;"), source
    ),
    "brackets for tags": lambda source: _ALONE.sub("[1]", source),
    # What a text may bring that some reader of it would interpret.
    "html": _insert('<b onclick="alert(1)">bold</b><script>alert(1)</script>'),
    "html as entities": _insert("&lt;script&gt;alert(1)&lt;/script&gt;"),
    "html twice escaped": _insert(
        "&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;"
    ),
    "a comment": _insert("&lt;!-- --&gt; ]]&gt;"),
    "quotes": _insert('" onmouseover="alert(1)" \' x=\''),
    "roles": _insert(
        ":ref:`index` ``code`` **strong** `link <https://example.org>`_ x_"
    ),
    "directives": lambda source: f".. raw:: html {source} :: .. |x| replace:: y",
    "substitutions": _insert(
        "|today| |version| |release| |nothing| {{ key }} {{ 7*7 }}"
    ),
    "markdown": _insert(
        "[a](https://example.org) {ref}`index` $x^2$ `code` <https://a.b>"
    ),
    "formats": _insert("%s %d %(x)s {name} {number} {0} {} %"),
    "semicolons": _insert("a; b ! c; see: d; |"),
    "shell and TeX": _insert("\\input{x} $(x) `x` %s \\\\ # ~ ^ _ & { } \\u0041"),
    # No text, or no text of this world.
    "empty": lambda source: "",
    "blank": lambda source: " \n\t ",
    "tags only": lambda source: "".join(_TAG.findall(source)),
    "no answer": lambda source: Untranslated("no wish to"),
    "no text": lambda source: None,
    "a number": lambda source: 7,
    "control characters": _insert("\x00\x07\x08\x1b[31m\x7f\x9f"),
    "line ends": _insert("\r\n\n\n\t.. note:: \u2028\u2029\v\f x"),
    "surrogates": _insert("\ud83d \udc00 \ufffe"),
    "directions": _insert("\u202e\u2066\u200f\u200b\ufeff"),
    "100 kB": lambda source: source + " word" * 20_000,
    "100 kB without a blank": lambda source: source + "w" * 100_000,
}
"""What `Hostile` does, by name."""
UNANSWERED = ("no answer", "no text", "a number")
"""Attacks that give no target to refuse: the text is asked for again. One has to ask
for them by name."""


def attack_on(source: str, seed: int = 0) -> str:
    """Return the name of the attack that a source gets; always the same."""
    names = [name for name in ATTACKS if name not in UNANSWERED]
    digest = sha256(f"{seed} {source}".encode("utf-8", "replace")).digest()
    return names[int.from_bytes(digest[:4], "big") % len(names)]


class Hostile(_StandIn):
    """Does to each text one of `ATTACKS`: ``attack``, or another one for each text."""

    name = "hostile"

    def __init__(self, attack: str = "", seed: int = 0) -> None:
        self.attack, self.seed = attack, seed

    def signature(self, pair: LanguagePair) -> str:
        """Return which attacks there are."""
        return f"{self.name} {self.attack} {self.seed}"

    def answer(self, source: str) -> Any:
        """Answer with what no page may show."""
        attack = self.attack or attack_on(source, self.seed)
        return ATTACKS[attack](source) if has_words(source) else source


class Termless(_StandIn):
    """Answers with the source in capitals, and loses every placeholder."""

    name = "termless"
    repeats = True

    def answer(self, source: str) -> str:
        """Answer in capitals."""
        return re.sub(r"<[^>]*>", "", source).upper()
