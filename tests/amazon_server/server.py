"""The server: HTTP, who may call, limits, faults, and the book of what came.

In the process of a test::

    with AmazonServer() as server:
        server.behaviour.change(latency_s=0.1, requests_per_s=40)
        server.inject(error="TooManyRequestsException", times=3)
        ...
        server.ledger.answered("TranslateText")

In a process of its own, where its work is not to slow the client's::

    with running("amazon_server") as url:
        server = Remote(url)
        server.change(latency_s=0.1)
        server.report()["rate"]

The same commands go by HTTP: ``POST /test/<command>`` with arguments in JSON; see
`Remote`.
"""

from __future__ import annotations

import json
import os
import re
import socket
import struct
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.request import ProxyHandler, build_opener
from urllib.request import Request as HTTPRequest
from uuid import uuid4

from amazon_server import model, wire
from amazon_server.behaviour import (
    BEFORE_WORK,
    MESSAGES,
    Behaviour,
    Clock,
    Commands,
    Fault,
    Ledger,
    Limiter,
    Request,
    commands,
)
from amazon_server.service import Call, Service, ServiceError, denial
from amazon_server.state import Account
from amazon_server.storage import Storage, StorageError

_CREDENTIAL = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/"
)
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close at once, without a farewell
_DROPS = 10  # parts of a slow answer
_GARBAGE = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
_LOCAL = build_opener(ProxyHandler({}))  # no proxy between us and ourselves
_UNLOCKED = ("TranslateText", "TranslateDocument", "ListLanguages")


@dataclass
class Answer:
    """What goes back, and what is remembered of it."""

    status: int
    body: bytes
    content_type: str
    headers: dict[str, str] = field(default_factory=dict)
    error: str = ""
    billed: int = 0
    fault: Fault | None = None


@dataclass(frozen=True)
class Incoming:
    """A request that was read so far as to know what it is."""

    form: wire.Protocol
    operation: str
    headers: Mapping[str, str]
    members: Mapping[str, Any]
    text: str

    @property
    def size(self) -> int:
        """Bytes of its text."""
        return len(self.text.encode(errors="replace"))


