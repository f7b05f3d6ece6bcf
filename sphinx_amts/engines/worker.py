"""Calling an engine so that the call can be given up."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, TypeVar, cast

from sphinx_amts.errors import EngineUnavailable

T = TypeVar("T")

CLOSE_S = 10.0  # how long an engine may take to end requests that are given up


class Worker:
    """One thread that calls the engine, so that a call can be given up.

    It is the same thread for all requests of one `Asker.open` (models may belong to the
    thread that loaded them) and gone afterwards (Sphinx may fork then).
    """

    def __init__(self) -> None:
        self._calls: SimpleQueue[Callable[[], Any] | None] = SimpleQueue()
        self._results: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()
        self._is_lost = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def call(self, function: Callable[[], T], timeout_s: float | None = None) -> T:
        """Return what ``function`` returns; raises `TimeoutError` if that takes long.

        After that the thread is left behind, and this object is of no more use.
        """
        self._calls.put(function)
        try:
            result, error = self._results.get(timeout=timeout_s)
        except BaseException as reason:  # also when a user interrupts the build
            self._is_lost = True
            if isinstance(reason, Empty):
                raise TimeoutError from None
            raise
        if error is None:
            return cast(T, result)
        if isinstance(error, Exception):
            raise error
        # A panic of a native library, or an attempt to exit: no reason to end a build.
        raise EngineUnavailable(f"{type(error).__name__}: {error}") from error

    def end(self, iterator: object) -> None:
        """Close a generator; not where its thread was left behind inside of it."""
        close = getattr(iterator, "close", None)
        if close is None or self._is_lost:
            return
        with contextlib.suppress(Exception):  # whoever closes wants nothing of it
            self.call(close, CLOSE_S)

    def close(self) -> None:
        """End the thread; a call that was given up ends with the process."""
        self._calls.put(None)
        if not self._is_lost:
            self._thread.join()

    def _run(self) -> None:
        while (function := self._calls.get()) is not None:
            try:
                self._results.put((function(), None))
            except BaseException as error:
                self._results.put((None, error))
