"""A real browser for tests: the one that is installed; nothing is downloaded.

Where there is none, or nothing to drive it, the tests of who imports this are skipped.
"""

from __future__ import annotations

import functools
import importlib.util
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(
    (
        path
        for name in ("chromium", "chrome", "google-chrome", "chromium-browser")
        if (path := shutil.which(name))
    ),
    "",
)

if importlib.util.find_spec("playwright") is None:
    pytest.skip("playwright is not installed", allow_module_level=True)
if not CHROMIUM:
    pytest.skip("there is no Chromium", allow_module_level=True)
from playwright.sync_api import sync_playwright  # noqa: E402, may be missing

Serve = Callable[[type[SimpleHTTPRequestHandler], Path], str]


@contextmanager
def serving() -> Iterator[Serve]:
    """Give ``start(handler, folder)``: the address at which a folder can be read."""
    with ExitStack() as stack:

        def start(handler: type[SimpleHTTPRequestHandler], folder: Path) -> str:
            server = ThreadingHTTPServer(
                ("127.0.0.1", 0), functools.partial(handler, directory=str(folder))
            )
            threading.Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_port}"

        yield start


@contextmanager
def launched() -> Iterator[Any]:
    """Start the browser."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        yield started
        started.close()