class AmazonServer:
    """A server on the loopback interface, in threads of this process."""

    def __init__(self, s3_endpoint: str | None = None, port: int = 0):
        self.behaviour = Behaviour()
        self.ledger = Ledger()
        self.clock = Clock()
        self.faults: list[Fault] = []
        self.s3_endpoint = s3_endpoint
        self.service = Service(self.behaviour, self.ledger)
        self.accounts: dict[str, Account] = {}
        self.closing = threading.Event()
        self._lock = threading.RLock()  # of what there is
        self._gate = threading.Lock()  # of limits and faults
        self._limiters: dict[str, tuple[tuple[float, float], Limiter]] = {}
        self._storage: Storage | None = None
        self._http = _HTTPServer(("127.0.0.1", port), self)
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> AmazonServer:
        model.service()  # read before the first request, not in it
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.close_connections()
        self._http.server_close()
        self._thread.join(timeout=5)
        if self._storage:
            self._storage.close()

    def environment(self, region: str = "us-east-1") -> dict[str, str]:
        """Return the variables with which an unmodified boto3 comes here."""
        return environment(self.url, self.s3_endpoint, region)

    # Commands, also by HTTP

    def change(self, **settings: Any) -> None:
        """Change the behaviour."""
        self.behaviour.change(**settings)

    def inject(self, kind: str = "error", **settings: Any) -> Fault:
        """Let a fault happen to requests to come."""
        fault = Fault(kind, **settings)
        self.faults.append(fault)
        return fault

    def calm(self) -> None:
        """End all faults."""
        self.faults.clear()

    def advance(self, seconds: float, per_call_s: float = 0.0) -> None:
        """Let the time of jobs pass, now and with each call from now on."""
        self.clock.per_call_s = per_call_s
        self.clock.advance(seconds)
        with self._lock:
            for account in self.accounts.values():
                account.tick()

    def forget(self) -> None:
        """Begin the ledger anew."""
        self.ledger.forget()

    def report(self) -> dict[str, Any]:
        """Return the ledger as plain data."""
        return self.ledger.report()

    def account(self, region: str = "us-east-1") -> Account:
        """Return what there is in a region."""
        with self._lock:
            if region not in self.accounts:
                self.accounts[region] = Account(
                    region, self.behaviour, self.clock, self.storage, self._bill
                )
            return self.accounts[region]

    def storage(self) -> Storage:
        """Return S3; raises `StorageError` where there is none."""
        with self._lock:
            if self.s3_endpoint is None:
                raise StorageError("this server was started without S3")
            if self._storage is None:
                self._storage = Storage(self.s3_endpoint)
            return self._storage

    def _bill(self, characters: int) -> None:
        self.ledger.batch_characters += characters

    # One request

    def answer(self, request: Incoming) -> Answer:
        """Answer a request: door, limits, faults, then the work."""
        form = request.form
        try:
            region = self._admit(request)
            self._limit(request)
            asked = commands(request.text if self.behaviour.obeys_texts else "")
            fault = self._fault(request) or asked.fault
            if fault and fault.kind in BEFORE_WORK:
                return _faulty(form, fault)
            self.closing.wait(asked.sleep_s + self._latency_s(request))
            return self._work(request, region, asked, fault)
        except ServiceError as error:
            return failed(form, error.code, str(error), error.members)
        except StorageError as error:
            return failed(form, "InvalidRequestException", str(error), {})

    def _latency_s(self, request: Incoming) -> float:
        settings = self.behaviour
        return settings.latency_s + settings.latency_s_per_kb * request.size / 1000

    def _work(
        self,
        request: Incoming,
        region: str,
        asked: Commands,
        fault: Fault | None,
    ) -> Answer:
        operation, form = request.operation, request.form
        account = self.account(region)
        call = Call(account, self.url, asked)
        if operation in _UNLOCKED:
            members = self.service.call(call, operation, request.members)
        else:
            with self._lock:
                self.clock.advance(self.clock.per_call_s)
                account.tick()
                members = self.service.call(call, operation, request.members)
        shape = model.operation(operation).output_shape
        body = wire.dump(form, shape, members) if shape else b""
        billed = len(request.text)
        if members.get("SourceLanguageCode") == members.get("TargetLanguageCode"):
            billed = 0  # also for operations without text
        headers = dict(fault.headers) if fault else {}
        return Answer(200, body, form.content_type, headers, billed=billed, fault=fault)

    def _admit(self, request: Incoming) -> str:
        """Return the region that the request was signed for."""
        settings, operation = self.behaviour, request.operation
        signed = _CREDENTIAL.match(request.headers.get("authorization", ""))
        if not signed:
            raise ServiceError("MissingAuthenticationTokenException")
        key, _date, region, service = signed.groups()
        if service != "translate":
            raise ServiceError("InvalidSignatureException")
        if settings.access_keys is not None and key not in settings.access_keys:
            raise ServiceError("UnrecognizedClientException")
        if request.headers.get("x-amz-security-token") in settings.expired_tokens:
            raise ServiceError("ExpiredTokenException")
        is_batch = "Job" in operation or "ParallelData" in operation
        regions = settings.batch_regions if is_batch else settings.text_regions
        if region not in regions:
            raise ServiceError("NotAuthorizedException")
        if operation in settings.denied:
            message = denial(f"translate:{operation}")
            raise ServiceError("AccessDeniedException", message)
        if not self.service.serves(operation):
            raise ServiceError(
                "UnknownOperationException", f"There is no operation {operation!r}."
            )
        return region

    def _limit(self, request: Incoming) -> None:
        settings = self.behaviour
        if request.operation not in settings.limited:
            return
        with self._gate:
            wanted = [
                (self._limiter("requests", settings.requests_per_s), 1),
                (self._limiter("bytes", settings.bytes_per_s), request.size),
            ]
            limits = [(limiter, much) for limiter, much in wanted if limiter]
            if not all(limiter.has(much) for limiter, much in limits):
                raise ServiceError("TooManyRequestsException")
            for limiter, much in limits:
                limiter.take(much)

    def _limiter(self, name: str, rate: float | None) -> Limiter | None:
        """Return the limiter of a rate, a new one when the settings have changed."""
        if rate is None:
            return None
        wanted = (rate, max(1.0, rate * self.behaviour.burst_s))
        if name not in self._limiters or self._limiters[name][0] != wanted:
            self._limiters[name] = (wanted, Limiter(*wanted))
        return self._limiters[name][1]

    def _fault(self, request: Incoming) -> Fault | None:
        with self._gate:
            hit = (f for f in self.faults if f.hits(request.operation, request.text))
            return next(hit, None)


def failed(
    form: wire.Protocol,
    code: str,
    message: str,
    members: Mapping[str, Any],
    status: int | None = None,
) -> Answer:
    """Return an error as the service writes it."""
    known = model.errors()[code].members if code in model.errors() else ()
    # One error has its message under another name than the others.
    name = next((each for each in known if each.lower() == "message"), "message")
    return Answer(
        status or model.status(code),
        wire.dump_error(form, code, {name: message, **members}),
        form.content_type,
        error=code,
    )


