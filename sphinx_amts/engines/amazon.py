"""Amazon Translate in real time: many texts in a request, many requests at a time.

Texts travel as HTML (see `sphinx_amts.engines.amazon_html`). Threads share one client;
each call waits for its turn at one `sphinx_amts.aws.Pace`. One call of ours is one call
on the wire: botocore repeats nothing, since it would do so past the pace, and a call
that was translated but not received is paid for again. What is worth repeating goes
back to the queue here:

=============  ========================================================================
throttled      after a pause of all calls, as often as it takes
fault          after a pause of its own; while others are answered, a few times
no answer      once more: each time may be paid for
not reachable  as a fault; if AWS was never reached, for a few seconds
refused        never; the texts of the request are asked for one by one
all else       never, and no other request either
=============  ========================================================================

Without any answer for `PATIENCE_S` the engine gives up.
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from heapq import heappop, heappush
from math import ceil
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from sphinx_amts.aws import (
    CONNECT_TIMEOUT_S,
    READ_TIMEOUT_S,
    Access,
    Fault,
    IncompleteAnswer,
    Pace,
    Trouble,
    open_client,
    trouble_of,
)
from sphinx_amts.engines.amazon_html import Page, size
from sphinx_amts.engines.amazon_languages import FORMALITY_TARGETS, codes_of
from sphinx_amts.engines.base import Engine, EngineSetup, Limits, Untranslated
from sphinx_amts.errors import EngineError, EngineUnavailable
from sphinx_amts.languages import LanguagePair
from sphinx_amts.segment import byte_length
from sphinx_amts.terminology import Terms, is_file, load, not_pushed

MAX_BYTES = 10_000
"""UTF-8 bytes of one request's text, its tags included.

From https://docs.aws.amazon.com/translate/latest/dg/what-is-limits.html
"""
REQUESTS_PER_S = 10.0
"""How often to call where no setting says so. AWS publishes no number; an old guide had
20: https://docs.aws.amazon.com/translate/latest/dg/limits-guidelines.html"""
MAX_THREADS = 32
SECONDS_PER_CALL = 2.0  # of the longest texts; so many calls are under way at once
PATIENCE_S = 90.0
"""How long no request at all may be answered."""
REACH_S = 3.0
"""How long to try to reach AWS for the first time."""
LIMIT_S = 240.0
"""How long the engine may be silent: its patience, then one call and its repetition."""
MAX_REFUSED = 8
"""Requests that may be refused before the first is answered; after that it is no matter
of their texts."""
FIRST_BACKOFF_S, LAST_BACKOFF_S = 0.25, 8.0
ENCODING = 1
"""Part of the signature: to be raised when texts travel in another way."""
OPERATION = "TranslateText"
OVER_THE_CAP = "amts_max_characters is reached."

Answers = list[str | Untranslated]


