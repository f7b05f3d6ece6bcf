"""How the server behaves, beside what it is asked for: limits, latency, faults.

A `Fault` says what happens to requests, to which and how often:

=============  ================================================  ===========  ========
kind           what the client sees                              translated?  billed?
=============  ================================================  ===========  ========
error          an error of the service or of its door            no           no
garbage        502 and a page of HTML, as a proxy answers        no           no
reset          the connection is reset                           no           no
hang up        the connection is closed without an answer        no           no
hang up later  the same after the work                           yes          yes
stall          nothing for ``seconds``, then the answer          yes          yes
slow           the answer, drop by drop over ``seconds``         yes          yes
partial        half of the body, then the end                    yes          yes
no body        200 and nothing                                   yes          yes
=============  ================================================  ===========  ========

A text can ask for the same for itself: ``@error TooManyRequestsException``, ``@sleep
0.5``, ``@reset``, ``@stall 3``, ``@tags drop`` and so on; see `commands`.
"""

from __future__ import annotations

import re
import threading
import time
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from amazon_server.languages import BATCH_REGIONS, TEXT_REGIONS
from amazon_server.translation import DAMAGE, Manner

KINDS = (
    "error",
    "garbage",
    "reset",
    "hang up",
    "hang up later",
    "stall",
    "slow",
    "partial",
    "no body",
)
BEFORE_WORK = frozenset(("error", "garbage", "reset", "hang up"))

MESSAGES = {
    "TooManyRequestsException": "Rate exceeded",
    "ThrottlingException": "Rate exceeded",
    "InternalServerException": "An internal server error occurred. Retry your request.",
    "ServiceUnavailableException": "The Amazon Translate service is temporarily"
    " unavailable. Wait a bit and then retry your request.",
    "NotAuthorizedException": "Your account is not authorized to make this call.",
    "ExpiredTokenException": "The security token included in the request is expired",
    "UnrecognizedClientException": "The security token included in the request is"
    " invalid.",
    "InvalidSignatureException": "The request signature we calculated does not match"
    " the signature you provided. Check your AWS Secret Access Key and signing method.",
    "MissingAuthenticationTokenException": "Missing Authentication Token",
}
"""What the service says with errors; others have their name as message."""


@dataclass
class Fault:
    """What happens to some requests; counts its own use."""

    kind: str = "error"
    error: str = "InternalServerException"  # of kind error
    message: str = ""
    status: int | None = None  # HTTP; None: as the model has it
    operation: str | None = None  # None: any
    containing: str = ""  # only requests with this in their text
    times: int | None = 1  # None: without end
    after: int = 0  # so many matching requests are spared first
    every: int = 1  # then one of so many is hit
    for_s: float | None = None  # how long it lasts from now on; None: without end
    seconds: float = 0.0  # how long a stall or a slow answer takes
    headers: Mapping[str, str] = field(default_factory=dict)  # more of the answer's
    members: Mapping[str, Any] = field(default_factory=dict)  # more of the error's
    matched: int = 0
    used: int = 0
    since: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault {self.kind!r}; there are {', '.join(KINDS)}")

    def hits(self, operation: str, text: str) -> bool:
        """Tell whether it happens to a request, and count."""
        if (
            self.operation not in (None, operation)
            or self.containing not in text
            or (self.times is not None and self.used >= self.times)
            or (self.for_s is not None and time.monotonic() - self.since > self.for_s)
        ):
            return False
        number, self.matched = self.matched - self.after, self.matched + 1
        if number < 0 or number % self.every:
            return False
        self.used += 1
        return True


@dataclass
class Behaviour:
    """The settings of a server; all can be changed while it runs."""

    latency_s: float = 0.0
    latency_s_per_kb: float = 0.0  # of text, beside the former
    requests_per_s: float | None = None  # None: no limit
    bytes_per_s: float | None = None  # of text
    burst_s: float = 1.0  # so many seconds' worth can come at once
    limited: tuple[str, ...] = ("TranslateText", "TranslateDocument")
    tags: str = "keep"  # the following four: `Manner`
    one_in: int = 1
    spares_alone: bool = False
    misses_terms: tuple[str, ...] = ()
    text_regions: tuple[str, ...] = tuple(sorted(TEXT_REGIONS))
    batch_regions: tuple[str, ...] = tuple(sorted(BATCH_REGIONS))
    denied: tuple[str, ...] = ()  # operations, or `COMPREHEND`, no policy allows
    obeys_texts: bool = True  # whether `commands` in texts count
    validation_error: str = "ValidationException"  # not in the model; assumed
    access_keys: tuple[str, ...] | None = None  # ids; None: any
    expired_tokens: tuple[str, ...] = ()  # session tokens
    unsupported: tuple[str, ...] = ()  # languages that this server does not have
    submitted_s: float = 30.0  # of the clock: how long a job waits
    running_s: float = 60.0  # how long it then runs
    stopping_s: float = 5.0
    importing_s: float = 30.0  # how long parallel data takes
    deleting_s: float = 5.0
    propagating_s: float = 600.0  # how long a terminology's old content still serves
    failing_documents: Mapping[str, str] = field(default_factory=dict)  # name, reason

    def change(self, **settings: Any) -> None:
        """Change settings; raises `TypeError` and `ValueError` where that is wrong."""
        for name, value in settings.items():
            if name not in self.__dataclass_fields__:
                raise TypeError(f"no setting {name!r}")
            if name == "tags" and value not in DAMAGE:
                raise ValueError(f"no damage {value!r}; there are {', '.join(DAMAGE)}")
            setattr(self, name, value)

    @property
    def manner(self) -> Manner:
        """How texts are translated."""
        return Manner(
            self.tags, self.one_in, self.spares_alone, frozenset(self.misses_terms)
        )


