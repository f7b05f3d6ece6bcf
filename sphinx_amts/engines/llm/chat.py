"""One request to a language model by OpenAI's protocol: rules and a message, a text.

What goes wrong comes back as `sphinx_amts.aws.errors.Trouble`, so that one dispatch
serves all. No answer's text is passed on but a short reason, without any secret.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from sphinx_amts.aws.errors import Fault, Trouble
from sphinx_amts.engines.llm import wire
from sphinx_amts.engines.llm.address import Address
from sphinx_amts.errors import EngineUnavailable, SegmentError

if TYPE_CHECKING:
    import httpx

MAX_REASON = 200  # characters of what a server says that are shown
ENDED = ("stop", "end_turn", "stop_sequence")
"""What a model says when it came to its end by itself, in either protocol."""
_THROTTLED = 429
_PASSING = (408, 425, 500, 502, 503, 504, 529)
_NO_ACCESS = (401, 403)
_NOT_THERE = (404, 405)


class Chat(Protocol):
    """Makes calls; may be shared by threads."""

    def say(self, rules: str, message: str) -> str | Trouble:
        """Return what the model answers, or why it does not."""

    def close(self) -> None:
        """Make no more calls."""


def broken(reason: str) -> Trouble:
    """Return the trouble that a model did not end its answer: another text may do."""
    error = SegmentError(reason)
    return Trouble("Answer", Fault.TEXT, error, is_costly=True, may_be_paid=True)


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

    def close(self) -> None:
        """Close the connections."""
        self.client.close()

    def say(self, rules: str, message: str) -> str | Trouble:
        """Return what the model answers, or why it does not."""
        messages = [
            {"role": "system", "content": rules},
            {"role": "user", "content": message},
        ]
        body = json.dumps({**self.body, "messages": messages}).encode()
        try:
            with self.client.stream(
                "POST", self.address.url, content=body, headers=self._headers()
            ) as response:
                data = wire.read(response)
        except Exception as error:
            return wire.trouble_of(error, self.address, self.timeout_s)
        if not response.is_success:
            return self._refused(response.status_code, response.headers, data)
        found = self._read(data)
        if isinstance(found, str) and self.address.is_betrayed_by(found):
            return broken("the answer has the key in it")
        return found

    def _headers(self) -> dict[str, str]:
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",  # nothing that grows while it is read
            "Content-Type": "application/json",
        }
        if self.address.authorization:
            headers["Authorization"] = self.address.authorization
        return headers

    def _read(self, data: bytes) -> str | Trouble:
        try:
            choice = json.loads(data)["choices"][0]
            message = choice["message"]
            text, refusal = message.get("content"), message.get("refusal")
            reason = choice.get("finish_reason") or ENDED[0]
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            said = f"{self.address} does not answer as OpenAI's would."
            error = EngineUnavailable(said)
            return Trouble("Form", Fault.PASSING, error, 2, may_be_paid=True)
        if refusal or not isinstance(text, str):
            return broken("the model refuses")
        return text if reason in ENDED else stopped(reason)

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
            values = json.loads(data)
            found = values.get("error", values)
            text = found.get("message") if isinstance(found, dict) else found
        except (ValueError, AttributeError, RecursionError):
            return ""
        if not isinstance(text, str) or not text.isprintable():
            return ""
        return f": {self.address.hide(text)[:MAX_REASON].rstrip('. ')}"
