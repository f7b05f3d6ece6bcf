"""What systems of an experiment may learn from, as pairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sphinx_amts.parallel_data.align import Aligner
from sphinx_amts.parallel_data.blocks import Block
from sphinx_amts.parallel_data.pairs import Pair, Texts
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.workers.contract import Workers, whole


class Learnt(NamedTuple):
    """A document in both languages that is not held out."""

    name: str
    source: Sequence[Block]
    target: Sequence[Block]


def pairs_of(
    documents: Sequence[Learnt],
    pair: LanguagePair,
    wanted: Sequence[str],
    workers: Workers,
) -> dict[str, list[Pair]]:
    """Have workers align documents; return their pairs by each granularity."""
    both = [(each.source, each.target) for each in documents]
    aligner = Aligner.learn(both, workers=workers)
    found: dict[str, list[Pair]] = {name: [] for name in wanted}
    for made in whole(workers.map(_pairs, documents, _Making(aligner, pair, wanted))):
        for name, pairs in zip(wanted, made, strict=True):
            found[name] += pairs
    return found


class _Making(NamedTuple):
    """How pairs are made, which is the same for all documents."""

    aligner: Aligner
    pair: LanguagePair
    wanted: Sequence[str]


def _pairs(document: Learnt, making: _Making) -> list[list[Pair]]:
    """Return the pairs of a document by each granularity."""
    alignment = making.aligner.align(document.source, document.target)
    texts = Texts(*document, making.pair)
    ways = {"sentence": texts.sentences, "paragraph": texts.paragraphs}
    return [list(ways[name](alignment)) for name in making.wanted]
