"""Results as one HTML page that needs nothing else: no script, no network.

The plots are SVG. A page shows many segments, so each plot is a handful of elements:
all points of a system are one path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from html import escape

from sphinx_amts.evaluation.metrics import TITLES
from sphinx_amts.evaluation.report import notes, number, tables
from sphinx_amts.evaluation.results import Results

TOTALS = 2
"""Rows under those of the articles."""
WORST = 30
"""Segments of each system that are shown, and rows of a table that is not folded."""
LONGEST = 2000
"""Characters of a segment that are shown."""
BAR, GAP, LABEL, PLOT = 10, 8, 330, 560  # pixels: of the bars' plot
SIDE, GRID = 420, 200  # of the points' plot: pixels, and places for points each way
COLOURS = ("#2563eb", "#d97706", "#059669", "#9333ea", "#dc2626", "#0891b2")
FAINT = 0.45  # opacity of points: where many are, it is darker

_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\w+|\s+|[^\w\s]")

STYLE = """\
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem;
  padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { border-bottom: 1px solid var(--line); padding: .2rem .8rem; text-align: right;
  font-variant-numeric: tabular-nums; }
th:first-child, td:first-child { text-align: left; }
.scroll { overflow-x: auto; }
svg { display: block; max-width: 100%; height: auto; }
svg text { font: 11px system-ui, sans-serif; fill: currentColor; }
svg .axis { stroke: currentColor; stroke-opacity: .3; }
svg .interval { stroke: currentColor; stroke-width: 1.5; }
.key span { border-left: .8rem solid; margin-right: 1.2rem; padding-left: .4rem; }
.segment { border-top: 1px solid var(--line); display: grid; gap: .2rem 1rem;
  grid-template-columns: 7rem 1fr; padding: .6rem 0; content-visibility: auto;
  contain-intrinsic-size: auto 8rem; }
