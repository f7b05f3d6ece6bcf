"""Score the local engine on what people have translated: titles, names, a detour.

Usage::

    sphinx-amts align EN PT -o book.tmx --granularity paragraph
        --source-language en --target-language pt
    python benchmarks/default_engine.py book.tmx... [--texts 1000]

Of each file's pairs some are drawn by a seed. People's targets are what is compared
with, by chrF and BLEU of sacrebleu, with the interval that holds 95 % of resamples:

* texts, and of all pairs the titles that lose capitals: as the engine asks for them,
  and as they are; of titles in small letters too, as nobody's style is wrong;
* names, which are what people kept as it was (``dpkg``, ``/etc/fstab``, ``IPv6``): the
  share that a translation has, if they travel as words, or as placeholders;
* a detour, as two languages without a model of their own have it: people's Portuguese
  to English, and that to Portuguese again, with and without the change of titles
  between. It comes back to what it was at best.
"""

from __future__ import annotations

import argparse
import random
import re
from collections.abc import Sequence
from pathlib import Path

from local_engine import cut_requests
from titles import AsItIs

from sphinx_amts.engines.local.engine import LocalEngine
from sphinx_amts.engines.local.titles import lowered
from sphinx_amts.evaluation import metrics
from sphinx_amts.parallel_data.known import read_pairs
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.tagged import escape, parse, plain

ENGINE, AS_IT_IS = LocalEngine(processes=1), AsItIs(processes=1)
THERE, BACK = LanguagePair("en", "pt"), LanguagePair("pt", "en")
FEWEST, MOST = 3, 600  # characters of a text
SAMPLES = 300
_NAME = re.compile(r"[\w/~.$%@+-]*[\w/]")
_TELLS = re.compile(r"[/_$%@~]|\w[.-]\w|[a-z\d][A-Z]|\d[a-z]|[A-Za-z]\d|^[A-Z]{2,}")
"""What a word has that is hardly one of a language."""

Pairs = list[tuple[str, str]]


def read(path: Path) -> Pairs:
    """Return the pairs of a file without tags."""
    return [
        (source, target)
        for source, target in read_pairs([path], THERE)
        if FEWEST <= len(source) <= MOST and "<" not in source + target
    ]


def translate(
    engine: LocalEngine, texts: Sequence[str], pair: LanguagePair
) -> list[str]:
    """Return what the engine makes of texts; nothing for what it refuses."""
    requests = list(cut_requests(texts, engine.limits))
    answers = sorted(engine.translate_all(requests, pair))
    return [
        each if isinstance(each, str) else ""
        for _, targets in answers
        for each in targets
    ]


def seen(tagged: str) -> str:
    """Return a text as readers see it."""
    return plain(parse(tagged))


def show(name: str, references: Sequence[str], found: Sequence[str]) -> None:
    """Print the scores of translations to Portuguese or English."""
    cells = []
    for metric in ("chrf", "bleu"):
        counts = metrics.count(references, [found], metric, THERE.target)
        score = counts.interval(0, SAMPLES)
        cells.append(f"{metric} {score.value:5.1f} ± {score.margin:.1f}")
    print(f"  {name:30} {'  '.join(cells)}")


def names_of(source: str, target: str) -> list[str]:
    """Return the names of a source that people kept."""
    words = dict.fromkeys(_NAME.findall(seen(source)))
    kept = set(_NAME.findall(seen(target)))
    return [each for each in words if _TELLS.search(each) and each in kept]


def with_placeholders(source: str, names: Sequence[str]) -> str:
    """Return a text whose names are placeholders, numbered in their order."""
    if not names:
        return source
    longest = sorted(map(re.escape, names), key=len, reverse=True)
    pattern = re.compile(rf"(?<![\w/.-])(?:{'|'.join(longest)})(?![\w/-])")
    numbers = iter(range(1, 1000))
    parts = []
    last = 0
    for match in pattern.finditer(seen(source)):
        parts.append(escape(seen(source)[last : match.start()]))
        parts.append(f'<x id="{next(numbers)}"/>')
        last = match.end()
    return "".join([*parts, escape(seen(source)[last:])])


def with_names(source: str, names: Sequence[str], target: str) -> str:
    """Return a target whose placeholders are names again."""
    longest = sorted(map(re.escape, names), key=len, reverse=True)
    pattern = re.compile(rf"(?<![\w/.-])(?:{'|'.join(longest)})(?![\w/-])")
    found = pattern.findall(seen(source)) if names else []
    return re.sub(
        r'<x id="(\d+)"/>', lambda match: escape(found[int(match[1]) - 1]), target
    )


def kept(names: Sequence[Sequence[str]], found: Sequence[str]) -> str:
    """Say how many names translations have."""
    every = [
        each in _NAME.findall(target)
        for some, target in zip(names, found, strict=True)
        for each in some
    ]
    return f"{sum(every)} of {len(every)} names"


def measure(path: Path, count: int) -> None:
    """Print what was measured with one file."""
    every = read(path)
    pairs = random.Random(1).sample(every, min(count, len(every)))
    print(f"{path.name}: {len(pairs)} of {len(every)} texts")
    people = [seen(target) for _, target in pairs]
    made = translate(ENGINE, [source for source, _ in pairs], THERE)
    show("texts", people, list(map(seen, made)))
    measure_titles(every)
    measure_names(pairs, made)
    english = translate(ENGINE, [target for _, target in pairs], BACK)
    show("from Portuguese to English", [seen(each) for each, _ in pairs], english)
    again = translate(ENGINE, english, THERE)
    show("and from that to Portuguese", people, list(map(seen, again)))


def measure_titles(every: Pairs) -> None:
    """Print what becomes of titles in capitals."""
    ENGINE.load(THERE)
    is_word = ENGINE._words(THERE)
    titles = [
        each for each in every if is_word and lowered(each[0], is_word) != each[0]
    ]
    sources = [source for source, _ in titles]
    people = [seen(target) for _, target in titles]
    english = translate(ENGINE, [target for _, target in titles], BACK)
    for name, asked in (("titles", sources), ("titles by a detour", english)):
        print(f"  {len(titles)} {name}")
        for how, engine in (("in small letters", ENGINE), ("as they are", AS_IT_IS)):
            found = list(map(seen, translate(engine, asked, THERE)))
            show(f"  {how}", people, found)
            small = [[each.lower() for each in side] for side in (people, found)]
            show("    capitals left aside", *small)


def measure_names(pairs: Pairs, made: Sequence[str]) -> None:
    """Print what becomes of names, as words and as placeholders."""
    names = [names_of(*pair) for pair in pairs]
    has = [n for n, each in enumerate(names) if each]
    some = [(pairs[n][0], names[n]) for n in has]
    asked = [with_placeholders(*each) for each in some]
    answers = translate(ENGINE, asked, THERE)
    people = [seen(pairs[n][1]) for n in has]
    words = [seen(made[n]) for n in has]
    carried = [
        seen(with_names(*each, answer))
        for each, answer in zip(some, answers, strict=True)
    ]
    for how, found in (("as words", words), ("as placeholders", carried)):
        print(f"  names {how}: {kept([each for _, each in some], found)} are there")
        show(f"  {len(has)} texts with names", people, found)


def main() -> None:
    """Measure each file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--texts", type=int, default=1000)
    arguments = parser.parse_args()
    for path in arguments.files:
        measure(path, arguments.texts)


if __name__ == "__main__":
    main()
