"""The worker of one build: JSON lines from the plugin, JSON lines back.

============  ==========================================================================
page          ``{"do": "document" or "project", "page": its number, "path", "tree"}``
request       ``{"do": the same, "pages": [the numbers of pages without an answer]}``
answer        ``{"values": {number: {"edits"}}, "titles", "site", "say", "fail"}``
sign of life  ``{}``
wrong use     ``{"end": "what is wrong"}``, and the process ends
============  ==========================================================================

A page is read when it comes, and answered where nothing is to be asked for: so mystmd
works on others meanwhile. The rest is answered by request, all together. Of the project
stage one page always is, with what there is to say of the whole: no build ends before.

Nothing else may come to the standard output: what prints, prints to the terminal.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from typing import Any, BinaryIO, NamedTuple, TextIO

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

MAX_LINES = 1000
"""Pages that wait for their turn, or answers for a reader; of some 10 kB each."""
LIFE_S = 10  # seconds from one sign of life to the next; worker.mjs waits longer
GARBAGE = 100_000
"""Objects from one search for garbage to the next: trees are large, and in no cycle."""
DOCUMENT, PROJECT = "document", "project"
"""mystmd's stages."""
STATE = "AMTS_STATE"
"""Variable with the folder in which a build leaves its `Result`."""


class Came(NamedTuple):
    """A page that has come, and what was read of it."""

    value: Value
    read: Read | None = None


class Channel:
    """The way back to the plugin, with signs of life where nothing else is sent.

    A thread writes: mystmd works on hundreds of pages before it reads an answer, and
    what lies between two processes holds those of some pages only.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lines: Queue[bytes | None] = Queue(MAX_LINES)
        self._writer = threading.Thread(target=self._write, daemon=True)
        self._writer.start()

    @classmethod
    def take_over(cls) -> Channel:
        """Take the standard output; whatever prints to it prints to the terminal."""
        stream = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        return cls(stream)

    def send(self, values: Mapping[str, Any]) -> None:
        """Send a line; nothing where nobody reads any more."""
        self._lines.put(_line(values))

    def close(self) -> None:
        """Wait until all is sent, and end."""
        self._lines.put(None)
        self._writer.join()
        self._stream.close()

    def _write(self) -> None:
        while (line := self._next()) is not None:
            try:
                self._stream.write(line)
                self._stream.flush()
            except OSError:
                os._exit(1)  # the build has ended

    def _next(self) -> bytes | None:
        try:
            return self._lines.get(timeout=LIFE_S)
        except Empty:
            return _line({})


def _read_ahead(requests: TextIO) -> Iterator[str]:
    """Yield lines, which a thread reads: mystmd goes on only where they are taken."""
    lines: Queue[str | None] = Queue(MAX_LINES)

    def read() -> None:
        for line in requests:
            lines.put(line)
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    while (line := lines.get()) is not None:
        yield line


def _line(values: Mapping[str, Any]) -> bytes:
    """Return values as a line; node reads letters faster than escapes of them."""
    try:
        text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
        return f"{text}\n".encode()
    except UnicodeEncodeError:  # half a pair of surrogates, which is no text
        return f"{json.dumps(values)}\n".encode()


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
        self._pages: dict[int, Came] = {}  # without an answer

    def warn(self, subtype: Subtype, text: str) -> None:
        """Say a warning with the next answer."""
        self.said.append(f"WARNING: {text} [amts.{subtype.value}]")

    def take(self, page: Value) -> dict[str, Any] | None:
        """Take a page; return its answer, or None where it waits for a request."""
        edition, stage = self.edition, page["do"]
        read = None
        if edition is not None:
            is_first = stage == DOCUMENT
            read = edition.read(page) if is_first else edition.read_made(page)
        came = self._pages[page["page"]] = Came(page, read)
        if edition and read and not edition.knows(read):
            return None
        if stage == PROJECT and self._is_only(came):
            return None
        return self._answer(stage, [page["page"]])

    def _is_only(self, came: Came) -> bool:
        """Tell whether no other page waits at the project stage."""
        return not any(
            each.value["do"] == PROJECT
            for each in self._pages.values()
            if each is not came
        )

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer to a request."""
        stage = request["do"]
        answer = self._answer(stage, request["pages"])
        if stage == PROJECT and self.edition is not None:
            answer["fail"] = self.report(self.edition)
        said, self.said[:] = list(self.said), []
        return {**answer, "say": said}

    def _answer(self, stage: str, numbers: Iterable[int]) -> dict[str, Any]:
        """Return what is to be put into pages that have no answer yet."""
        came = {each: self._pages.pop(each) for each in numbers if each in self._pages}
        values: dict[int, dict[str, Any]] = {number: {"edits": []} for number in came}
        titles: dict[str, str] = {}
        if self.edition is not None:
            reads = [each.read for each in came.values() if each.read]
            is_first = stage == DOCUMENT
            put = self.edition.document if is_first else self.edition.project
            for value, edits in zip(values.values(), put(reads), strict=True):
                value["edits"] = edits
            titles = self.edition.take()
        if stage == PROJECT:
            for number, each in came.items():
                values[number] |= self._around(each.value)
        return {"values": values, "titles": titles, "site": self.site()}

    def _around(self, page: Value) -> dict[str, Any]:
        """Return what belongs to a page and stands in no tree."""
        if self.edition is None:
            return {"top": self.top(page)}
        return {"top": self.top(page), "notebook": self.edition.notebook_of(page)}

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
        channel.close()
        return 2
    logger = logging.getLogger("sphinx_amts")
    logger.addHandler(_Say(build.said))
    logger.setLevel(logging.INFO)
    gc.freeze()
    gc.set_threshold(GARBAGE)
    gc.enable()
    with suppress(KeyboardInterrupt):  # it is meant for mystmd, which says so
        for line in _read_ahead(requests):
            request = json.loads(line)
            is_page = "page" in request
            answer = build.take(request) if is_page else build.answer(request)
            if answer is not None:
                channel.send(answer)
    return 0