.segment dt { opacity: .7; } .segment dd { margin: 0; overflow-wrap: anywhere; }
del { background: #f871714d; text-decoration: none; }
ins { background: #4ade804d; text-decoration: none; }
code { overflow-wrap: anywhere; }
"""


def to_html(results: Results, scale: float = 1) -> str:
    """Write the page; scores go from 0 to ``scale``."""
    title = f"Evaluation: {', '.join(each.name for each in results.systems)}"
    metric = results.metrics[0]
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{_what(results)}</p>",
        *_tables(results, scale),
        f"<h2>{TITLES[metric]} by article</h2>",
        _key(results),
        bars(results, scale),
        f"<h2>Segments, by {TITLES[results.segment_metric]}</h2>",
        points(results, scale),
        *_worst(results, scale),
        "<h2>How it was measured</h2>",
        *(f"<p><code>{escape(note)}</code></p>" for note in notes(results)),
    ]
    body = "\n".join(parts)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{STYLE}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _what(results: Results) -> str:
    lengths = results.test_set.lengths
    return (
        f"{sum(lengths)} segments of {len(lengths)} articles in"
        f" {escape(results.language)}, against what people wrote."
    )


def _tables(results: Results, scale: float) -> Iterator[str]:
    for title, (head, *rows) in tables(results, scale):
        yield f"<h2>{escape(title)}</h2>"
        if len(rows) <= WORST:
            yield _table(head, rows)
            continue
        yield _table(head, rows[-TOTALS:])
        yield f"<details><summary>{len(rows) - TOTALS} articles</summary>"
        yield _table(head, rows[:-TOTALS])
        yield "</details>"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    columns = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    lines = "\n".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table>\n<tr>{columns}</tr>\n{lines}\n</table></div>'


def _key(results: Results) -> str:
    spans = "".join(
        f'<span style="border-color: {_colour(place)}">{escape(each.name)}</span>'
        for place, each in enumerate(results.systems)
    )
    return f'<p class="key">{spans}</p>'


def _colour(place: int) -> str:
    return COLOURS[place % len(COLOURS)]


def bars(results: Results, scale: float) -> str:
    """Draw the first metric of each article, a bar per system, with its interval."""
    metric = results.metrics[0]
    height = len(results.systems) * BAR + GAP
    articles = results.test_set.articles
    most = max(
        [100.0, *(s[metric].value for each in results.systems for s in each.articles)]
    )
    zoom = PLOT / most
    shapes = list(_scale_lines(len(articles) * height, zoom, most, scale))
    for row, article in enumerate(articles):
        top = row * height + GAP / 2
        middle = top + len(results.systems) * BAR / 2 + 4
        shapes.append(_label(article.name, middle))
        for place, system in enumerate(results.systems):
            score = system.articles[row][metric]
            shown = number(score.value, scale)
            y = top + place * BAR
            shapes.append(
                f'<rect x="{LABEL}" y="{y:g}" width="{score.value * zoom:.1f}"'
                f' height="{BAR - 1}" fill="{_colour(place)}" fill-opacity=".75">'
                f"<title>{escape(f'{article.name}, {system.name}: {shown}')}</title>"
                "</rect>"
            )
            if score.mean is not None and score.margin is not None:
                start, end = score.mean - score.margin, score.mean + score.margin
                x, to = LABEL + start * zoom, LABEL + end * zoom
                shapes.append(
                    f'<path class="interval" d="M{x:.1f} {y + BAR / 2:g}H{to:.1f}"/>'
                )
    return _svg(
        LABEL + PLOT + 20,
        len(articles) * height + 20,
        f"{TITLES[metric]} of each article",
        shapes,
    )


def _label(name: str, y: float) -> str:
    shown = name if len(name) <= 50 else f"…{name[-49:]}"
    return f'<text x="{LABEL - 8}" y="{y:g}" text-anchor="end">{escape(shown)}</text>'


def _scale_lines(
    height: float, zoom: float, most: float, scale: float
) -> Iterator[str]:
    for percent in range(0, int(most) + 1, 20):
        x = LABEL + percent * zoom
        yield f'<path class="axis" d="M{x:.1f} 0V{height:g}"/>'
        yield (
            f'<text x="{x:.1f}" y="{height + 14:g}" text-anchor="middle">'
            f"{percent * scale / 100:g}</text>"
        )


def points(results: Results, scale: float) -> str:
    """Draw each segment: two systems against each other, or one against its length."""
    plots = []
    first = results.systems[0]
    others = list(enumerate(results.systems))[1:]
    for place, system in others:
        pairs = list(zip(first.segments, system.segments, strict=True))
        plots.append(_plot(pairs, (first.name, system.name), place, scale, 100))
    if not others:
        lengths = [len(text) for text in results.test_set.references()]
        longest = max(1, *lengths)
        pairs = [
            (100 * length / longest, score)
            for length, score in zip(lengths, first.segments, strict=True)
        ]
        names = ("characters of the reference", TITLES[results.segment_metric])
        plots.append(_plot(pairs, names, 0, scale, longest))
    return "\n".join(plots)


def _plot(
    pairs: Sequence[tuple[float, float]],
    names: tuple[str, str],
    place: int,
    scale: float,
    most: float,
) -> str:
    """Draw points between 0 and 100 each way; ``most`` is what is written at 100."""
    cell = SIDE / GRID
    places = {
        (min(GRID, round(x * GRID / 100)), min(GRID, round(y * GRID / 100)))
        for x, y in pairs
    }
    dots = "".join(
        f"M{40 + x * cell:g} {SIDE + 10 - y * cell:g}h0" for x, y in sorted(places)
    )
    right = f"{most * scale / 100:g}" if most == 100 else f"{most:g}"
    edge = SIDE + 10
    shapes = [
        f'<path class="axis" fill="none" d="M40 10V{edge}H{40 + SIDE}"/>',
        f'<path d="{dots}" stroke="{_colour(place)}" stroke-width="5"'
        f' stroke-linecap="round" stroke-opacity="{FAINT}"/>',
        f'<text x="40" y="{edge + 16}">0</text>',
        f'<text x="{40 + SIDE}" y="{edge + 16}" text-anchor="end">{right}</text>',
        f'<text x="{40 + SIDE / 2}" y="{edge + 16}" text-anchor="middle">'
        f"{escape(names[0])}</text>",
        f'<text x="32" y="20" text-anchor="end">{scale:g}</text>',
        f'<text transform="translate(24 {10 + SIDE / 2}) rotate(-90)"'
        f' text-anchor="middle">{escape(names[1])}</text>',
    ]
    if most == 100:
        shapes.append(f'<path class="axis" d="M40 {edge}L{40 + SIDE} 10"/>')
    return _svg(SIDE + 60, SIDE + 40, f"{names[1]} against {names[0]}", shapes)


def _svg(width: float, height: float, says: str, shapes: Sequence[str]) -> str:
    body = "\n".join(shapes)
    return (
        f'<svg role="img" aria-label="{escape(says)}" width="{width:g}"'
        f' height="{height:g}" viewBox="0 0 {width:g} {height:g}">\n{body}\n</svg>'
    )


def _worst(results: Results, scale: float) -> Iterator[str]:
    is_less_better = results.segment_metric == "ter"
    flat = [
        (article.name, row)
        for article in results.test_set.articles
        for row in range(len(article.references))
    ]
    articles = {each.name: each for each in results.test_set.articles}
    for place, system in enumerate(results.systems):
        order = sorted(
            range(len(flat)), key=lambda n: system.segments[n], reverse=is_less_better
        )
        yield f"<details><summary>Worst of {escape(system.name)}</summary>"
        for index in order[:WORST]:
            name, row = flat[index]
            article = articles[name]
            source = article.sources[row].seen if article.sources else ""
            yield _segment(
                f"{name}, {row + 1}: {number(system.segments[index], scale)}",
                source,
                article.references[row].seen,
                article.hypotheses[place][row].seen,
            )
        yield "</details>"


def _segment(place: str, source: str, reference: str, hypothesis: str) -> str:
    one, other = marked(reference[:LONGEST], hypothesis[:LONGEST])
    rows = [("place", escape(place))]
    if source:
        rows.append(("source", escape(source[:LONGEST])))
    rows += [("people", one), ("system", other)]
    cells = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in rows)
    return f'<dl class="segment">{cells}</dl>'


def marked(reference: str, hypothesis: str) -> tuple[str, str]:
    """Return both texts as HTML, with what only one of them has marked.

    >>> marked("a red cat", "a cat")
    ('a <del>red </del>cat', 'a cat')
    """
    one, other = _TOKEN.findall(reference), _TOKEN.findall(hypothesis)
    left, right = [], []
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    for kind, i, to, j, until in matcher.get_opcodes():
        lost, new = "".join(one[i:to]), "".join(other[j:until])
        is_same = kind == "equal"
        left.append(_mark(lost, "del", is_same=is_same))
        right.append(_mark(new, "ins", is_same=is_same))
    return "".join(left), "".join(right)


def _mark(text: str, name: str, *, is_same: bool) -> str:
    if is_same or not text:
        return escape(text)
    return f"<{name}>{escape(text)}</{name}>"
