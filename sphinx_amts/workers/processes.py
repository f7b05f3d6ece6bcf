"""Processes of this computer, for work that holds the interpreter.

Each runs `workers.process` and gets one task after the other, whichever is next, as
pickles over its pipes. They are started when there is something for them to do, and by
no fork, so that they are the same on every system. A process that dies loses only its
task, which another one is given once more.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Any

from sphinx_amts.errors import AmtsError
from sphinx_amts.workers.contract import AHEAD, Lost, Result, Shared, Task, Workers
from sphinx_amts.workers.process import CALL, TASK

TRIES = 2  # of a task whose process dies: the first death may be the machine's doing
MAX_LOST = 5  # tasks; after that, it is not the tasks' fault
_DIED = "the process that worked on it has died, twice"
_START = (
    # Isolated, so that nothing in the current folder is taken for a module.
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer);"
    " from sphinx_amts.workers.process import main; main()"
)


@dataclass(frozen=True)
class _Call:
    """One `Processes.map`."""

    number: int
    packed: bytes  # the function, and what is shared


class _Process:
    """One process, and which call it has been told of."""

    def __init__(self) -> None:
        self._popen = subprocess.Popen(
            [sys.executable, "-I", "-c", _START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._call = -1
        self._is_told = False

    def ask(self, call: _Call, task: bytes) -> Any:
        """Return whether the work was done, and its result or what it raised.

        Raises `OSError` or `EOFError` where the process has died.
        """
        requests, answers = self._popen.stdin, self._popen.stdout
        assert requests is not None
        assert answers is not None
        if not self._is_told:
            pickle.dump(sys.path, requests)
            self._is_told = True
        if self._call != call.number:
            pickle.dump((CALL, call.packed), requests)
            self._call = call.number
        pickle.dump((TASK, task), requests)
        requests.flush()
        return pickle.load(answers)

    def kill(self) -> None:
        """End it, whatever it is at."""
        self._popen.kill()

    def end(self) -> None:
        """End it, and leave nothing of it."""
        end(self._popen)


class Processes(Workers):
    """Works in ``number`` processes, which stay from one `map` to the next."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._threads = ThreadPoolExecutor(number)
        self._calls = count()
        self._idle: list[_Process] = []
        self._all: list[_Process] = []
        self._changing = threading.Lock()
        self._is_closed = False
        self._lost = 0

    def map(
        self,
        work: Callable[[Task, Shared], Result],
        tasks: Iterable[Task],
        shared: Shared,
    ) -> Iterator[Result | Lost]:
        """Yield the result of each task; raises `AmtsError` where many are lost."""
        call = _Call(next(self._calls), pickle.dumps((work, shared)))
        waiting: deque[Future[Result | Lost]] = deque()
        try:
            for task in tasks:
                waiting.append(self._threads.submit(self._result, call, task))
                if len(waiting) == AHEAD * self._number:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()

    def close(self) -> None:
        """End all processes, whatever they are at."""
        with self._changing:
            self._is_closed = True
            for process in self._all:
                process.kill()
        self._threads.shutdown(cancel_futures=True)
        for process in self._all:
            process.end()
        self._all.clear()

    def _result(self, call: _Call, task: Any) -> Any:
        """Have a process do a task; done in a thread of its own."""
        packed = pickle.dumps(task)
        for _ in range(TRIES):
            process = self._process()
            if process is None:
                break
            try:
                is_done, result = process.ask(call, packed)
            except (OSError, EOFError, pickle.UnpicklingError):
                self._remove(process)
                continue
            self._idle.append(process)
            if not is_done:
                raise result
            return result
        return self._note_lost()

    def _process(self) -> _Process | None:
        """Return one that has nothing to do, or a new one; None after the end."""
        with self._changing:
            if self._is_closed:
                return None
            if self._idle:
                return self._idle.pop()
            process = _Process()
            self._all.append(process)
            return process

    def _remove(self, process: _Process) -> None:
        with self._changing:
            if not self._is_closed:
                self._all.remove(process)
                process.end()

    def _note_lost(self) -> Lost:
        with self._changing:
            self._lost += not self._is_closed
            if self._lost > MAX_LOST:
                raise AmtsError(
                    f"processes die again and again, with {self._lost} documents until"
                    " now. Take fewer if memory is short: --workers 1"
                )
        return Lost(_DIED)


def end(process: subprocess.Popen[Any]) -> None:
    """End a process, whatever it is at, and leave nothing of it."""
    process.kill()
    for stream in (process.stdin, process.stdout):
        with suppress(OSError):  # what was not sent yet is lost with it
            if stream is not None:
                stream.close()
    process.wait()


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
