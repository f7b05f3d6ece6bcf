"""Measure what becomes of titles in capitals with the local engine.

Usage::

    python benchmarks/titles.py PROJECT... [--target pt] [--show 20]

Of each project's titles in which words begin with a capital, it prints in how many an
English word is left that the project's text beside has in small letters, and that is
translated there mostly:

* ``as it is``: the title as the writer has it;
* ``lowered``: as the engine asks for it (`engines.local.titles`);
* ``context``: as it is, with the first sentence below, and taken out of the answer.

There is no translation by people to compare with: this counts one fault, and no other.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from local_engine import cut_requests

from sphinx_amts.engines.local.engine import LocalEngine
from sphinx_amts.engines.local.titles import lowered, vocabulary, word_of
from sphinx_amts.hosts.sphinx.project import read_project
from sphinx_amts.parallel_data.blocks import Block, Kind
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.sentences import split_sentences
from sphinx_amts.text.tagged import has_words, parse, plain

_WORD = re.compile(r"[A-Za-z][\w'-]*")
RUNNING = 60  # characters from which a text is no title


def titles_of(documents: Mapping[str, Sequence[Block]]) -> dict[str, str]:
    """Return titles without tags, each with the first sentence below it."""
    found: dict[str, str] = {}
    for blocks in documents.values():
        for title, below in pairwise(blocks):
            if title.kind is Kind.TITLE and "<" not in title.text:
                first = split_sentences(below.text)[0] if below.text else ""
                is_plain = below.kind is Kind.TEXT and "<" not in first
                found.setdefault(title.text, first if is_plain else "")
    return {text: first for text, first in found.items() if has_words(text)}


class Running:
    """What the running text of a project tells of words."""

    def __init__(self, texts: Sequence[str], targets: Sequence[str]) -> None:
        self._small: Counter[str] = Counter()
        self._capital: Counter[str] = Counter()
        seen: Counter[str] = Counter()
        kept: Counter[str] = Counter()
        for source, target in zip(texts, targets, strict=True):
            words = _words(source)
            for word in words[1:]:
                counts = self._small if word.islower() else self._capital
                counts[word.lower()] += 1
            left = {word.lower() for word in _words(target)}
            unique = {word.lower() for word in words}
            seen.update(unique)
            kept.update(unique & left)
        self._stays = {word for word in seen if kept[word] > seen[word] / 2}

    def is_translated(self, word: str) -> bool:
        """Tell whether a word is no name and has a translation."""
        small = word.lower()
        is_name = self._small[small] <= 2 * self._capital[small]
        return not is_name and small not in self._stays

    def left(self, title: str, target: str) -> bool:
        """Tell whether a title's translation has a word that should not be there."""
        own = {word.lower() for word in _words(title)}
        return any(
            word.lower() in own and self.is_translated(word) for word in _words(target)
        )


def _words(tagged: str) -> list[str]:
    return _WORD.findall(plain(parse(tagged)))


def translate(
    engine: LocalEngine, texts: Sequence[str], pair: LanguagePair
) -> list[str]:
    """Return the engine's targets."""
    return [
        str(each)
        for request in cut_requests(texts, engine.limits)
        for each in engine.translate(request, pair)
    ]


class AsItIs(LocalEngine):
    """The local engine without a change of titles."""

    def _words(self, pair: LanguagePair) -> None:
        return None


def in_context(
    titles: Mapping[str, str], engine: LocalEngine, pair: LanguagePair
) -> Iterator[str | None]:
    """Yield what titles become beside the sentence below; None where that is lost."""
    asked = [f"{title}. {first}" for title, first in titles.items()]
    for first, made in zip(
        titles.values(), translate(engine, asked, pair), strict=True
    ):
        parts = split_sentences(made)
        yield parts[0].rstrip(".") if first and len(parts) == 2 else None


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("project", type=Path, nargs="+")
    parser.add_argument("--target", default="pt")
    parser.add_argument("--show", type=int, default=0)
    arguments = parser.parse_args()
    pair = LanguagePair.of("en", arguments.target)
    engine, plain_engine = LocalEngine(), AsItIs()
    engine.prepare(pair)
    plain_engine.prepare(pair)
    is_word = word_of(vocabulary(engine._chain(pair)[0].source_vocab))
    for project in arguments.project:
        documents = read_project(project)
        blocks = [each for blocks in documents.values() for each in blocks]
        texts = list(
            dict.fromkeys(
                each.text
                for each in blocks
                if each.kind.is_prose and len(each.text) > RUNNING
            )
        )
        running = Running(texts, translate(engine, texts, pair))
        titles = {
            title: first
            for title, first in titles_of(documents).items()
            if any(word[0].isupper() for word in _words(title)[1:])
        }
        made = {
            "as it is": translate(plain_engine, list(titles), pair),
            "lowered": translate(engine, list(titles), pair),
            "context": list(in_context(titles, plain_engine, pair)),
        }
        changed = sum(lowered(title, is_word) != title for title in titles)
        print(f"{project}: {len(titles)} titles, {changed} lowered")
        usable = [n for n, each in enumerate(made["context"]) if each]
        for name, targets in made.items():
            lefts = [
                bool(target) and running.left(title, target)
                for title, target in zip(titles, targets, strict=True)
            ]
            of_usable = sum(lefts[n] for n in usable)
            print(
                f"  {name:9} {sum(lefts)} with English left;"
                f" of {len(usable)} with a sentence below {of_usable}"
            )
        differ = zip(titles, *made.values(), strict=True)
        for row in [each for each in differ if each[1] != each[2]][: arguments.show]:
            print("   ", " | ".join(map(str, row)))


if __name__ == "__main__":
    main()
