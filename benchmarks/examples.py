"""Measure how much of a translation the pairs have that are shown to a language model.

Usage::

    python benchmarks/examples.py SOURCE TARGET --source-language en
        --target-language zh [--held-out CHAPTER ...]

The folders hold a book and people's translation of it, a folder for each chapter. Each
chapter is aligned by ``sphinx-amts align``. Then one is held out, the sentences of the
others are the memory, and pairs are chosen for each of its paragraphs, in three ways.
The share is that of the different runs of four characters in people's translation of
the paragraph that the shown targets have, on average over paragraphs. No choice can
have more than the share of the whole memory, which is printed, too.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import fmean

from sphinx_amts.engines.llm.engine import (
    EXAMPLE_CHARACTERS,
    EXAMPLE_SHARE,
    EXAMPLES,
)
from sphinx_amts.memory.retrieval import Phrasebook, Retrieval
from sphinx_amts.memory.unit import Similar
from sphinx_amts.parallel_data.known import read_pairs
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.sentences import UNSPACED, split_sentences
from sphinx_amts.text.tagged import parse, plain

RUN = 4
FEWEST, FEWEST_UNSPACED = 100, 35
"""Characters of a paragraph, and in scripts without blanks, which need fewer for the
same; what is shorter is a title or a label."""
NEAREST = 4  # pairs for a text, as it was before pairs were chosen by phrases

Pairs = list[tuple[str, str]]
Choice = Callable[[str], Sequence[Similar]]


def runs(text: str) -> set[str]:
    """Return the different runs of characters in a tagged text, blanks left out."""
    bare = "".join(plain(parse(text)).split())
    return {bare[place : place + RUN] for place in range(len(bare) - RUN + 1)}


def align(arguments: argparse.Namespace, chapter: str, granularity: str) -> Pairs:
    """Return a chapter's pairs."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "pairs.tmx")
        command = [
            *(sys.executable, "-m", "sphinx_amts", "align"),
            *(arguments.source / chapter, arguments.target / chapter, "-o", file),
            *("--source-language", arguments.source_language),
            *("--target-language", arguments.target_language),
            *("--granularity", granularity),
        ]
        # It ends with 1 where it found problems; what is sound is in the file.
        subprocess.run(list(map(str, command)), check=False, capture_output=True)
        pair = LanguagePair.of(arguments.source_language, arguments.target_language)
        return list(read_pairs([file], pair))


def within(examples: Sequence[Similar], budget: int) -> Iterator[Similar]:
    """Yield those that are in a budget of characters."""
    for each in dict.fromkeys(examples):
        size = len(each.source) + len(each.target)
        if size <= budget:
            budget -= size
            yield each


def choices(memory: Pairs, language: str) -> dict[str, Choice]:
    """Return the ways to choose pairs for a paragraph."""
    index, book = Retrieval(memory, language), Phrasebook.of(memory)

    def by_sentence(text: str) -> list[Similar]:
        found = [index.find(each, EXAMPLES) for each in split_sentences(text)]
        rows = [each[place : place + 1] for place in range(EXAMPLES) for each in found]
        bare = [Similar(each.source, each.target) for row in rows for each in row]
        return list(within(bare, EXAMPLE_CHARACTERS))

    def by_phrase(text: str) -> list[Similar]:
        budget = min(EXAMPLE_CHARACTERS, EXAMPLE_SHARE * len(text))
        return book.choose(text, budget, EXAMPLES)

    return {
        "nearest": lambda text: index.find(text, NEAREST),
        "by sentence": by_sentence,
        "by phrase": by_phrase,
    }


def measure(chapter: str, paragraphs: Pairs, memory: Pairs, language: str) -> None:
    """Print one chapter's rows of the table."""
    fewest = FEWEST_UNSPACED if language in UNSPACED else FEWEST
    texts = [pair for pair in paragraphs if len(plain(parse(pair[0]))) > fewest]
    known = set().union(*(runs(target) for _, target in memory))
    most = fmean(len(runs(each) & known) / len(runs(each)) for _, each in texts)
    print(
        f"{chapter}: {len(texts)} paragraphs, {len(memory)} pairs, at most {most:.3f}"
    )
    for name, choose in choices(memory, language).items():
        shares, sizes, began = [], [], time.process_time()
        shown = [choose(source) for source, _ in texts]
        each_ms = (time.process_time() - began) / len(texts) * 1000
        for (_, target), examples in zip(texts, shown, strict=True):
            seen = set().union(*(runs(each.target) for each in examples))
            shares.append(len(runs(target) & seen) / len(runs(target)))
            sizes.append(sum(len(each.source) + len(each.target) for each in examples))
        print(
            f"  {name:12} share {fmean(shares):.3f}  characters {fmean(sizes):5.0f}"
            f" (at most {max(sizes)})  without any {sizes.count(0):3}"
            f"  {each_ms:.1f} ms"
        )


def main() -> None:
    """Hold out one chapter after the other."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--source-language", required=True)
    parser.add_argument("--target-language", required=True)
    parser.add_argument("--held-out", nargs="+", help="chapters (default: each)")
    arguments = parser.parse_args()
    chapters = sorted(path.name for path in arguments.target.iterdir() if path.is_dir())
    sentences = {name: align(arguments, name, "sentence") for name in chapters}
    for name in arguments.held_out or chapters:
        memory = [pair for each in chapters if each != name for pair in sentences[each]]
        paragraphs = align(arguments, name, "paragraph")
        measure(name, paragraphs, memory, arguments.source_language)


if __name__ == "__main__":
    main()
