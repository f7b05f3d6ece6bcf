"""What becomes of one document, as it travels and as it is kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from sphinx_amts.parallel_data.checks import Action, Finding
from sphinx_amts.parallel_data.pair_file import Row


class Step(NamedTuple):
    """What became of one pair: the row to be written, if any, and what was found."""

    row: Row | None
    findings: Sequence[Finding]


class Made(NamedTuple):
    """What became of one document."""

    digest: str  # of the content that it was made of
    characters: int  # of the source's prose that are no blanks
    covered: int  # of these, what has a counterpart
    without: Sequence[Finding]  # what has none, on both sides
    steps: Sequence[Step]


def dump(made: Made) -> str:
    """Return a line of JSON, from which `load` makes the same."""
    steps = [(each.row, list(map(_values, each.findings))) for each in made.steps]
    return json.dumps((*made[:3], list(map(_values, made.without)), steps))


def load(text: str) -> Made:
    """Read what `dump` wrote; raises `ValueError` and its like for anything else."""
    digest, characters, covered, without, steps = json.loads(text)
    return Made(
        str(digest),
        int(characters),
        int(covered),
        list(map(_finding, without)),
        [
            Step(None if row is None else Row(*row), list(map(_finding, findings)))
            for row, findings in steps
        ],
    )


def _values(finding: Finding) -> tuple[Any, ...]:
    return (
        *(finding.code, finding.action.value, finding.document),
        *(finding.line, finding.text),
    )


def _finding(values: Sequence[Any]) -> Finding:
    code, action, document, line, text = values
    return Finding(code, Action(action), document, line, text)
