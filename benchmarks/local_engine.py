"""Measure the local engine on real Markdown: rungs of the ladder, and words per second.

Usage::

    python benchmarks/local_engine.py FOLDER_OF_MARKDOWN [--target pt] [--limit 1000]
        [--show 20]

Paragraphs, headings and list items are taken from the files; math, code and roles
become placeholders, emphasis and links inline tags. It prints

* of the segments, how many came back translated with every tag in its place;
* of the sentences, how many each rung of the ladder translated;
* words per second next to those of the bare engine on the same text without tags, and
  how long requests take that are as large as the engine's limits.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from sphinx_amts.engines.contract import Limits, Untranslated
from sphinx_amts.engines.local.engine import LocalEngine
from sphinx_amts.errors import TagError
from sphinx_amts.text.check import check
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.tagged import collapse, escape, has_words, parse, plain

_NO_PROSE = re.compile(
    r"^(```|~~~|:::).*?^\1[^\n]*$|^\$\$.*?^\$\$[^\n]*$|^:begin_tab:.*?$|^:end_tab:.*?$"
    r"|^:[a-z]+:[^\n]*$|^!\[[^\n]*$|^\|[^\n]*$|^#@[^\n]*$",
    re.MULTILINE | re.DOTALL,
)
_SLIDE = re.compile(
    r"[\[(]\*\*(.*?)\*\*[\])]", re.DOTALL
)  # what d2lbook puts on slides
_BLOCK_BORDER = re.compile(r"\n\s*\n|\n(?=\s*(?:[*+-]|\d+\.)\s)|\n(?=#)")
_BLOCK_MARKUP = re.compile(r"^\s*(#+|[*+-]|\d+\.|>)\s+")
_INLINE = re.compile(
    r"(?P<opaque>`[^`]+`|\$[^$]+\$|:[a-z]+:`[^`]+`|!\[[^\]]*\]\([^)]*\)|<[^>\s]+>)"
    r"|\*\*(?P<strong>[^*]+)\*\*"
    r"|(?<![\w*])[*_](?P<emphasis>[^*_\s][^*_]*)[*_](?![\w*])"
    r"|\[(?P<link>[^\]]+)\]\([^)]*\)"
)


def read_segments(folder: Path) -> list[str]:
    """Return the tagged texts of all Markdown files in a folder, each once."""
    found: dict[str, None] = {}
    for path in sorted(folder.rglob("*.md")):
        text = _NO_PROSE.sub("\n\n", path.read_text("utf-8"))
        text = _SLIDE.sub(r"\1", text)
        for block in _BLOCK_BORDER.split(text):
            words = _BLOCK_MARKUP.sub("", block.strip())
            tagged = collapse(_tag(words, iter(range(1, 10_000)))).strip()
            try:
                if has_words(plain(parse(tagged))):
                    found[tagged] = None
            except TagError:
                continue
    return list(found)


def _tag(text: str, numbers: Iterator[int]) -> str:
    out, end = [], 0
    for match in _INLINE.finditer(text):
        out.append(escape(text[end : match.start()]))
        end = match.end()
        number = next(numbers)
        inner = match["strong"] or match["emphasis"] or match["link"]
        if inner:
            out.append(f'<g id="{number}">{_tag(inner, numbers)}</g>')
        else:
            out.append(f'<x id="{number}"/>')
    return "".join([*out, escape(text[end:])])


def cut_requests(segments: Sequence[str], limits: Limits) -> Iterator[list[str]]:
    """Group segments into requests as large as the limits allow."""
    request: list[str] = []
    size = 0
    for segment in segments:
        more = len(segment.encode())
        if request and (
            len(request) == limits.max_segments
            or size + more > (limits.max_bytes or size + more)
        ):
            yield request
            request, size = [], 0
        request.append(segment)
        size += more
    if request:
        yield request


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--target", default="pt")
    parser.add_argument("--model-dir", type=Path)
    parser.add_argument("--limit", type=int, default=1000, help="segments at most")
    parser.add_argument("--show", type=int, default=0, help="examples to print")
    arguments = parser.parse_args()

    segments = read_segments(arguments.folder)
    random.Random(1).shuffle(segments)
    segments = segments[: arguments.limit]
    texts = [collapse(plain(parse(segment))).strip() for segment in segments]
    words = sum(len(text.split()) for text in texts)

    engine = LocalEngine(arguments.model_dir)
    pair = LanguagePair.of("en", arguments.target)
    engine.prepare(pair)
    (model,) = engine._chain(pair)
    translator = model.load()

    answers: list[str | Untranslated] = []
    request_s, bare_s = [], 0.0
    start = 0
    # Turn by turn, so that a machine that slows down slows both.
    for request in cut_requests(segments, engine.limits):
        began = time.perf_counter()
        answers += engine.translate(request, pair)
        request_s.append(time.perf_counter() - began)
        began = time.perf_counter()
        for text in texts[start : start + len(request)]:
            translator.translate_long(text)
        bare_s += time.perf_counter() - began
        start += len(request)

    _print_segments(segments, answers)
    total = sum(engine.rungs.values())
    print("\nrung        sentences   share")
    for rung, count in engine.rungs.most_common():
        print(f"{rung:10} {count:10} {count / total:7.1%}")
    own, bare = words / sum(request_s), words / bare_s
    print(f"\nwords/s: engine {own:.0f}, bare {bare:.0f}, ratio {own / bare:.2f}")
    request_s.sort()
    print(
        f"requests: {len(request_s)}, median {request_s[len(request_s) // 2]:.1f} s,"
        f" longest {request_s[-1]:.1f} s"
    )
    tagged = [each for each in zip(segments, answers, strict=True) if "<g" in each[0]]
    for source, answer in tagged[: arguments.show]:
        print(f"\n{source}\n  {answer}")


def _print_segments(
    segments: Sequence[str], answers: Sequence[str | Untranslated]
) -> None:
    print("segments           count  translated")
    kinds: dict[str, Callable[[str], bool]] = {
        "without tags": lambda source: "<" not in source,
        "placeholders only": lambda source: "<x" in source and "<g" not in source,
        "inline tags": lambda source: "<g" in source,
        "all": lambda source: True,
    }
    for kind, belongs in kinds.items():
        chosen = [
            each for each in zip(segments, answers, strict=True) if belongs(each[0])
        ]
        good = 0
        for source, answer in chosen:
            if isinstance(answer, Untranslated):
                print(f"  not translated: {answer.reason}: {source}")
                continue
            check(source, answer)
            good += 1
        print(f"{kind:17} {len(chosen):6} {good / max(1, len(chosen)):10.1%}")


if __name__ == "__main__":
    main()