class AmazonEngine(Engine):
    """Amazon Translate, by its operation TranslateText."""

    name = "amazon"
    limits = Limits(max_bytes=MAX_BYTES, timeout_s=LIMIT_S)
    meters = True

    def __init__(
        self,
        *,
        region: str | None = None,
        profile: str | None = None,
        requests_per_second: float = REQUESTS_PER_S,
        bytes_per_second: float | None = None,
        formality: str | None = None,
        terminology: str | None = None,
        threads: int | None = None,
        patience_s: float = PATIENCE_S,
        read_timeout_s: float = READ_TIMEOUT_S,
        base: Path = Path(),
        processes: int = 1,
    ) -> None:
        self.access = Access(region, profile)
        self.requests_per_second = _positive(requests_per_second)
        self.bytes_per_second = bytes_per_second and _positive(bytes_per_second)
        self.formality = formality
        self.terminology = terminology
        self._terms: Terms | None = None
        if terminology and is_file(terminology):
            self._terms = load(base / terminology)
            self.terminology = self._terms.name()
        wanted = ceil(self.requests_per_second * SECONDS_PER_CALL)
        self.threads = int(_positive(threads or min(MAX_THREADS, wanted)))
        self.patience_s = _positive(patience_s)
        self.read_timeout_s = _positive(read_timeout_s)
        self._processes = processes
        self._made_in = os.getpid()
        self._client: Any = None
        self._opened_in = 0  # process id
        self._pace: Pace | None = None
        self._was_answered = False

    @classmethod
    def from_setup(cls, setup: EngineSetup) -> AmazonEngine:
        """Make one from the settings of AWS; the options come before them."""
        settings = {
            "region": setup.settings.get("aws_region"),
            "profile": setup.settings.get("aws_profile"),
            "requests_per_second": setup.settings.get("requests_per_second"),
            "formality": setup.settings.get("formality"),
            "terminology": setup.settings.get("terminology"),
        }
        given = {name: value for name, value in settings.items() if value is not None}
        options = {**given, **setup.options}
        return cls(**options, base=setup.base, processes=setup.processes)

    def signature(self, pair: LanguagePair) -> str:
        """Return the version of our encoding, the register and the terminology.

        Of a file of terms only those for the pair count, so that a term for Spanish
        does not have the Chinese book translated again. The region is not in it: the
        service is the same in all of them.

        >>> engine = AmazonEngine(formality="formal", terminology="trees-1f3a")
        >>> engine.signature(LanguagePair("en", "de"))
        'amazon:1:formal:trees-1f3a'
        >>> engine.signature(LanguagePair("en", "zh-CN"))
        'amazon:1::trees-1f3a'
        """
        formality = self._formality(pair) or ""
        parts = (self.name, str(ENCODING), formality, self._terms_signature(pair))
        return ":".join(parts).rstrip(":")

    def _terms_signature(self, pair: LanguagePair) -> str:
        if self._terms is None:
            return self.terminology or ""
        terms = self._terms.of(pair)
        text = json.dumps(terms, sort_keys=True)
        return f"terms-{sha256(text.encode()).hexdigest()[:12]}" if terms else ""

    def _formality(self, pair: LanguagePair) -> str | None:
        """Return the register that is asked for; None where there is no choice."""
        try:
            target = codes_of(pair)[1]
        except EngineUnavailable:
            return None
        return self.formality if target in FORMALITY_TARGETS else None

    def check_pair(self, pair: LanguagePair) -> None:
        """Raise `UnsupportedPair` where the service lacks one of the languages."""
        codes_of(pair)

    def load(self, pair: LanguagePair) -> None:
        """Check the pair and open the client; asks AWS nothing yet.

        Raises `UnsupportedPair`, and `EngineUnavailable` without boto3, a region or
        credentials.
        """
        self.check_pair(pair)
        self._open()

    def _open(self) -> Any:
        """Return the client of this process: one made before a fork is of no use."""
        if self._client is None or self._opened_in != os.getpid():
            self._client = open_client(
                "translate",
                self.access,
                connections=self.threads,
                attempts=1,
                read_timeout_s=self.read_timeout_s,
            )
            self._pace = None
            self._opened_in = os.getpid()
        return self._client

    def translate(
        self, sources: Sequence[str], pair: LanguagePair
    ) -> list[str | Untranslated]:
        """Translate tagged texts in one request."""
        ((_number, answers),) = self.translate_all([sources], pair)
        return answers

    def translate_all(
        self, requests: Sequence[Sequence[str]], pair: LanguagePair
    ) -> Iterator[tuple[int, Answers]]:
        """Translate many requests over threads; yield each as it is answered.

        Raises `EngineUnavailable` after everything that was answered has been yielded.
        """
        calls = []
        for number, sources in enumerate(requests):
            call = _Call(number, Page.of(sources))
            if call.bytes > MAX_BYTES:
                yield number, call.refused(f"{call.bytes} bytes are too many.")
            else:
                calls.append(call)
        if calls:
            yield from _Dispatch(self, self._sender(pair), calls).run()

    def parameters(self, pair: LanguagePair) -> dict[str, Any]:
        """Return the members of a request that do not depend on the text."""
        source, target = codes_of(pair)
        parameters: dict[str, Any] = {
            "SourceLanguageCode": source,
            "TargetLanguageCode": target,
        }
        if self.terminology and (self._terms is None or self._terms.of(pair)):
            parameters["TerminologyNames"] = [self.terminology]
        if formality := self._formality(pair):
            parameters["Settings"] = {"Formality": formality.upper()}
        return parameters

    def _sender(self, pair: LanguagePair) -> _Sender:
        file = self._terms.path if self._terms else None
        return _Sender(self._open(), self.parameters(pair), self.access.profile, file)

    def pace(self) -> Pace:
        """Return what all calls of this process wait for.

        The processes in which Sphinx reads documents know nothing of each other: each
        has its share of the rate.
        """
        if self._pace is None or self._pace.is_stopped:
            share = 1 if os.getpid() == self._made_in else self._processes
            per_second = self.bytes_per_second and self.bytes_per_second / share
            self._pace = Pace(self.requests_per_second / share, per_second)
        return self._pace

    def size(self, source: str) -> int:
        """Return the bytes of a text as it is sent, with its tags."""
        return size(source)

    def characters(self, request: Sequence[str]) -> int:
        """Return the characters of a request as it is sent, with its tags.

        AWS does not say that tags are free, so they are counted.
        """
        return len(Page.of(request).html)


