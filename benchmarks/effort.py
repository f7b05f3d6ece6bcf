"""Measure what a machine's translation saved the people who corrected it.

Usage::

    python benchmarks/effort.py SOURCE MACHINE PEOPLE --source-language en
        --target-language zh [--log FILE]

Three folders with the same documents: the source, what a machine made of them, and what
people made of that. Their sentences are put together by way of the source, written to a
log of corrections as an import would write them, and the log is summed up as
``sphinx-amts status --effort`` sums it up: by document and in all. Brackets hold 95 %
of draws of as many sentences. Words an hour are not known: nobody noted the time.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from sphinx_amts.commands.reading import READER
from sphinx_amts.evaluation import testset
from sphinx_amts.evaluation.effort import Edits, Work, count_edits, edited, effort
from sphinx_amts.memory.corrections import (
    ACCEPTED,
    CORRECTED,
    Correction,
    append,
    read,
)
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.segment import Segment
from sphinx_amts.text.tagged import count_words

DRAWS = 1000


def corrections(
    source: Path, machine: Path, people: Path, pair: LanguagePair
) -> Iterator[Correction]:
    """Yield what people made of each sentence of the documents that all three have."""
    documents = [
        testset.Document(
            path.stem,
            READER.read_file(people / path.relative_to(machine)),
            (READER.read_file(path),),
            READER.read_file(source / path.relative_to(machine)),
        )
        for path in sorted(machine.rglob("*.md"))
    ]
    for article in testset.of_documents(documents, pair.target, pair.source):
        (hypotheses,) = article.hypotheses
        texts = zip(article.sources, hypotheses, article.references, strict=True)
        for number, (own, made, person) in enumerate(texts, 1):
            yield Correction(
                # Where sentences are alike, each was corrected for itself.
                key=f"{Segment(own.prose).key}{article.name}:{number}",
                source=own.prose,
                action=ACCEPTED if made.prose == person.prose else CORRECTED,
                target=person.prose,
                machine=made.prose,
                language=pair.target,
                document=article.name,
                words=count_words(own.prose),
            )


def interval(counted: Sequence[Edits]) -> str:
    """Return what holds 95 % of the shares, over sentences drawn anew."""
    draw, shares = random.Random(1), []
    for _ in range(DRAWS):
        drawn = draw.choices(counted, k=len(counted))
        shares.append(1 - sum(a for a, _ in drawn) / sum(b for _, b in drawn))
    shares.sort()
    return f"[{shares[DRAWS // 40]:.3f} {shares[-1 - DRAWS // 40]:.3f}]"


def row(name: str, work: Work, counted: Sequence[Edits]) -> str:
    """Return a line of the table."""
    accepted = 100 * work.accepted / work.words
    return (
        f"| {name} | {work.segments} | {work.words} | {accepted:.0f} % |"
        f" {work.hter:.3f} | {work.share:.3f} {interval(counted)} |"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("source", "machine", "people"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--source-language", required=True)
    parser.add_argument("--target-language", required=True)
    parser.add_argument("--log", type=Path, help="keep the log in this file")
    given = parser.parse_args()
    pair = LanguagePair.of(given.source_language, given.target_language)
    with tempfile.TemporaryDirectory() as folder:
        log = given.log or Path(folder, "log.jsonl")
        append(log, *corrections(given.source, given.machine, given.people, pair))
        found = list(read(log))
    known: dict[bytes, Edits] = {}
    saved = effort(found, pair.target, known)
    segments = edited(found)[0]
    counted = count_edits(segments, pair.target, known)
    print("| document | segments | words | accepted | edit rate | share |")
    print("|---|--:|--:|--:|--:|---|")
    for name, work in saved.pages.items():
        both = zip(segments, counted, strict=True)
        own = [edits for each, edits in both if each.document == name]
        print(row(name, work, own))
    print(row("all", saved.total, counted))
    print(f"{saved.unaided} segments had nothing of the machine's; {saved.signature}")


if __name__ == "__main__":
    main()
