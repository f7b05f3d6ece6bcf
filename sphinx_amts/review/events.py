"""What the desk tells its pages: server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress

WAITING = 1000
"""Events that a page may have waiting; one that is that far behind loads again."""
LIFE_S = 15  # seconds from one sign of life to the next: proxies end what is silent


class Events:
    """Passes events from any thread to all pages that listen."""

    def __init__(self) -> None:
        self._listening: set[tuple[asyncio.AbstractEventLoop, asyncio.Queue[str]]] = (
            set()
        )

    def tell(
        self,
        kind: str,
        keys: Iterable[str] = (),
        pages: Iterable[str] = (),
        **more: str,
    ) -> None:
        """Tell all pages that something is ``saved``, ``built``, ``changed``, ..."""
        values = {"kind": kind, "keys": sorted(keys), "pages": sorted(pages), **more}
        text = json.dumps(values, ensure_ascii=False)
        for loop, queue in list(self._listening):
            with suppress(RuntimeError):  # the server has ended
                loop.call_soon_threadsafe(_put, queue, text)

    async def listen(self) -> AsyncIterator[str]:
        """Yield events as a browser reads them, as long as somebody listens."""
        queue: asyncio.Queue[str] = asyncio.Queue(WAITING)
        entry = (asyncio.get_running_loop(), queue)
        self._listening.add(entry)
        try:
            yield "retry: 1000\n\n"
            while True:
                try:
                    text = await asyncio.wait_for(queue.get(), LIFE_S)
                except asyncio.TimeoutError:
                    yield ": \n\n"
                else:
                    yield f"data: {text}\n\n"
        finally:
            self._listening.discard(entry)


def _put(queue: asyncio.Queue[str], text: str) -> None:
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(text)