def _positive(value: float | str) -> float:
    """Read a number above 0, also as a command line has it; raises `ValueError`."""
    number = float(value)
    if not 0 < number < float("inf"):
        raise ValueError(f"{value!r} is not a number above 0")
    return number


@dataclass(frozen=True)
class _Sender:
    """Makes one call."""

    client: Any
    parameters: dict[str, Any]
    profile: str | None
    terms: Path | None = None  # the file that the terminology is made from

    def send(self, text: str) -> str | Trouble:
        """Return the translation of an HTML text, or why there is none."""
        try:
            answer = self.client.translate_text(Text=text, **self.parameters)
            translated = answer.get("TranslatedText")
        except Exception as error:
            return self._trouble(error)
        if isinstance(translated, str) and translated:
            return translated
        return self._trouble(IncompleteAnswer())

    def _trouble(self, error: Exception) -> Trouble:
        access = Access(self.client.meta.region_name, self.profile)
        trouble = trouble_of(error, OPERATION, access)
        if self.terms is None or trouble.name != "ResourceNotFoundException":
            return trouble
        return replace(trouble, error=not_pushed(self.terms, access))


@dataclass
class _Call:
    """One request on its way, perhaps several times."""

    number: int
    page: Page
    attempts: int = 0
    answered_before: int = 0  # other requests, when this one failed first
    bytes: int = field(init=False)
    characters: int = field(init=False)

    def __post_init__(self) -> None:
        self.bytes = byte_length(self.page.html)
        self.characters = len(self.page.html)

    def refused(self, reason: str) -> Answers:
        """Return the answers where the service will never give one.

        Where there are several texts, each of them may do alone.
        """
        is_broken = self.page.count > 1
        return [Untranslated(reason, is_broken=is_broken)] * self.page.count

    def failed(self, reason: str) -> Answers:
        """Return the answers where the next build may have more luck."""
        return [Untranslated(reason)] * self.page.count


