"""Results as a table for the terminal, as Markdown and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from sphinx_amts.evaluation.metrics import TITLES, Score
from sphinx_amts.evaluation.results import Results, SystemResult

SIGNIFICANT = 0.05
"""A p-value below it is marked: chance alone brings as much in one of twenty tests."""
SHOWN = 5  # terms that a system translates in several ways, the surest first
AVERAGE, WHOLE = "average of articles", "all segments"

Cells = list[str]


def to_text(results: Results, scale: float = 1) -> str:
    """Write aligned columns; scores go from 0 to ``scale``, which is 1 or 100."""
    parts = []
    for title, rows in tables(results, scale):
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [_padded(row, widths) for row in rows]
        lines.insert(1, "  ".join("-" * width for width in widths))
        parts.append("\n".join([title, "", *lines]))
    return "\n\n".join([*parts, "\n".join(notes(results))]) + "\n"


def _padded(row: Cells, widths: Sequence[int]) -> str:
    first, *others = zip(row, widths, strict=True)
    cells = [first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)]
    return "  ".join(cells).rstrip()


def to_markdown(results: Results, scale: float = 1) -> str:
    """Write Markdown tables."""
    parts = []
    for title, (head, *rows) in tables(results, scale):
        lines = [piped(head), rule(len(head)), *map(piped, rows)]
        parts.append("\n".join([f"### {title}", "", *lines]))
    listed = "\n".join(f"* {note}" for note in notes(results))
    return "\n\n".join([*parts, listed]) + "\n"


def rule(columns: int) -> str:
    """Write the line below the head of a Markdown table."""
    return f"|{'|'.join(['---', *['---:'] * (columns - 1)])}|"


def piped(row: Cells) -> str:
    """Write a row of a Markdown table."""
    cells = [cell.replace("|", "\\|") for cell in row]
    return f"| {' | '.join(cells)} |"


def to_csv(results: Results) -> str:
    """Write one row per article, system and metric; scores from 0 to 100."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow("article segments system metric score mean margin p".split())
    articles = results.test_set.articles
    whole = sum(results.test_set.lengths)
    for system in results.systems:
        for metric in results.metrics:
            title = TITLES[metric]
            for article, scores in zip(articles, system.articles, strict=True):
                count = len(article.references)
                found = _cells(scores[metric])
                writer.writerow([article.name, count, system.name, title, *found])
            average = [AVERAGE, whole, system.name, title]
            writer.writerow([*average, system.average[metric], "", "", ""])
            total = _cells(system.total[metric])
            writer.writerow([WHOLE, whole, system.name, title, *total])
    return out.getvalue()


def _cells(score: Score) -> list[object]:
    found = (score.value, score.mean, score.margin, score.p_value)
    return ["" if each is None else each for each in found]


def tables(results: Results, scale: float) -> Iterator[tuple[str, list[Cells]]]:
    """Yield each table with its title; the first row has the names of the systems."""
    names = [each.name for each in results.systems]
    articles = results.test_set.articles
    for metric in results.metrics:
        rows = [["article", "segments", *names]]
        for place, article in enumerate(articles):
            scores = [each.articles[place][metric] for each in results.systems]
            cells = [number(score.value, scale) for score in scores]
            rows.append([article.name, str(len(article.references)), *cells])
        averages = [each.average[metric] for each in results.systems]
        cells = [number(value, scale) for value in averages]
        rows.append([AVERAGE, str(len(articles)), *cells])
        totals = [whole(each, metric, scale) for each in results.systems]
        rows.append([WHOLE, str(sum(results.test_set.lengths)), *totals])
        yield f"{TITLES[metric]}{_direction(metric)}", rows
    measures = list(results.systems[0].measures)
    if measures:
        rows = [["measure", *names]]
        for name in measures:
            found = [each.measures.get(name) for each in results.systems]
            cells = ["" if each is None else f"{each:.3f}" for each in found]
            rows.append([name, *cells])
        yield "Beyond the scores", rows
    if shares := list(results.systems[0].held):
        rows = [["words", *names]]
        for share in shares:
            found = [each.held.get(share) for each in results.systems]
            cells = ["" if each is None else f"{each:.3f}" for each in found]
            rows.append([f"{share:.0%}", *cells])
        yield "Edits in the most doubtful words", rows


def _direction(metric: str) -> str:
    return " (less is better)" if metric == "ter" else ""


def number(value: float, scale: float) -> str:
    """Write a score.

    >>> number(53.219, 1), number(53.219, 100)
    ('0.532', '53.2')
    """
    return f"{value / 100:.3f}" if scale == 1 else f"{value:.1f}"


def whole(system: SystemResult, metric: str, scale: float) -> str:
    """Write a total with its interval, and an asterisk where it is no chance."""
    score = system.total[metric]
    text = number(score.value, scale)
    if score.margin is not None:
        text += f" ± {number(score.margin, scale)}"
    return f"{text}{'*' if is_significant(score) else ''}"


def is_significant(score: Score) -> bool:
    """Tell whether a system is not the first by chance."""
    return score.p_value is not None and score.p_value < SIGNIFICANT


def notes(results: Results) -> Iterator[str]:
    """Yield what has to be said under the tables."""
    if results.test:
        first = results.systems[0].name
        name = {"bootstrap": "paired bootstrap", "randomization": "randomization"}
        yield (
            f"* differs from {first} with p < {SIGNIFICANT} ({name[results.test]});"
            " ± holds 95 % of resampled test sets."
        )
        for metric in results.metrics:
            found = [
                f"{each.name} {each.total[metric].p_value:.4f}"
                for each in results.systems
                if each.total[metric].p_value is not None
            ]
            if found:
                yield f"p, {TITLES[metric]}: {', '.join(found)}"
    elif results.systems[0].total[results.metrics[0]].margin is not None:
        yield "± holds 95 % of resampled test sets."
    for article in results.test_set.articles:
        if article.left_out:
            yield (
                f"{article.name}: {article.left_out} segments that people did not"
                " translate are not scored"
            )
    for system in results.systems:
        for difference in system.differences[:SHOWN]:
            yield f"{system.name} is not of one mind: {difference}"
    for metric in results.metrics:
        yield f"{TITLES[metric]}: {results.signatures[metric]}"
