"""Processes that translate beside each other: a model holds the interpreter.

Each runs `engines.local.worker`, loads the models once, and gets one request after the
other, whichever is next. Lines of JSON go both ways. A process that dies loses the
request that it had; another takes its place for the rest.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from sphinx_amts.engines.contract import Untranslated
from sphinx_amts.errors import EngineUnavailable
from sphinx_amts.workers.processes import end

MAX_DEATHS = 3  # of processes in one asking: after that, it is not the text's fault
_DIED = "the process that translated it has died"


class Done(NamedTuple):
    """What became of a request."""

    request: int
    targets: Sequence[str | Untranslated]
    rungs: Mapping[str, int]  # see `LocalEngine.rungs`


class Pool:
    """Translates requests in several processes; each is told ``setup`` first."""

    def __init__(self, setup: Mapping[str, Any], processes: int) -> None:
        self._first_line = json.dumps(setup) + "\n"
        self._count = processes
        self._waiting: SimpleQueue[int] = SimpleQueue()
        self._done: SimpleQueue[Done | BaseException] = SimpleQueue()
        self._deaths = 0
        self._is_closed = False
        self._processes: list[subprocess.Popen[str]] = []
        self._changing = threading.Lock()

    def translate(self, requests: Sequence[Sequence[str]]) -> Iterator[Done]:
        """Yield what became of each request, as soon as it is known.

        Raises `EngineUnavailable` where processes die again and again.
        """
        for number in range(len(requests)):
            self._waiting.put(number)
        threads = [
            threading.Thread(target=self._serve, args=(requests,), daemon=True)
            for _ in range(min(self._count, len(requests)))
        ]
        for thread in threads:
            thread.start()
        try:
            for _ in requests:
                done = self._done.get()
                if isinstance(done, BaseException):
                    raise done
                yield done
        finally:
            self._close()
            for thread in threads:
                thread.join()

    def _close(self) -> None:
        """End all processes, whatever they are at."""
        with self._changing:
            self._is_closed = True
            for process in self._processes:
                process.kill()

    def _serve(self, requests: Sequence[Sequence[str]]) -> None:
        """Have one process answer what is next, until nothing is."""
        process = None
        try:
            while not self._is_closed:
                try:
                    number = self._waiting.get_nowait()
                except Empty:
                    break
                process = process or self._start()
                answer = _ask(process, requests[number]) if process else None
                if answer is None and not self._is_closed:
                    if process is not None:
                        end(process)
                    process = None
                    self._note_death()
                    lost = [Untranslated(_DIED)] * len(requests[number])
                    self._done.put(Done(number, lost, {}))
                elif answer is not None:
                    self._done.put(_done(number, answer))
        except BaseException as error:
            self._done.put(error)
        finally:
            if process is not None:
                end(process)

    def _start(self) -> subprocess.Popen[str] | None:
        with self._changing:
            if self._is_closed:
                return None
            process = subprocess.Popen(
                [sys.executable, "-m", "sphinx_amts.engines.local.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="utf-8",
                errors="surrogatepass",
            )
            self._processes.append(process)
        _write(process, self._first_line)
        return process

    def _note_death(self) -> None:
        with self._changing:
            self._deaths += 1
            if self._deaths > MAX_DEATHS:
                raise EngineUnavailable(
                    f"{self._deaths} of its processes have died. Set processes in"
                    " amts_engine_options to 1 if memory is short."
                )


def _write(process: subprocess.Popen[str], line: str) -> bool:
    assert process.stdin is not None
    try:
        process.stdin.write(line)
        process.stdin.flush()
    except OSError:
        return False
    return True


def _ask(process: subprocess.Popen[str], texts: Sequence[str]) -> Any:
    """Return a process's answer; None where it has died."""
    assert process.stdout is not None
    if not _write(process, json.dumps(list(texts)) + "\n"):
        return None
    line = process.stdout.readline()
    return json.loads(line) if line.endswith("\n") else None


def _done(number: int, answer: Any) -> Done:
    if "error" in answer:
        raise EngineUnavailable(answer["error"])
    targets = [
        each if isinstance(each, str) else Untranslated(each["reason"])
        for each in answer["targets"]
    ]
    return Done(number, targets, answer["rungs"])
