"""A cluster of Dask: its scheduler is found at an address, its workers are there.

Dask gives a task again whose worker is lost, to any that is there then. What is shared
is put on all workers, and again where all are lost that had it.
"""

from __future__ import annotations

import errno
import importlib
import os
import pickle
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from sphinx_amts import __version__
from sphinx_amts.errors import AmtsError, FileError, SettingError
from sphinx_amts.workers.contract import AHEAD, Lost, Result, Shared, Task, Workers

TIMEOUT_S = 30  # for the scheduler to answer, and for a first worker to be there
TRIES = 5  # of a task, while all workers go that have what it needs
PACKAGE = "sphinx_amts"
PYTHON = ".".join(map(str, sys.version_info))
_ELSEWHERE = (
    "a worker of the cluster has no such file. Give folders that all of them see, or"
    " addresses such as s3://bucket/docs"
)
_INSTALL = 'python -m pip install "sphinx_amts[cluster]"'
_one_at_a_time = threading.Lock()
"""Of this process: parsers keep state for all threads, and hold the interpreter."""


class Cluster(Workers):
    """The workers of the cluster whose scheduler is at ``address``."""

    are_elsewhere = True

    def __init__(self, address: str) -> None:
        """Raise `AmtsError` where there is none, or it is not as this computer is."""
        self._address = address
        self._dask = _package()
        self._client = self._dask.Client.__new__(self._dask.Client)
        try:
            self._client.__init__(address, timeout=TIMEOUT_S, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            # What is half made would be closed when it is collected as garbage, which
            # may be in the thread that its own closing waits for.
            self._client.close()
            reason = f"--scheduler {address}: it cannot be reached: {error}"
            raise AmtsError(reason) from error
        try:
            self._check()
        except BaseException:
            self._client.close()
            raise

    def map(
        self,
        work: Callable[[Task, Shared], Result],
        tasks: Iterable[Task],
        shared: Shared,
    ) -> Iterator[Result | Lost]:
        """Yield the result of each task; raises `AmtsError` where all workers go."""
        call = _Call(self._client, work, shared)
        waiting: deque[_Sent] = deque()
        try:
            call.share()
            most = AHEAD * sum(self._client.nthreads().values())
            for task in tasks:
                # Packed, as Dask looks for futures in what it is given.
                waiting.append(call.send(pickle.dumps(task)))
                if len(waiting) >= most:
                    yield self._result(call, waiting.popleft())
            while waiting:
                yield self._result(call, waiting.popleft())
        finally:
            with suppress(Exception):  # the scheduler may be gone
                self._client.cancel([each.future for each in waiting])

    def close(self) -> None:
        """Leave the cluster."""
        self._client.close()

    def _result(self, call: _Call, sent: _Sent) -> Any:
        try:
            return self._awaited(call, sent)
        except self._dask.KilledWorker as error:
            return Lost(f"the workers that had it have died: {error}")
        except FileError as error:
            if error.path.exists() and os.strerror(errno.ENOENT) in error.reason:
                raise FileError(error.name, _ELSEWHERE, error.line) from error
            raise
        except (self._dask.CancelledError, self._dask.TimeoutError, OSError) as error:
            raise AmtsError(
                f"--scheduler {self._address}: the cluster has lost its workers"
                f" ({error!r}). Start again: what is done is kept"
            ) from error

    def _awaited(self, call: _Call, sent: _Sent) -> Any:
        """Return a result; where all are lost that had what is shared, share it anew.

        Raises what the work raises.
        """
        for _ in range(TRIES - 1):
            try:
                return sent.future.result()
            except self._dask.CancelledError:
                if sent.shared is call.shared:
                    call.share()
                sent = call.send(sent.packed)
        return sent.future.result()

    def _check(self) -> None:
        """Refuse workers that would find something else, or nothing at all."""
        try:
            self._client.wait_for_workers(1, timeout=TIMEOUT_S)
        except (TimeoutError, self._dask.TimeoutError) as error:
            reason = f"--scheduler {self._address}: it has no workers"
            raise AmtsError(reason) from error
        versions = self._client.get_versions()["workers"]
        pythons = {
            each: found["packages"]["python"] for each, found in versions.items()
        }
        for worker, fault in self._faults(pythons):
            raise AmtsError(f"--scheduler {self._address}: worker {worker} {fault}")

    def _faults(self, pythons: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Yield workers that have something else than this process, and what."""
        for worker, found in pythons.items():
            if (python := _minor(found)) != (own := _minor(PYTHON)):
                yield worker, f"has Python {python}, and this is {own}: take the same"
        for worker, version in self._client.run(_version, on_error="return").items():
            if version != __version__:
                yield (
                    worker,
                    (
                        f"has not {PACKAGE} {__version__} but {version}: there,"
                        f' python -m pip install "{PACKAGE}[cluster]=={__version__}"'
                    ),
                )


class _Sent(NamedTuple):
    """A task on its way."""

    packed: bytes
    shared: Any  # Dask's reference to it
    future: Any


class _Call:
    """One `Cluster.map`: a function, and what all its tasks share."""

    def __init__(self, client: Any, work: Callable[..., Any], value: Any) -> None:
        self._client = client
        self._work = work
        self._value = value
        self.shared: Any = None

    def share(self) -> None:
        """Put what is shared on all workers that are there."""
        self._client.wait_for_workers(1, timeout=TIMEOUT_S)
        found = self._client.scatter([self._value], broadcast=True, hash=False)
        (self.shared,) = found

    def send(self, packed: bytes) -> _Sent:
        """Have some worker do a task."""
        arguments = (_work, self._work, packed, self.shared)
        future = self._client.submit(*arguments, pure=False)
        return _Sent(packed, self.shared, future)


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _version() -> str:
    return __version__


def _work(
    work: Callable[[Task, Shared], Result], packed: bytes, shared: Shared
) -> Result:
    with _one_at_a_time:
        return work(pickle.loads(packed), shared)


def _package() -> Any:
    try:
        found = importlib.import_module("distributed")
    except ImportError as error:
        raise SettingError(
            f"--scheduler needs Dask's distributed ({error}): {_INSTALL}"
        ) from error
    return found