_COMMAND = re.compile(
    rf"(?<!\w)@({'|'.join(sorted(KINDS, reverse=True))}|sleep|tags)\b"
    r"(?: ([A-Za-z]+Exception|[0-9.]*[0-9]|[a-z]+))?"
)


@dataclass(frozen=True)
class Commands:
    """What a text asks for itself."""

    fault: Fault | None = None
    sleep_s: float = 0.0
    tags: str | None = None


def commands(text: str) -> Commands:
    """Read the commands in a text.

    >>> commands("<p>Wait: @sleep 0.5 and @tags drop, not me@error.org.</p>")
    Commands(fault=None, sleep_s=0.5, tags='drop')
    """
    fault, sleep_s, tags = None, 0.0, None
    for name, argument in _COMMAND.findall(text) if "@" in text else ():
        if name == "sleep":
            sleep_s = float(argument) if argument[:1].isdigit() else 0.0
        elif name == "tags":
            known = (each for each in DAMAGE if each.startswith(argument or " "))
            tags = next(known, None)
        elif name == "error":
            is_named = argument.endswith("Exception")
            fault = Fault(error=argument if is_named else Fault.error)
        else:
            fault = Fault(
                name, seconds=float(argument) if argument[:1].isdigit() else 0
            )
    return Commands(fault, sleep_s, tags)


class Limiter:
    """Lets so much through per second, and a burst; what is refused costs nothing."""

    def __init__(self, rate: float, burst: float):
        self.rate = rate
        self.burst = burst
        self.level = burst
        self.at = time.monotonic()

    def _fill(self) -> None:
        now = time.monotonic()
        self.level = min(self.burst, self.level + (now - self.at) * self.rate)
        self.at = now

    def has(self, amount: float) -> bool:
        """Tell whether there is so much, or as much as there can be at all."""
        self._fill()
        return self.level >= min(amount, self.burst)

    def take(self, amount: float) -> None:
        """Take it; more than the burst leaves a debt."""
        self.level -= amount


class Clock:
    """The time of jobs, which tests move; it runs with the real time beside."""

    def __init__(self, per_call_s: float = 0.0):
        self.per_call_s = per_call_s
        self._ahead_s = 0.0

    def now(self) -> float:
        """Return seconds since 1970."""
        return time.time() + self._ahead_s

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._ahead_s += seconds


@dataclass(frozen=True)
class Request:
    """What is remembered of one request."""

    at_s: float  # when it came, since the ledger began
    took_s: float
    operation: str
    status: int  # 0: no answer
    error: str  # empty: none
    bytes: int = 0  # of text, UTF-8
    characters: int = 0  # of text, with its tags
    billed: int = 0  # characters
    source: str = ""  # language code
    target: str = ""  # the same; of a job, joined by commas
    text: str = ""


class Ledger:
    """Every request, and what is counted over them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self.began = time.monotonic()
            self.requests: list[Request] = []
            self.batch_characters = 0  # billed for jobs when they are complete
            self.mistakes: deque[str] = deque(maxlen=100)  # of the server itself
            self.running = 0
            self.peak = 0  # requests at the same time
            self.connections = 0

    def begin(self) -> float:
        """Count a request that runs and return its time."""
        with self._lock:
            self.running += 1
            self.peak = max(self.peak, self.running)
        return time.monotonic() - self.began

    def add(self, request: Request) -> None:
        """Remember a request."""
        with self._lock:
            self.requests.append(request)

    def leave(self) -> None:
        """Count a request that no longer runs."""
        with self._lock:
            self.running = max(0, self.running - 1)

    def of(self, *operations: str) -> list[Request]:
        """Return the requests for some operations, all of them without any."""
        return [
            each
            for each in list(self.requests)
            if not operations or each.operation in operations
        ]

    def answered(self, *operations: str) -> list[Request]:
        """Return those that were answered with what they asked for."""
        return [each for each in self.of(*operations) if each.status == 200]

    def throttled(self, *operations: str) -> list[Request]:
        """Return those that came too fast."""
        return [each for each in self.of(*operations) if each.status == 429]

    @property
    def billed_characters(self) -> int:
        """What the account pays for."""
        return self.batch_characters + sum(each.billed for each in self.of())

    def per_second(self, *operations: str) -> dict[int, int]:
        """Return how many requests came in each second since the ledger began."""
        return dict(Counter(int(each.at_s) for each in self.of(*operations)))

    def rate(self, *operations: str) -> float:
        """Return answers per second, from the first request to the last answer."""
        done = self.answered(*operations)
        if not done:
            return 0.0
        start = min(each.at_s for each in self.of(*operations))
        end = max(each.at_s + each.took_s for each in done)
        return len(done) / max(end - start, 1e-9)

    def report(self) -> dict[str, Any]:
        """Return all of it as plain data."""
        requests = self.of()
        return {
            "requests": [asdict(each) for each in requests],
            "operations": dict(Counter(each.operation for each in requests)),
            "statuses": {
                str(status): count
                for status, count in Counter(each.status for each in requests).items()
            },
            "billed_characters": self.billed_characters,
            "peak": self.peak,
            "connections": self.connections,
            "per_second": {str(s): n for s, n in self.per_second().items()},
            "rate": self.rate(),
            "mistakes": list(self.mistakes),
        }
