"""Opening a desk: build, load, serve, until it is interrupted."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from sphinx_amts.book.listing import Listing
from sphinx_amts.errors import AmtsError
from sphinx_amts.memory.corrections import log_of
from sphinx_amts.review.app import Api, make_app
from sphinx_amts.review.building import Rebuilding, Workshop
from sphinx_amts.review.desk import Desk
from sphinx_amts.review.events import Events
from sphinx_amts.review.guard import Keys
from sphinx_amts.review.memory_file import MemoryFile
from sphinx_amts.review.saved import Saved
from sphinx_amts.review.subject import Subject
from sphinx_amts.review.suggesting import Suggesting
from sphinx_amts.review.watching import Watching

LOOPBACK = "127.0.0.1"
PORT = 8765  # unless somebody else has it
TOKEN_BYTES = 24
SHOWN = 2000  # characters of what a build has said, at its end
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
    port: int | None = None  # 0: any that is free; None: `PORT`, or any
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

    def fail(said: str) -> None:
        events.tell("failed", error=said[-SHOWN:])

    rebuilding = Rebuilding(workshop, lambda: desk.changes, built, fail)
    own = (workshop.out, memory, log_of(memory))
    watching = Watching(subject.folder, own, desk.look, rebuilding.request, fail)

    def prepare() -> None:
        desk.prepare()
        watching.start()  # what changes while the first build runs is built then
        desk.likeness.prepare()

    with ThreadPoolExecutor(1) as pool:
        prepared = pool.submit(prepare)
        found = workshop.first()
        prepared.result()
    desk.open(found)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    keys = Keys(token, where.password, _hosts(where, port))
    api = Api(desk, Suggesting(subject), Saved(subject, memory))
    app = make_app(api, workshop.out, keys)
    rebuilding.start()
    name = f"[{where.host}]" if ":" in where.host else where.host
    opened = Opened(f"http://{name}:{port}/", token)
    _run(app, server, lambda: ready(opened))


def _hosts(where: Where, port: int) -> tuple[str, ...]:
    """Return what ``Host`` may be: with a password, any name that leads here."""
    if where.password:
        return ()
    names = ("127.0.0.1", "localhost", "[::1]")
    return tuple(f"{name}:{port}" for name in names)


def _listen(where: Where) -> socket.socket:
    if where.port is None:
        with suppress(AmtsError):
            return _listen(replace(where, port=PORT))
    family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
    # With the protocol named, asyncio sends answers at once; else each waits 40 ms.
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name != "nt":  # there, it would let two desks have one port
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((where.host, where.port or 0))
        found.listen()
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
