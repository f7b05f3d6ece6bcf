"""One request to a language model, by either protocol: rules and a message, a text.

What goes wrong comes back as `sphinx_amts.aws.errors.Trouble`, so that one dispatch
serves all. No answer's text is passed on but a short reason, without the key.
"""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException
from typing import Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from sphinx_amts.aws.errors import Access, Fault, IncompleteAnswer, Trouble, trouble_of
from sphinx_amts.errors import EngineUnavailable, SegmentError

MAX_ANSWER = 4_000_000
"""Bytes of an answer that are read; a whole one has some thousand."""
MAX_REASON = 200  # characters of what a server says that are shown
ATTEMPTS = 6  # calls for one request, while others are answered
ENDED = ("stop", "end_turn")
"""What a model says when it came to its end by itself, in either protocol."""
IAM_ACTION = "bedrock:InvokeModel"
"""What an identity must be allowed for Converse."""


class Chat(Protocol):
    """Makes one call; may be shared by threads."""

    def say(self, rules: str, message: str) -> str | Trouble:
        """Return what the model answers, or why it does not."""


def broken(reason: str) -> Trouble:
    """Return the trouble that a model did not end its answer: another text may do."""
    error = SegmentError(reason)
    return Trouble("Answer", Fault.TEXT, error, is_costly=True, may_be_paid=True)


class _NoRedirect(HTTPRedirectHandler):
    """A key must not go where a server points to."""

    def redirect_request(self, *_arguments: Any) -> None:
        return None


@dataclass(frozen=True)
class OpenAIChat:
    """An endpoint with OpenAI's protocol."""

    url: str
    body: Mapping[str, Any]
    key: str
    key_variable: str
    timeout_s: float

    def __repr__(self) -> str:  # the key is for no log
        return f"OpenAIChat({self.url!r})"

    def say(self, rules: str, message: str) -> str | Trouble:
        """Return what the model answers, or why it does not."""
        messages = [
            {"role": "system", "content": rules},
            {"role": "user", "content": message},
        ]
        body = json.dumps({**self.body, "messages": messages}).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        request = Request(self.url, body, headers, method="POST")
        opener = build_opener(_NoRedirect)
        try:
            with opener.open(request, timeout=self.timeout_s) as answer:
                data = answer.read(MAX_ANSWER + 1)
        except HTTPError as error:
            with error:
                return self._refused(error)
        except (OSError, HTTPException) as error:
            return self._unanswered(error)
        return self._read(data)

    def _read(self, data: bytes) -> str | Trouble:
        try:
            choice = json.loads(data)["choices"][0]
            message = choice["message"]
            text, refusal = message.get("content"), message.get("refusal")
            reason = choice.get("finish_reason") or ENDED[0]
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            error = EngineUnavailable(f"{self.url} does not answer as OpenAI's would.")
            return Trouble("Form", Fault.PASSING, error, 2, may_be_paid=True)
        if refusal or not isinstance(text, str):
            return broken("the model refuses")
        if reason not in ENDED:
            return broken(f"the model stopped: {str(reason)[:MAX_REASON]}")
        return text

    def _refused(self, error: HTTPError) -> Trouble:
        status = error.code
        name = f"HTTP {status}"
        if status == 429:
            wait_s = _seconds(error.headers)
            said = EngineUnavailable(
                f"{self.url} is asked too often. Lower requests_per_second in"
                " amts_engine_options."
            )
            return Trouble(name, Fault.THROTTLED, said, retry_after_s=wait_s)
        if status in (408, 425, 500, 502, 503, 504, 529):
            said = EngineUnavailable(f"{self.url} has a fault [{name}].")
            wait_s = _seconds(error.headers)
            return Trouble(name, Fault.PASSING, said, ATTEMPTS, retry_after_s=wait_s)
        if status in (401, 403):
            said = EngineUnavailable(
                f"{self.url} does not accept the key. Set the environment variable"
                f" {self.key_variable} [{name}]."
            )
            return Trouble(name, Fault.FINAL, said)
        if 300 <= status < 400 or status in (404, 405):
            said = EngineUnavailable(
                f"{self.url} is not there{self._reason(error)}. Check 'url' and"
                f" 'model' in amts_engine_options [{name}]."
            )
            return Trouble(name, Fault.FINAL, said)
        refused = SegmentError(f"{self.url} refuses{self._reason(error)} [{name}].")
        return Trouble(name, Fault.TEXT, refused)

    def _reason(self, error: HTTPError) -> str:
        """Return what a server says, in short and without the key."""
        try:
            values = json.loads(error.read(MAX_ANSWER))
            found = values.get("error", values)
            text = found.get("message") if isinstance(found, dict) else found
        except (ValueError, OSError, HTTPException, AttributeError, RecursionError):
            return ""
        if not isinstance(text, str) or not text.isprintable():
            return ""
        shown = text.replace(self.key, "…") if self.key else text
        return f": {shown[:MAX_REASON].rstrip('. ')}"

    def _unanswered(self, error: Exception) -> Trouble:
        reason = error.reason if isinstance(error, URLError) else error
        if isinstance(reason, socket.timeout | TimeoutError):
            said = (
                f"{self.url} does not answer in {self.timeout_s:g} s. Raise timeout_s"
            )
            said += " in amts_engine_options if the model is slow."
            return _passing(reason, said, attempts=2, may_be_paid=True)
        if isinstance(reason, ssl.SSLError):
            error = EngineUnavailable(f"the connection to {self.url} is not trusted.")
            return Trouble(type(reason).__name__, Fault.FINAL, error)
        if isinstance(error, URLError):
            said = f"{self.url} cannot be reached. Is the server running?"
            unreached = EngineUnavailable(said)
            return Trouble(
                type(reason).__name__, Fault.UNREACHABLE, unreached, ATTEMPTS
            )
        return _passing(
            error, f"the connection to {self.url} breaks.", may_be_paid=True
        )


def _passing(
    reason: object, said: str, *, attempts: int = ATTEMPTS, may_be_paid: bool
) -> Trouble:
    return Trouble(
        type(reason).__name__,
        Fault.PASSING,
        EngineUnavailable(said),
        attempts,
        is_costly=may_be_paid,
        may_be_paid=may_be_paid,
    )


def _seconds(headers: Message) -> float:
    """Return for how long a server does not want to be asked; 0 if it does not say."""
    try:
        return min(max(float(headers.get("Retry-After", "0")), 0.0), 30.0)
    except ValueError:
        return 0.0


@dataclass(frozen=True)
class ConverseChat:
    """A model of Amazon Bedrock."""

    client: Any
    model: str
    inference: Mapping[str, Any]
    profile: str | None

    def say(self, rules: str, message: str) -> str | Trouble:
        """Return what the model answers, or why it does not."""
        try:
            answer = self.client.converse(
                modelId=self.model,
                system=[{"text": rules}],
                messages=[{"role": "user", "content": [{"text": message}]}],
                inferenceConfig=dict(self.inference),
            )
            reason = answer["stopReason"]
            content = answer["output"]["message"]["content"]
            # A model may think first, in a block without text.
            text = "".join(block.get("text", "") for block in content)
        except (LookupError, TypeError, AttributeError):
            return self._trouble(IncompleteAnswer())
        except Exception as error:
            return self._trouble(error)
        if reason not in (*ENDED, "stop_sequence"):
            return broken(f"the model stopped: {str(reason)[:MAX_REASON]}")
        return text

    def _trouble(self, error: Exception) -> Trouble:
        access = Access(self.client.meta.region_name, self.profile)
        return trouble_of(error, IAM_ACTION, access)
