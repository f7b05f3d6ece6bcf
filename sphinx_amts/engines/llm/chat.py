"""One request to a language model by OpenAI's protocol: rules and a message, a text.

What goes wrong comes back as `sphinx_amts.aws.errors.Trouble`, so that one dispatch
serves all. No answer's text is passed on but a short reason, without any secret.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from sphinx_amts.aws.errors import Fault, Trouble
from sphinx_amts.engines.llm import wire
from sphinx_amts.engines.llm.address import Address
from sphinx_amts.engines.llm.doubts import REPEATS
from sphinx_amts.engines.llm.form import Form
from sphinx_amts.engines.llm.loops import ENDLESS, is_endless
from sphinx_amts.engines.llm.stream import EVENTS, Draft, FormError
from sphinx_amts.errors import EngineUnavailable, SegmentError
from sphinx_amts.files import read_json

if TYPE_CHECKING:
    import httpx

Json = dict[str, Any]

MAX_REASON = 200  # characters of what a server says that are shown
ENDED = ("stop", "end_turn", "stop_sequence")
"""What a model says when it came to its end by itself, in either protocol."""
CUT = ("length", "max_tokens")
"""What it says when the answer was longer than it may be."""
IS_CUT = "the answer was cut"
STREAM = "stream"
"""The part of the protocol by which an answer comes piece by piece."""
SCHEMA = "schema"
"""The part by which an answer can only have the form that is asked for."""
NAME = "translations"  # of the form
LONGEST = 10
"""How long one answer may take at the most, in time limits between two bytes."""
_OF_FORM = ("HTTP 400", "HTTP 415", "HTTP 422", "HTTP 501")
"""Refusals that may be for the form of a request, not for its texts."""
_THROTTLED = 429
_PASSING = (408, 425, 500, 502, 503, 504, 529)
_NO_ACCESS = (401, 403)
_NOT_THERE = (404, 405)


@dataclass(frozen=True)
class Said:
    """What a model answers."""

    text: str
    seconds: float  # that the writing took
    trouble: Trouble | None = None  # what ended it too early; of use is what came first


class Chat(Protocol):
    """Makes calls; may be shared by threads."""

    def say(self, rules: str, message: str, schema: Json) -> Said | Trouble:
        """Return what the model answers, or why it does not.

        ``schema`` is the JSON schema of the answer, for who can use it.
        """

    def close(self) -> None:
        """Make no more calls."""


def broken(reason: str) -> Trouble:
    """Return the trouble that a model did not end its answer: another text may do."""
    return Trouble(
        "Answer",
        Fault.TEXT,
        SegmentError(reason),
        is_costly=True,
        may_be_paid=True,
        is_broken=True,
    )


def stopped(reason: object) -> Trouble:
    """Return the trouble that a model stopped before its end."""
    name = str(reason)
    shown = name if name.isascii() and name.replace("_", "").isalnum() else "no reason"
    return broken(f"the model stopped: {shown[:MAX_REASON]}")


@dataclass(frozen=True)
class OpenAIChat:
    """An endpoint with OpenAI's protocol."""

    client: httpx.Client = field(repr=False)
    address: Address
    body: Mapping[str, Any] = field(repr=False)
    key_variable: str
    timeout_s: float
    form: Form = field(repr=False)

    def close(self) -> None:
        """Close the connections."""
        self.client.close()

    def say(self, rules: str, message: str, schema: Json) -> Said | Trouble:
        """Return what the model answers, or why it does not."""
        messages = [
            {"role": "system", "content": rules},
            {"role": "user", "content": message},
        ]
        found: Said | Trouble = broken("")
        for parts in self.form.tries():
            body: Json = {STREAM: True} if STREAM in parts else {}
            if SCHEMA in parts:
                body["response_format"] = {
                    "type": "json_schema",
                    "json_schema": {"name": NAME, "strict": True, "schema": schema},
                }
            found = self._ask({**body, **self.body, "messages": messages}, message)
            if not isinstance(found, Trouble) or found.name not in _OF_FORM:
                break
        if isinstance(found, Trouble):
            return found
        self.form.learn(parts)
        if self.address.is_betrayed_by(found.text):
            return broken("the answer has the key in it")
        return found

    def _ask(self, body: Json, message: str) -> Said | Trouble:
        draft = Draft()
        try:
            with self.client.stream(
                "POST",
                self.address.url,
                content=json.dumps(body).encode(),
                headers=self._headers(),
            ) as response:
                if not response.is_success:
                    status, data = response.status_code, wire.read(response)
                    return self._refused(status, response.headers, data)
                if not self._receive(response, draft, message):
                    return Said(draft.text, draft.seconds, broken(REPEATS))
        except FormError:
            said = f"{self.address} does not answer as OpenAI's would."
            trouble = Trouble(
                "Form", Fault.PASSING, EngineUnavailable(said), 2, may_be_paid=True
            )
        except Exception as error:
            trouble = wire.trouble_of(error, self.address, self.timeout_s)
        else:
            return self._read(draft)
        return Said(draft.text, draft.seconds, trouble) if draft.text else trouble

    def _receive(self, response: httpx.Response, draft: Draft, message: str) -> bool:
        """Take in an answer for as long as it comes; False where it has no end."""
        if EVENTS not in response.headers.get("Content-Type", ""):
            draft.take_whole(wire.read(response))
            return True
        end_s = time.monotonic() + LONGEST * self.timeout_s
        looked_at = 0
        for _ in draft.take_events(wire.chunks(response)):
            if time.monotonic() > end_s:
                raise TimeoutError
            if draft.length > looked_at + ENDLESS:
                looked_at = draft.length
                if is_endless(draft.text, message):
                    return False
        return True

    def _headers(self) -> dict[str, str]:
        headers = {
            "Accept": f"{EVENTS}, application/json",
            "Accept-Encoding": "identity",  # nothing that grows while it is read
            "Content-Type": "application/json",
        }
        if self.address.authorization:
            headers["Authorization"] = self.address.authorization
        return headers

    def _read(self, draft: Draft) -> Said | Trouble:
        text, reason = draft.text, draft.reason
        if draft.refuses:
            return broken("the model refuses")
        if reason in ENDED:
            return Said(text, draft.seconds)
        if reason is None or reason in CUT:
            return Said(text, draft.seconds, broken(IS_CUT))
        return stopped(reason)

    def _refused(self, status: int, headers: Mapping[str, str], data: bytes) -> Trouble:
        name = f"HTTP {status}"
        wait_s = wire.retry_after_s(headers)
        if status == _THROTTLED:
            said = f"{self.address} is asked too often. Lower requests_per_second in"
            error = EngineUnavailable(f"{said} amts_engine_options.")
            return Trouble(name, Fault.THROTTLED, error, retry_after_s=wait_s)
        if status in _PASSING:
            error = EngineUnavailable(f"{self.address} has a fault [{name}].")
            return Trouble(
                name, Fault.PASSING, error, wire.ATTEMPTS, retry_after_s=wait_s
            )
        if status in _NO_ACCESS:
            said = f"{self.address} does not accept the key. Set the environment"
            error = EngineUnavailable(f"{said} variable {self.key_variable} [{name}].")
            return Trouble(name, Fault.FINAL, error)
        reason = self._reason(data)
        if 300 <= status < 400 or status in _NOT_THERE:
            said = f"{self.address} is not there{reason}. Check 'url' and 'model' in"
            error = EngineUnavailable(f"{said} amts_engine_options [{name}].")
            return Trouble(name, Fault.FINAL, error)
        refused = SegmentError(f"{self.address} refuses{reason} [{name}].")
        return Trouble(name, Fault.TEXT, refused)

    def _reason(self, data: bytes) -> str:
        """Return what a server says, in short and without any secret."""
        try:
            values = read_json(data)
            found = values.get("error", values)
            text = found.get("message") if isinstance(found, dict) else found
        except (ValueError, AttributeError):
            return ""
        if not isinstance(text, str) or not text.isprintable():
            return ""
        return f": {self.address.hide(text)[:MAX_REASON].rstrip('. ')}"
