"""The worker of one build: JSON lines from the plugin, JSON lines back.

============  ==========================================================================
page          ``{"do": "document" or "project", "page": its number, "path", "tree"}``
request       ``{"id", "do": the same, "pages": [the numbers of pages that have come]}``
answer        ``{"id", "values": [{"edits"}], "titles", "site", "say", "fail"}``
sign of life  ``{}``
wrong use     ``{"end": "what is wrong"}``, and the process ends
============  ==========================================================================

A page is read when it comes, while mystmd works on others. Nothing else may come to the
standard output: what prints, prints to the terminal.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from sphinx_amts.book import listing
from sphinx_amts.book.opening import open_book
from sphinx_amts.book.phrases import direction
from sphinx_amts.book.purpose import publishing
from sphinx_amts.book.record import Records, Words
from sphinx_amts.book.result import Result
from sphinx_amts.errors import AmtsError
from sphinx_amts.hosts.myst.config import NAME, index_of, read_config, settings_of
from sphinx_amts.hosts.myst.edition import Edition, Read, Value
from sphinx_amts.hosts.myst.readers import Bar, Nodes
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.translation.cost import count
from sphinx_amts.warnings_ import Subtype

LIFE_S = 10  # seconds from one sign of life to the next; worker.mjs waits longer
GARBAGE = 100_000
"""Objects from one search for garbage to the next: trees are large, and in no cycle."""
STATE = "AMTS_STATE"
"""Variable with the folder in which a build leaves its `Result`."""


class Channel:
    """The way back to the plugin; two threads write to it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    @classmethod
    def take_over(cls) -> Channel:
        """Take the standard output; whatever prints to it prints to the terminal."""
        stream = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        return cls(stream)

    def send(self, values: Mapping[str, Any]) -> None:
        """Send a line; nothing where nobody reads any more."""
        with self._lock:
            try:
                self._stream.write(json.dumps(values) + "\n")
                self._stream.flush()
            except OSError:
                os._exit(1)  # the build has ended

    def live(self) -> None:
        """Give signs of life from now on."""
        ticking = threading.Event()

        def beat() -> None:
            while not ticking.wait(LIFE_S):
                self.send({})

        threading.Thread(target=beat, daemon=True).start()


class Build:
    """One build in one language."""

    def __init__(self, folder: Path, language: str) -> None:
        self.said: list[str] = []
        config = read_config(folder / NAME)
        settings = settings_of(config)
        try:
            pair = LanguagePair.of(settings.source_language, language)
        except ValueError as error:
            raise AmtsError(f"AMTS_LANGUAGE: {error}") from error
        self.pair = pair
        self._bar = Bar(settings, pair)
        self._index = index_of(config, folder)
        self.edition: Edition | None = None
        if not pair.is_same:
            book = open_book(
                settings, folder, pair, publishing(), Records(), warn=self.warn
            )
            book.translator.collect()
            self.edition = Edition(book, folder, config, self.said.append)
        self._told = 0  # problems
        self._pages: dict[int, tuple[Value, Read | None]] = {}  # that have come

    def warn(self, subtype: Subtype, text: str) -> None:
        """Say a warning with the next answer."""
        self.said.append(f"WARNING: {text} [amts.{subtype.value}]")

    def take(self, page: Value) -> None:
        """Take a page; a request will name it."""
        is_read = self.edition is not None and page["do"] == "document"
        read = self.edition.read(page) if self.edition and is_read else None
        self._pages[page["page"]] = page, read

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer to a request."""
        pages = [self._pages.pop(number) for number in request["pages"]]
        values = [value for value, _read in pages]
        edits: list[Any] = [[] for _ in values]
        titles: dict[str, str] = {}
        fail = False
        if self.edition is not None:
            if request["do"] == "document":
                edits = self.edition.document([read for _value, read in pages if read])
            else:
                edits = self.edition.project(values)
                fail = self.report(self.edition)
            titles = self.edition.take()
        said, self.said[:] = list(self.said), []
        answers: list[dict[str, Any]] = [{"edits": each} for each in edits]
        if request["do"] == "project":
            for each, value in zip(answers, values, strict=True):
                each["top"] = self.top(value)
                if self.edition is not None:
                    each["notebook"] = self.edition.notebook_of(value)
        return {
            "id": request["id"],
            "values": answers,
            "titles": titles,
            "site": self.site(),
            "say": said,
            "fail": fail,
        }

    def site(self) -> dict[str, Any]:
        """Return what all pages have: their language, and how it is written."""
        return {
            "language": self.pair.target,
            "direction": direction(self.pair.target),
            "index": self._index,
            "show": self._bar.show,
        }

    def top(self, value: Mapping[str, Any]) -> Nodes:
        """Return what readers see above a page."""
        if self.edition is None:
            return self._bar.nodes(Words(), is_machine=False)
        record = self.edition.book.records.get(self.edition.name_of(value))
        return self._bar.nodes(record.words, is_machine=record.machine > 0)

    def report(self, edition: Edition) -> bool:
        """Sum up what became of the book; return whether that is a failure."""
        book = edition.book
        result = Result.of(book)
        book.receipts.save(result.memory_hits)
        if folder := os.environ.get(STATE):
            result.write(Path(folder))
            if book.purpose.lists:  # `project.build` knows the addresses of pages
                listing.write(book, Path(folder), lambda name: "", book.records)
        left = f"Without a translation: {count(result.missing)} ({self.pair})"
        self.said.append(
            f"sphinx_amts: {result.translated} of {result.segments} segments"
            f" translated ({self.pair})"
        )
        problems = list(result.problems)
        for problem in problems[self._told :]:
            self.warn(problem.subtype, f"{problem.message.rstrip('.')}. {left}.")
        self._told = len(problems)
        if result.waiting:
            self.said.append(
                f"sphinx_amts: {count(result.waiting)} on the way from a batch job."
                " Build again when it is done."
            )
        is_error = bool(result.missing) and book.settings.on_missing == "error"
        if is_error:
            self.said.append(f"ERROR: {left}. That is an error by amts_on_missing.")
        elif result.missing > result.waiting and not problems:
            self.warn(Subtype.MISSING, f"{left}. The source text is kept.")
        for missed in book.records.missed():
            self.warn(Subtype.TERMS, f"a term was not translated as required: {missed}")
        book.records.settle()
        return is_error


class _Say(logging.Handler):
    """Says what the rooms without a host log, with the next answer."""

    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.INFO)
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        """Say a record."""
        self._said.append(record.getMessage())


def serve(folder: Path, language: str, requests: TextIO, channel: Channel) -> int:
    """Answer requests until there are no more; return the exit status."""
    sys.path.append(str(folder))  # an engine of the book's own; after all else
    try:
        build = Build(folder, language)
    except AmtsError as error:
        channel.send({"end": str(error)})
        return 2
    logger = logging.getLogger("sphinx_amts")
    logger.addHandler(_Say(build.said))
    logger.setLevel(logging.INFO)
    gc.freeze()
    gc.set_threshold(GARBAGE)
    gc.enable()
    channel.live()
    with suppress(KeyboardInterrupt):  # it is meant for mystmd, which says so
        for line in requests:
            request = json.loads(line)
            if "page" in request:
                build.take(request)
            else:
                channel.send(build.answer(request))
    return 0
