"""Count what the local engine loses and invents, and what becomes of it.

Usage::

    python benchmarks/faithful.py PROJECT_OR_FOLDER... [--target pt] [--limit 2000]
        [--names FILE] [--show 20]

A project with a ``conf.py`` is read as a build reads it, any other folder's Markdown as
``local_engine.py`` does. For each it prints

* ``engine``: of the engine's own targets, how many have a number, a bracket, a quote or
  a name that the source has not, or lack one; words twice; the sign at the end;
* ``book``: the same of what stands in the book, and how many segments stay in the
  source language for it.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from local_engine import cut_requests, read_segments

from sphinx_amts.engines.amazon.terminology import required_terms
from sphinx_amts.engines.contract import Untranslated
from sphinx_amts.engines.local.engine import LocalEngine
from sphinx_amts.errors import TagError
from sphinx_amts.hosts.sphinx.project import read_project
from sphinx_amts.memory.people import People
from sphinx_amts.memory.store import Store
from sphinx_amts.parallel_data.blocks import Kind
from sphinx_amts.text.faithful import faithful
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.segment import InlineTag, Placeholder, Segment
from sphinx_amts.text.tagged import has_words, parse, plain, tag_places
from sphinx_amts.text.terms import RequiredTerms
from sphinx_amts.translation.asking import no_order
from sphinx_amts.translation.translator import Translator


def read(folder: Path) -> list[str]:
    """Return the tagged texts of a project or of a folder of Markdown, each once."""
    if not (folder / "conf.py").is_file():
        return read_segments(folder)
    blocks = (block for blocks in read_project(folder).values() for block in blocks)
    texts = dict.fromkeys(each.text for each in blocks if each.kind is not Kind.CODE)
    return [text for text in texts if has_words(plain(parse(text)))]


def segment(text: str) -> Segment:
    """Return a text as a segment; its kinds of tags do not matter here."""
    tags = tuple(
        InlineTag(number, "emphasis") if is_span else Placeholder(number, "code")
        for number, (_, is_span) in sorted(tag_places(parse(text)))
    )
    return Segment(text, tags)


def fault(source: str, target: str, pair: LanguagePair, terms: RequiredTerms) -> str:
    """Say what is wrong with a target; empty if nothing is."""
    try:
        mended = faithful(source, target, pair)
    except TagError as error:
        return re.sub("'.*'|[0-9]+", "_", str(error))
    if mended != target:
        return "mended"
    names = [term for term in terms.missed(source, target) if term in terms.words]
    return "a term is missing" if names else ""


def ask(texts: Sequence[str], pair: LanguagePair) -> list[str | Untranslated]:
    """Return the engine's own targets."""
    engine = LocalEngine()
    engine.prepare(pair)
    made: list[str | Untranslated] = []
    for request in cut_requests(texts, engine.limits):
        made += engine.translate(request, pair)
    return made


def build(
    texts: Sequence[str], pair: LanguagePair, terms: RequiredTerms
) -> list[str | None]:
    """Return what stands in the book; None for the source."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "store", print)
        people = People.of([])
        translator = Translator(
            pair, LocalEngine(), store, lambda: people, no_order(), terms
        )
        segments = [segment(text) for text in texts]
        found = translator.ask(segments)
        return [found[each.key].target or None for each in segments]


def show(
    name: str,
    texts: Iterable[str],
    targets: Iterable[str | Untranslated | None],
    pair: LanguagePair,
    terms: RequiredTerms,
    shown: int,
) -> None:
    """Print how many targets have a fault of each kind."""
    kinds: Counter[str] = Counter()
    examples = []
    for source, target in zip(texts, targets, strict=True):
        kind = "not translated"
        if isinstance(target, str):
            kind = fault(source, target, pair, terms)
        if kind:
            kinds[kind] += 1
            examples.append(f"    {kind}\n      {source}\n      {target}")
    print(f"  {name}: {sum(kinds.values())} {dict(kinds.most_common())}")
    print("\n".join(examples[:shown]))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, nargs="+")
    parser.add_argument("--target", default="pt")
    parser.add_argument("--limit", type=int, default=2000, help="segments at most")
    parser.add_argument("--names", help="a file of terms")
    parser.add_argument("--show", type=int, default=0, help="examples to print")
    arguments = parser.parse_args()
    pair = LanguagePair.of("en", arguments.target)
    terms = required_terms(arguments.names, Path(), pair)
    for folder in arguments.folder:
        texts = read(folder)[: arguments.limit]
        print(f"{folder.resolve().parent.name}/{folder.name}: {len(texts)} segments")
        show("engine", texts, ask(texts, pair), pair, terms, arguments.show)
        show("book", texts, build(texts, pair, terms), pair, terms, arguments.show)


if __name__ == "__main__":
    main()
