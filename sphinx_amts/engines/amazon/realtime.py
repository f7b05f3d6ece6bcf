"""Amazon Translate in real time: many texts in a request, many requests at a time.

Texts travel as HTML (see `sphinx_amts.engines.amazon.html`). Threads share one client;
each call waits for its turn at one `sphinx_amts.aws.pace.Pace`. One call of ours is one
call on the wire: botocore repeats nothing, since it would do so past the pace, and a
call that was translated but not received is paid for again. What is worth repeating
goes back to the queue of `sphinx_amts.engines.dispatch`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from math import ceil
from pathlib import Path
from typing import Any

from sphinx_amts.aws.client import READ_TIMEOUT_S
from sphinx_amts.aws.errors import Access, IncompleteAnswer, Trouble, trouble_of
from sphinx_amts.engines.amazon.html import Page, size
from sphinx_amts.engines.amazon.languages import FORMALITY_TARGETS, codes_of
from sphinx_amts.engines.amazon.terminology import Terms, is_file, load, not_pushed
from sphinx_amts.engines.contract import Answer, EngineSetup, Limits, Meter, Traits
from sphinx_amts.engines.dispatch import Call, Dispatch, ServiceEngine
from sphinx_amts.errors import EngineUnavailable
from sphinx_amts.text.languages import LanguagePair

MAX_BYTES = 10_000
"""UTF-8 bytes of one request's text, its tags included.

From https://docs.aws.amazon.com/translate/latest/dg/what-is-limits.html
"""
REQUESTS_PER_S = 10.0
"""How often to call where no setting says so. AWS publishes no number; an old guide had
20: https://docs.aws.amazon.com/translate/latest/dg/limits-guidelines.html"""
MAX_THREADS = 32
"""Measured against a local server with 100 ms for a call: 284 calls/s, many times what
the service allows; more only keeps more connections open."""
SECONDS_PER_CALL = 2.0  # of the longest texts; so many calls are under way at once
PATIENCE_S = 90.0
"""How long no request at all may be answered."""
LIMIT_S = 240.0
"""How long the engine may be silent: its patience, then one call and its repetition."""
ENCODING = 1
"""Part of the signature: to be raised when texts travel in another way."""
OPERATION = "TranslateText"


class AmazonEngine(ServiceEngine):
    """Amazon Translate, by its operation TranslateText."""

    name = "amazon"
    traits = Traits(Limits(max_bytes=MAX_BYTES, timeout_s=LIMIT_S), tariff=name)

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
        rate = _positive(requests_per_second)
        wanted = ceil(rate * SECONDS_PER_CALL)
        super().__init__(
            requests_per_second=rate,
            bytes_per_second=bytes_per_second and _positive(bytes_per_second),
            threads=int(_positive(threads or min(MAX_THREADS, wanted))),
            patience_s=_positive(patience_s),
            read_timeout_s=_positive(read_timeout_s),
            processes=processes,
        )
        self.access = Access(region, profile)
        self.formality = formality
        self.terminology = terminology
        self._terms: Terms | None = None
        if terminology and is_file(terminology):
            self._terms = load(base / terminology)
            self.terminology = self._terms.name()

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

    def prepare(self, pair: LanguagePair) -> None:
        """Check the pair and open the client; asks AWS nothing yet.

        Raises `UnsupportedPair`, and `EngineUnavailable` without boto3, a region or
        credentials.
        """
        self.check_pair(pair)
        self.client("translate", self.access)

    def answers(
        self, requests: Sequence[Sequence[str]], pair: LanguagePair, meter: Meter
    ) -> Iterator[Answer]:
        """Translate many requests over threads; yield each as it is answered.

        See `ServiceEngine`.
        """
        calls = []
        for number, sources in enumerate(requests):
            call = Call(number, Page.of(sources))
            if call.bytes > MAX_BYTES:
                yield Answer(number, call.refused(f"{call.bytes} bytes are too many."))
            else:
                calls.append(call)
        if calls:
            sender = self._sender(pair)
            yield from Dispatch(self, sender, calls, len(calls), meter).run()

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
        client = self.client("translate", self.access)
        return _Sender(client, self.parameters(pair), self.access.profile, file)

    def size(self, text: str) -> int:
        """Return the bytes of a text as it is sent, with its tags."""
        return size(text)

    def characters(self, texts: Sequence[str]) -> int:
        """Return the characters of a request as it is sent, with its tags.

        AWS does not say that tags are free, so they are counted.
        """
        return len(Page.of(texts).html)


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

    def send(self, request: Page) -> str | Trouble:
        """Return the translation of an HTML text, or why there is none."""
        try:
            answer = self.client.translate_text(Text=request.text, **self.parameters)
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
