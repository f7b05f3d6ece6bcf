"""Working at the units of large files in several processes.

Each process gets one batch after the other through a pipe, and answers with what it
made of it. A process that dies leaves its batch to be worked at here.
"""

from __future__ import annotations

import gc
import pickle
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from queue import SimpleQueue
from typing import IO, Any

from sphinx_amts.memory.phrases import make_places
from sphinx_amts.memory.rows import make_rows
from sphinx_amts.workers.processes import cores, end

MAX_PROCESSES = 8
"""More than these, and the one that reads the file and writes the rows is the slow."""
OBJECTS = 100_000
"""Made between two searches for garbage in cycles; a batch makes fewer, and none."""


TASKS: dict[str, Callable[[Any], Any]] = {"rows": make_rows, "places": make_places}


def work_beside(task: str, batches: Iterable[Any], ahead: int = 2) -> Iterator[Any]:
    """Yield what a task makes of each batch in turn, in other processes.

    For each process there are ``ahead`` batches that wait for it, or to be taken.
    """
    count = min(cores(), MAX_PROCESSES)
    processes = [_start() for _ in range(count)]
    free: SimpleQueue[subprocess.Popen[bytes] | None] = SimpleQueue()
    for process in processes:
        free.put(process)

    def work(batch: Any) -> Any:
        process = free.get()
        made = _ask(process, (task, batch)) if process else None
        free.put(process if made is not None else None)
        return TASKS[task](batch) if made is None else made

    waiting: deque[Future[Any]] = deque()
    try:
        with ThreadPoolExecutor(count) as threads:
            for batch in batches:
                waiting.append(threads.submit(work, batch))
                if len(waiting) > ahead * count:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
    finally:
        for process in processes:
            end(process)


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def _ask(process: subprocess.Popen[bytes], question: tuple[str, Any]) -> Any:
    """Return what a process makes of a batch; none where it has died."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        _write(process.stdin, question)
        return pickle.load(process.stdout)  # our own child's
    except (OSError, EOFError, pickle.UnpicklingError):
        return None


def _write(stream: IO[bytes], data: object) -> None:
    pickle.dump(data, stream, protocol=pickle.HIGHEST_PROTOCOL)
    stream.flush()


def main() -> None:
    """Answer each batch with what is made of it, until there is none."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started it ends it
    gc.set_threshold(OBJECTS)
    batches, answers = sys.stdin.buffer, sys.stdout.buffer
    with suppress(EOFError):
        while True:
            task, batch = pickle.load(batches)  # from who started it
            _write(answers, TASKS[task](batch))


if __name__ == "__main__":
    main()