class _Dispatch:
    """Has calls made by threads, and gives out what they bring as it comes.

    ``_changed`` guards everything that the threads share.
    """

    CLOSE_S = 5.0  # how long to wait for threads when nobody wants their answers

    def __init__(
        self, engine: AmazonEngine, sender: _Sender, calls: Sequence[_Call]
    ) -> None:
        self._engine = engine
        self._sender = sender
        self._pace = engine.pace()
        self._changed = threading.Condition()
        # Each with the time from which it may be made, and in the order of numbers.
        self._waiting = [(0.0, call.number, call) for call in calls]
        self._open = len(calls)
        self._answered = 0
        self._refused = 0
        self._answered_at = self._began_at = time.monotonic()
        self._final: EngineError | None = None
        self._results: SimpleQueue[tuple[int, Answers] | None] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work, name=f"amts-{number}", daemon=True)
            for number in range(min(engine.threads, len(calls)))
        ]

    def run(self) -> Iterator[tuple[int, Answers]]:
        """Yield the answers to each call; raises what ended it before the last."""
        for thread in self._threads:
            thread.start()
        try:
            # Threads put None when all is done, or when nothing more will be.
            while (result := self._results.get()) is not None:
                yield result
            self._join(CONNECT_TIMEOUT_S + self._engine.read_timeout_s)
            yield from self._rest()
        finally:
            self._stop(None)
            self._join(self.CLOSE_S)
        if self._final is not None:
            raise self._final

    def _rest(self) -> Iterator[tuple[int, Answers]]:
        """Yield what came in while others had already given up."""
        while True:
            try:
                result = self._results.get_nowait()
            except Empty:
                return
            if result is not None:
                yield result

    def _join(self, within_s: float) -> None:
        end = time.monotonic() + within_s
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _stop(self, error: EngineError | None) -> None:
        """Make no further calls; ``error`` is the reason, unless all is done."""
        with self._changed:
            if self._open:
                self._pace.stop()
                self._final = self._final or error
            self._open = 0
            self._changed.notify_all()
        self._results.put(None)

    def _work(self) -> None:
        try:
            meter = self._engine.meter
            while (call := self._take()) is not None:
                if not meter.take(call.characters):
                    self._settle(call, call.failed(OVER_THE_CAP))
                    continue
                began = self._pace.wait(call.bytes)
                if began is None:
                    meter.give_back(call.characters)
                    return
                self._make(call, began)
        except Exception as error:  # a fault of ours; its text may hold anything
            self._stop(EngineUnavailable(f"it failed: {type(error).__name__}"))

    def _take(self) -> _Call | None:
        """Return the next call that may be made; None if there will be no more."""
        with self._changed:
            while self._open:
                if not self._waiting:
                    self._changed.wait()
                    continue
                pause_s = self._waiting[0][0] - time.monotonic()
                if pause_s <= 0:
                    return heappop(self._waiting)[2]
                self._changed.wait(pause_s)
            return None

    def _make(self, call: _Call, began: float) -> None:
        call.attempts += 1
        found = self._sender.send(call.page.html)
        if isinstance(found, str):
            self._pace.end(began)
            with self._changed:
                self._answered += 1
                self._answered_at = time.monotonic()
            self._engine._was_answered = True
            self._settle(call, call.page.read(found))
            return
        self._pace.end(began, found.fault, found.retry_after_s)
        if not found.may_be_paid:
            self._engine.meter.give_back(call.characters)
        if found.fault is Fault.FINAL or self._is_hopeless(found):
            self._stop(_for_all(found.error))
        elif found.fault is Fault.TEXT:
            self._refused += 1
            self._settle(call, call.refused(str(found.error)))
        elif self._is_exhausted(call, found):
            self._settle(call, call.failed(str(found.error)))
        else:
            self._put_back(call, found)

    def _settle(self, call: _Call, answers: Answers) -> None:
        self._results.put((call.number, answers))
        with self._changed:
            self._open -= 1
            is_last = self._open == 0
            if is_last:
                self._changed.notify_all()
        if is_last:
            self._results.put(None)

    def _is_hopeless(self, trouble: Trouble) -> bool:
        """Tell whether nothing has been answered for too long."""
        now = time.monotonic()
        if trouble.fault is Fault.TEXT:
            return not self._engine._was_answered and self._refused >= MAX_REFUSED
        if trouble.fault is Fault.UNREACHABLE and not self._engine._was_answered:
            return now - self._began_at > REACH_S
        return now - self._answered_at > self._engine.patience_s

    def _is_exhausted(self, call: _Call, trouble: Trouble) -> bool:
        """Tell whether a call failed too often while others were answered."""
        if trouble.fault is Fault.THROTTLED:
            call.attempts -= 1  # it was not made
            return False
        if call.attempts == 1:
            call.answered_before = self._answered
        is_alone = self._answered > call.answered_before
        return call.attempts >= trouble.attempts and (is_alone or trouble.is_costly)

    def _put_back(self, call: _Call, trouble: Trouble) -> None:
        pause_s = 0.0
        if trouble.fault is not Fault.THROTTLED:  # for which the pace pauses all
            longest = min(FIRST_BACKOFF_S * 2 ** (call.attempts - 1), LAST_BACKOFF_S)
            pause_s = max(longest * random.uniform(0.5, 1.0), trouble.retry_after_s)
        with self._changed:
            due = time.monotonic() + pause_s
            heappush(self._waiting, (due, call.number, call))
            self._changed.notify()


def _for_all(error: EngineError) -> EngineUnavailable:
    """Return the error that holds for every request."""
    if isinstance(error, EngineUnavailable):
        return error
    return EngineUnavailable(f"{error} That was so with every request.")
