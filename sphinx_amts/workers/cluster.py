"""A cluster of Dask: its scheduler is found at an address, its workers are there.

Dask gives a task again whose worker is lost, to any that is there then. What is shared
is put on all workers, so that none that is lost takes it away.
"""

from __future__ import annotations

import importlib
import pickle
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from sphinx_amts import __version__
from sphinx_amts.errors import AmtsError, SettingError
from sphinx_amts.workers.contract import AHEAD, Lost, Result, Shared, Task, Workers

TIMEOUT_S = 30  # for the scheduler to answer, and for a first worker to be there
PACKAGE = "sphinx_amts"
_INSTALL = 'python -m pip install "sphinx_amts[cluster]"'
_one_at_a_time = threading.Lock()
"""Of this process: parsers keep state for all threads, and hold the interpreter."""


class Cluster(Workers):
    """The workers of the cluster whose scheduler is at ``address``."""

    def __init__(self, address: str) -> None:
        """Raise `AmtsError` where there is none, or it is not as this computer is."""
        self._address = address
        self._dask = _package()
        try:
            self._client = self._dask.Client(
                address, timeout=TIMEOUT_S, set_as_default=False
            )
        except (OSError, ValueError, TypeError) as error:
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
        client = self._client
        waiting: deque[Any] = deque()
        try:
            (sent,) = client.scatter([shared], broadcast=True, hash=False)
            most = AHEAD * sum(client.nthreads().values())
            for task in tasks:
                # Packed, as Dask looks for futures in what it is given.
                packed = pickle.dumps(task)
                waiting.append(client.submit(_work, work, packed, sent, pure=False))
                if len(waiting) >= most:
                    yield self._result(waiting.popleft())
            while waiting:
                yield self._result(waiting.popleft())
        finally:
            with suppress(Exception):  # the scheduler may be gone
                client.cancel(list(waiting))

    def close(self) -> None:
        """Leave the cluster."""
        self._client.close()

    def _result(self, future: Any) -> Any:
        try:
            return future.result()
        except self._dask.KilledWorker as error:
            return Lost(f"the workers that had it have died: {error}")
        except (self._dask.CancelledError, OSError) as error:
            raise AmtsError(
                f"--scheduler {self._address}: the cluster has lost its workers or"
                f" what they had: {error!r}. Start again; what is done is kept"
            ) from error

    def _check(self) -> None:
        """Refuse workers that would find something else, or nothing at all."""
        try:
            self._client.wait_for_workers(1, timeout=TIMEOUT_S)
        except (TimeoutError, self._dask.TimeoutError) as error:
            reason = f"--scheduler {self._address}: it has no workers"
            raise AmtsError(reason) from error
        versions = self._client.get_versions(packages=[PACKAGE])
        for worker, found in versions["workers"].items():
            if fault := fault_of(found["packages"] if found else {}):
                raise AmtsError(f"--scheduler {self._address}: worker {worker} {fault}")


def fault_of(packages: Mapping[str, str | None]) -> str:
    """Say what is wrong with a worker that has some versions; empty if nothing is."""
    own = ".".join(map(str, sys.version_info[:2]))
    python = ".".join(str(packages.get("python")).split(".")[:2])
    if packages.get(PACKAGE) is None:
        fault = f"does not have {PACKAGE}"
    elif packages[PACKAGE] != __version__:
        fault = f"has {PACKAGE} {packages[PACKAGE]}, and this is {__version__}"
    elif python != own:
        return f"has Python {python}, and this is {own}: take the same for both"
    else:
        return ""
    return f'{fault}: there, python -m pip install "{PACKAGE}[cluster]=={__version__}"'


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