def _faulty(form: wire.Protocol, fault: Fault) -> Answer:
    if fault.kind == "garbage":
        return Answer(502, _GARBAGE, "text/html", dict(fault.headers), "garbage")
    if fault.kind != "error":
        return Answer(0, b"", form.content_type, {}, fault.kind, fault=fault)
    message = fault.message or MESSAGES.get(fault.error, fault.error)
    made = failed(form, fault.error, message, fault.members, fault.status)
    made.headers.update(fault.headers)
    return made


class _HTTPServer(ThreadingHTTPServer):
    """Takes many connections at once and can close them."""

    request_queue_size = 256  # the default of 5 drops bursts
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], server: AmazonServer):
        self.amazon = server
        self._sockets: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._sockets.add(request)
            self.amazon.ledger.connections += 1
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._sockets.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        with self._guard:
            for each in self._sockets:
                try:
                    each.shutdown(socket.SHUT_RDWR)
                except OSError:  # it has gone
                    continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exc_info()[1]
        if not isinstance(error, ConnectionError | TimeoutError):
            self.amazon.ledger.mistakes.append(f"{type(error).__name__}: {error}")


class _Handler(BaseHTTPRequestHandler):
    """Reads requests of one connection and writes each answer in one go."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 120  # s, until a silent connection is given up
    server: _HTTPServer

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Give files and the ledger."""
        amazon = self.server.amazon
        name = self.path.rpartition("/")[2]
        if self.path == "/test/report":
            self._write(_json(amazon.report()))
        elif self.path.startswith("/files/") and name in amazon.service.files:
            content = amazon.service.files[name]
            self._write(Answer(200, content, "application/octet-stream"))
        else:
            self._write(Answer(404, b"", "text/plain"))

    def do_POST(self) -> None:
        """Answer an operation or do as a test says."""
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if self.path.startswith("/test/"):
            self._write(_command(self.server.amazon, self.path[6:], body))
        else:
            self._operation(body)

    def _operation(self, body: bytes) -> None:
        amazon = self.server.amazon
        ledger = amazon.ledger
        at_s = ledger.begin()
        request, answer = None, Answer(500, b"", "text/plain", error="mistake")
        try:
            request, answer = self._answer(body)
        finally:
            # Before it is sent: who has the answer finds it in the ledger.
            ledger.add(_entry(request, answer, at_s, time.monotonic() - ledger.began))
            lasts = answer.fault is not None and answer.fault.seconds > 0
            if not lasts:
                ledger.leave()
        try:
            self._send(answer)
        finally:
            if lasts:
                ledger.leave()

    def _answer(self, body: bytes) -> tuple[Incoming | None, Answer]:
        amazon, request = self.server.amazon, None
        headers = {name.lower(): text for name, text in self.headers.items()}
        form, operation = wire.protocol(self.path, headers)
        try:
            request = incoming(form, operation, headers, body)
            answer = amazon.answer(request)
        except wire.WireError as error:
            answer = failed(form, "SerializationException", str(error), {})
        except Exception as error:
            mistake = f"{operation}: {type(error).__name__}: {error}"
            amazon.ledger.mistakes.append(mistake)
            answer = failed(form, "InternalServerException", mistake, {})
        answer.headers.update(form.headers)
        return request, answer

    def _send(self, answer: Answer) -> None:
        """Write the answer, or what a fault leaves of it."""
        fault = answer.fault
        kind = fault.kind if fault else ""
        if kind == "reset":
            self._reset()
        elif kind in ("hang up", "hang up later"):
            self.close_connection = True
        elif kind == "partial":
            self.close_connection = True
            data = self._bytes(answer)
            self.wfile.write(data[: len(data) - len(answer.body) // 2 - 1])
        elif kind == "slow" and fault:
            self._drip(self._bytes(answer), fault.seconds)
        else:
            if kind == "stall" and fault:
                self.server.amazon.closing.wait(fault.seconds)
            if kind == "no body":
                answer.body = b""
            self._write(answer)

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        os.close(self.connection.detach())
        self.close_connection = True

    def _drip(self, data: bytes, seconds: float) -> None:
        size = -(-len(data) // _DROPS)
        for start in range(0, len(data), size):
            self.wfile.write(data[start : start + size])
            if self.server.amazon.closing.wait(seconds / _DROPS):
                return

    def _bytes(self, answer: Answer) -> bytes:
        reason = self.responses.get(answer.status, ("",))[0]
        headers = {
            "Content-Type": answer.content_type,
            "Content-Length": str(len(answer.body)),
            "x-amzn-RequestId": str(uuid4()),
            **answer.headers,
        }
        lines = [f"HTTP/1.1 {answer.status} {reason}"]
        lines += [f"{name}: {text}" for name, text in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + answer.body

    def _write(self, answer: Answer) -> None:
        self.wfile.write(self._bytes(answer))


def incoming(
    form: wire.Protocol, operation: str, headers: Mapping[str, str], body: bytes
) -> Incoming:
    """Read a request; raises `WireError`."""
    known = operation in model.service().operation_names
    shape = model.operation(operation).input_shape if known else None
    members = wire.load(form, shape, body) if known else {}
    if not isinstance(members, dict):
        raise wire.WireError(f"{type(members).__name__} in place of members")
    text = members.get("Text", "")
    if operation == "TranslateDocument":
        document = members.get("Document")
        content = document.get("Content") if isinstance(document, dict) else None
        text = content.decode(errors="replace") if isinstance(content, bytes) else ""
    return Incoming(
        form, operation, headers, members, text if isinstance(text, str) else ""
    )


def _entry(
    request: Incoming | None, answer: Answer, at_s: float, now_s: float
) -> Request:
    members = request.members if request else {}
    targets = members.get("TargetLanguageCodes")
    target = ",".join(map(str, targets)) if isinstance(targets, list) else None
    return Request(
        at_s=at_s,
        took_s=now_s - at_s,
        operation=request.operation if request else "",
        status=answer.status,
        error=answer.error,
        bytes=request.size if request else 0,
        characters=len(request.text) if request else 0,
        billed=answer.billed,
        source=str(members.get("SourceLanguageCode", "")),
        target=target or str(members.get("TargetLanguageCode", "")),
        text=request.text if request else "",
    )


# Control from another process

_COMMANDS = ("change", "inject", "calm", "advance", "forget", "report")


def _json(value: Any) -> Answer:
    return Answer(200, json.dumps(value).encode(), "application/json")


def _command(server: AmazonServer, name: str, body: bytes) -> Answer:
    if name not in _COMMANDS:
        return Answer(404, name.encode(), "text/plain")
    try:
        done = getattr(server, name)(**json.loads(body or b"{}"))
    except (TypeError, ValueError) as error:
        return Answer(400, str(error).encode(), "text/plain")
    return _json(done if isinstance(done, dict) else None)


class Remote:
    """A server in another process: the commands of `AmazonServer` by HTTP."""

    def __init__(self, url: str, s3_endpoint: str | None = None):
        self.url = url
        self.s3_endpoint = s3_endpoint

    def environment(self, region: str = "us-east-1") -> dict[str, str]:
        """Return the variables with which an unmodified boto3 comes there."""
        return environment(self.url, self.s3_endpoint, region)

    def _do(self, name: str, **arguments: Any) -> Any:
        request = HTTPRequest(
            f"{self.url}/test/{name}", json.dumps(arguments).encode(), method="POST"
        )
        with _LOCAL.open(request, timeout=30) as answer:
            return json.load(answer)

    def change(self, **settings: Any) -> None:
        """Change the behaviour."""
        self._do("change", **settings)

    def inject(self, kind: str = "error", **settings: Any) -> None:
        """Let a fault happen to requests to come."""
        self._do("inject", kind=kind, **settings)

    def calm(self) -> None:
        """End all faults."""
        self._do("calm")

    def advance(self, seconds: float, per_call_s: float = 0.0) -> None:
        """Let the time of jobs pass, now and with each call from now on."""
        self._do("advance", seconds=seconds, per_call_s=per_call_s)

    def forget(self) -> None:
        """Begin the ledger anew."""
        self._do("forget")

    def report(self) -> dict[str, Any]:
        """Return the ledger as plain data."""
        report: dict[str, Any] = self._do("report")
        return report


def environment(url: str, s3_endpoint: str | None, region: str) -> dict[str, str]:
    """Return the variables that lead an unmodified boto3 to the servers of a test."""
    found = {
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "AWS_DEFAULT_REGION": region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL_TRANSLATE": url,
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }
    for service in ("S3", "STS", "IAM", "DYNAMODB") if s3_endpoint else ():
        found[f"AWS_ENDPOINT_URL_{service}"] = str(s3_endpoint)
    return found
