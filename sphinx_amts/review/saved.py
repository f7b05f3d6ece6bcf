"""The work that machines saved, as the logs beside a book's memory files tell it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from sphinx_amts.errors import AmtsError
from sphinx_amts.evaluation.effort import Edits, effort
from sphinx_amts.memory.corrections import log_of, read
from sphinx_amts.memory.fetched import own_paths
from sphinx_amts.review.answers import UnwritableError
from sphinx_amts.review.subject import Subject


class Saved:
    """Sums up logs, and counts the edits of each correction once."""

    def __init__(self, subject: Subject, memory: Path) -> None:
        names = subject.settings.memory_files
        memories = [memory, *own_paths(names, subject.folder)]
        logs = {log_of(path).resolve(): log_of(path) for path in memories}
        self._logs = list(logs.values())
        self._language = subject.pair.target
        self._known: dict[bytes, Edits] = {}
        self._lock = threading.Lock()

    def to_json(self) -> dict[str, Any]:
        """Return the work saved as plain values.

        Raises `UnwritableError` where sacrebleu is missing or a log cannot be read.
        """
        with self._lock:
            try:
                found = [each for path in self._logs for each in read(path)]
                return effort(found, self._language, self._known).to_json()
            except AmtsError as error:
                raise UnwritableError(str(error)) from error
