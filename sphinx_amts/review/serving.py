"""Opening a desk: build, load, serve, until it is interrupted."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from sphinx_amts.book.listing import Listing
from sphinx_amts.errors import AmtsError
from sphinx_amts.review.app import make_app
from sphinx_amts.review.building import Rebuilding, Workshop
from sphinx_amts.review.desk import Desk
from sphinx_amts.review.events import Events
from sphinx_amts.review.guard import Keys
from sphinx_amts.review.memory_file import MemoryFile
from sphinx_amts.review.subject import Subject

LOOPBACK = "127.0.0.1"
TOKEN_BYTES = 24
GRACE_S = 1  # seconds for what is being answered, when the desk closes


@dataclass(frozen=True)
class Opened:
    """A desk that serves."""

    url: str  # of its first page
    token: str


@dataclass(frozen=True)
class Where:
    """Where a desk serves."""

    host: str = LOOPBACK
    port: int = 0  # 0: any that is free
    password: str = ""


def serve(
    subject: Subject,
    workshop: Workshop,
    memory: Path,
    where: Where,
    ready: Callable[[Opened], object],
    author: str = "",
) -> None:
    """Build the edition, then serve it until interrupted; raises `AmtsError`.

    ``ready`` is called as soon as it serves.
    """
    server = _listen(where)
    port = server.getsockname()[1]
    found = workshop.first()
    events = Events()
    desk = Desk(
        subject,
        MemoryFile(memory, subject.pair),
        events,
        lambda: rebuilding.request(),
        author,
    )

    def built(listing: Listing, changes: int, new: list[str]) -> None:
        desk.load(listing, changes)
        events.tell("built", pages=new)

    rebuilding = Rebuilding(
        workshop,
        lambda: desk.changes,
        built,
        lambda said: events.tell("failed", error=said[-2000:]),
    )
    desk.open(found)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    keys = Keys(token, where.password, _hosts(where, port))
    app = make_app(desk, workshop.out, keys)
    rebuilding.start()
    opened = Opened(f"http://{where.host}:{port}/", token)
    _run(app, server, lambda: ready(opened))


def _hosts(where: Where, port: int) -> tuple[str, ...]:
    """Return what ``Host`` may be: with a password, any name that leads here."""
    if where.password:
        return ()
    names = ("127.0.0.1", "localhost", "[::1]")
    return tuple(f"{name}:{port}" for name in names)


def _listen(where: Where) -> socket.socket:
    family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
    found = socket.socket(family)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((where.host, where.port))
    except OSError as error:
        found.close()
        raise AmtsError(
            f"{where.host}:{where.port} cannot be used ({error.strerror})."
            " Name another by --port."
        ) from error
    return found


class _Server(uvicorn.Server):
    """Tells when it serves."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], object]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve, and say so."""
        await super().startup(sockets)
        if self.started:
            await asyncio.get_running_loop().run_in_executor(None, self._ready)


def _run(app: ASGIApp, server: socket.socket, ready: Callable[[], object]) -> None:
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        timeout_graceful_shutdown=GRACE_S,
    )
    _Server(config, ready).run(sockets=[server])
