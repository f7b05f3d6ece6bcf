"""A local server of language models: OpenAI's protocol and Bedrock's Converse.

What a model says is a function of the request's JSON object; what the server does
instead is put in front by `ChatServer.next`.
"""

from __future__ import annotations

import datetime
import json
import re
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

Model = Callable[[dict[str, Any]], str]
Wrap = Callable[[socket.socket], socket.socket]


def shout(values: dict[str, Any]) -> str:
    """Translate by writing vowels with accents; marks stay as they are."""
    segments = values["segments"]
    return json.dumps({number: foreign(text) for number, text in segments.items()})


def foreign(text: str) -> str:
    parts = re.split(r"(<[^>]*>|&[a-z]+;)", text)
    accents = str.maketrans("aeiou", "áéíóú")
    parts[::2] = [part.translate(accents) for part in parts[::2]]
    return "".join(parts)


class ChatServer:
    """Answers by ``model``; ``requests`` are path, headers, body of all that came."""

    def __init__(self) -> None:
        self.model: Model = shout
        self.reason: str | None = "stop"
        self.streams = True  # in events, where that is asked for
        self.refused: set[str] = set()  # members of a request that it does not take
        self.pause_s = 0.0  # before each piece of an answer in events
        self.breaks_after: int | None = None  # pieces, then the connection ends
        self.next: deque[tuple[int, dict[str, str], bytes]] = deque()
        self.requests: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.url = ""

    def messages(self) -> list[dict[str, Any]]:
        """Return the JSON objects that models were sent."""
        return [json.loads(_message(path, body)) for path, _, body in self.requests]

    def events(self, body: dict[str, Any]) -> Iterator[bytes]:
        """Yield an answer piece by piece, some word at a time."""
        text = self.model(json.loads(_message("", body)))
        yield b": so that the connection stays\n\n"
        for number, piece in enumerate(re.findall(r"\s*\S+\s?|\s+", text)):
            if number == self.breaks_after:
                raise ConnectionAbortedError
            time.sleep(self.pause_s)
            yield _event({"delta": {"content": piece}, "finish_reason": None})
        if self.reason:
            yield _event({"delta": {}, "finish_reason": self.reason})
            yield b"data: [DONE]\n\n"

    def answer(self, path: str, body: dict[str, Any]) -> bytes:
        text = self.model(json.loads(_message(path, body)))
        if path.endswith("/converse"):
            reason = {"stop": "end_turn", "length": "max_tokens"}[self.reason]
            values: dict[str, Any] = {
                "output": {
                    "message": {"role": "assistant", "content": [{"text": text}]}
                },
                "stopReason": reason,
                "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
                "metrics": {"latencyMs": 1},
            }
        else:
            message = {"role": "assistant", "content": text}
            values = {"choices": [{"message": message, "finish_reason": self.reason}]}
        return json.dumps(values).encode()


def _event(choice: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\r\n\r\n"


def _message(path: str, body: dict[str, Any]) -> str:
    content = body["messages"][-1]["content"]
    return str(content[0]["text"] if path.endswith("/converse") else content)


@contextmanager
def serve(wrap: Wrap = lambda socket: socket) -> Iterator[ChatServer]:
    """Run a server on a free port of this machine; ``wrap`` may put TLS around it."""
    state = ChatServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = json.loads(self.rfile.read(length))
            state.requests.append((self.path, dict(self.headers), body))
            status, headers, data = 200, {}, b""
            if state.next:
                status, headers, data = state.next.popleft()
            elif wrong := state.refused & body.keys():
                said = {"error": {"message": f"no {wrong} here"}}
                status, data = 400, json.dumps(said).encode()
            elif body.get("stream") and state.streams:
                self.send_events(body)
                return
            else:
                data = state.answer(self.path, body)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def send_events(self, body: dict[str, Any]) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream; charset=utf-8")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            try:
                for data in state.events(body):
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
                self.wfile.write(b"0\r\n\r\n")
            except OSError:  # the server breaks off, or nobody listens any more
                self.close_connection = True

        def do_GET(self) -> None:
            state.requests.append((self.path, dict(self.headers), {}))
            self.send_error(404)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.socket = wrap(server.socket)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def with_own_certificate(folder: Path) -> Wrap:
    """Return what puts TLS around a socket, with a certificate that nobody signed."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = folder / "own.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return lambda plain: context.wrap_socket(plain, server_side=True)
