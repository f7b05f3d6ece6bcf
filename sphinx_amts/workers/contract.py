"""What workers are, whether there is one or a thousand."""

from __future__ import annotations

import pickle
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from types import TracebackType
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from sphinx_amts.errors import AmtsError

AHEAD = 8
"""Tasks for each worker that are on their way at most: enough that none waits while one
takes long, and few enough that their results fit into memory."""

Task = TypeVar("Task")
Shared = TypeVar("Shared")
Result = TypeVar("Result")
Value = TypeVar("Value")


class Lost(NamedTuple):
    """What there is instead of a result: whoever worked on it has died, twice."""

    reason: str


class Workers(ABC):
    """Does the same with many tasks. A context, at whose end nothing runs any more."""

    are_elsewhere: ClassVar[bool] = False
    """Whether they may be on other computers, whose processors nothing here can use."""

    @abstractmethod
    def map(
        self,
        work: Callable[[Task, Shared], Result],
        tasks: Iterable[Task],
        shared: Shared,
    ) -> Iterator[Result | Lost]:
        """Yield the result of each task, in their order, while further ones are made.

        ``work`` is a function of a module; tasks and results can be pickled. ``shared``
        is sent to each worker once. What ``work`` raises, this raises. Of the tasks,
        only `AHEAD` for each worker are taken before their results are.
        """

    def close(self) -> None:  # noqa: B027, in this process nothing is left
        """End what is still done."""

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def whole(results: Iterable[Result | Lost]) -> Iterator[Result]:
    """Yield results, of which none can be missed; raises `AmtsError` for a lost one."""
    for each in results:
        if isinstance(each, Lost):
            raise AmtsError(each.reason)
        yield each


class Here(Workers):
    """Does all in this process, one task after the other."""

    def map(
        self,
        work: Callable[[Task, Shared], Result],
        tasks: Iterable[Task],
        shared: Shared,
    ) -> Iterator[Result | Lost]:
        """Yield the result of each task."""
        for task in tasks:
            yield work(task, shared)


class Held(Generic[Value]):
    """A value that who passes it on does not unpack: it stays as small as it came."""

    def __init__(self, value: Value | None = None, *, packed: bytes = b"") -> None:
        self._value = value
        self._packed = packed

    @property
    def value(self) -> Value:
        """The value, made anew each time where it came from another process."""
        if self._value is None:
            found: Value = pickle.loads(self._packed)
            return found
        return self._value

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(Held, packed=self._packed or pickle.dumps(self._value)), ()
