"""What was found on the way from a book in both languages to a file of pairs."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator

from sphinx_amts.parallel_data.checks import ACTIONS, Action, Finding, excerpt


class Findings:
    """Findings in the order in which they came; they wait on disk."""

    def __init__(self) -> None:
        # A database without a name is SQLite's own temporary file, which goes with it.
        self._rows = sqlite3.connect("")
        self._rows.execute(
            "CREATE TABLE findings (code TEXT, action TEXT, document TEXT,"
            " line INTEGER, text TEXT)"
        )

    def add(self, findings: Iterable[Finding]) -> None:
        """Add some at the end."""
        self._rows.executemany(
            "INSERT INTO findings VALUES (?, ?, ?, ?, ?)",
            (
                (each.code, each.action.value, each.document, each.line, each.text)
                for each in findings
            ),
        )

    def __iter__(self) -> Iterator[Finding]:
        rows = self._rows.execute("SELECT * FROM findings ORDER BY rowid")
        for code, action, document, line, text in rows:
            yield Finding(code, Action(action), document, line, text)


class Report:
    """What was found."""

    def __init__(self) -> None:
        self.findings = Findings()
        self.actions: Counter[tuple[str, Action]] = Counter()  # of findings, by code
        self.documents = 0
        self.source_characters = 0
        self.covered_characters = 0  # of these, what has a counterpart

    @property
    def counts(self) -> dict[str, int]:
        """How many findings each code has, in the order of codes."""
        found: Counter[str] = Counter()
        for (code, _), number in sorted(self.actions.items()):
            found[code] += number
        return dict(found)

    @property
    def covered(self) -> float | None:
        """The share of the source that has a counterpart; None of what has no text."""
        if not self.source_characters:
            return None
        return self.covered_characters / self.source_characters

    def begin(self, characters: int = 0, covered: int = 0) -> None:
        """Count a document with the length of its source, and what is covered of it."""
        self.documents += 1
        self.source_characters += characters
        self.covered_characters += covered

    def add(self, *findings: Finding) -> None:
        """Take what was found."""
        self.actions.update((each.code, each.action) for each in findings)
        self.findings.add(findings)


def lost(code: str, document: str, line: int, text: str) -> Finding:
    """Return a finding about a text that no pair has."""
    return Finding(code, ACTIONS[code], document, line, excerpt(text))
