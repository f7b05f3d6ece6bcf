"""Seeing that sources or the memory file have changed, in a thread."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

from watchfiles import Change, watch

from sphinx_amts.errors import AmtsError

LOOK_MS = 1000  # milliseconds between two looks at the memory file
TOGETHER_MS = 200  # milliseconds in which changes count as one
_MADE = (".mo", ".pyc")  # suffixes of what builds write into the source
_FOLDERS = (".", "__pycache__", "_build")  # beginnings of folders that builds write to


class Watching:
    """Watches a book.

    ``look`` is called every now and then, and may raise `AmtsError`; ``changed`` when a
    source says something else; ``failed`` with what is wrong, once.
    """

    def __init__(
        self,
        folder: Path,
        own: tuple[Path, ...],
        look: Callable[[], object],
        changed: Callable[[], object],
        failed: Callable[[str], object],
    ) -> None:
        self._folder = folder.resolve()
        self._own = tuple(each.resolve() for each in own)
        self._look, self._changed, self._failed = look, changed, failed
        self._contents: dict[Path, bytes] = {}
        self._fault = ""

    def start(self) -> None:
        """Begin to watch."""
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        try:
            for changes in watch(
                self._folder,
                watch_filter=self._is_source,
                debounce=TOGETHER_MS,
                rust_timeout=LOOK_MS,
                yield_on_timeout=True,
                raise_interrupt=False,
                ignore_permission_denied=True,
            ):
                self._see({Path(path) for _change, path in changes})
        except (OSError, RuntimeError) as error:  # no more can be watched here
            text = f"changes of sources are not seen ({error}): open the desk again"
            sys.stderr.write(f"sphinx-amts: WARNING: {text}\n")

    def _see(self, paths: set[Path]) -> None:
        fault = ""
        try:
            self._look()
        except AmtsError as error:
            fault = str(error)
        if fault and fault != self._fault:
            self._failed(fault)
        self._fault = fault
        if [path for path in paths if self._is_new(path)]:
            self._changed()

    def _is_new(self, path: Path) -> bool:
        """Tell whether a file says something else: builds write some anew as it was."""
        try:
            content = blake2b(path.read_bytes()).digest()
        except OSError:
            content = b""
        is_new = self._contents.get(path) != content
        self._contents[path] = content
        return is_new

    def _is_source(self, change: Change, path: str) -> bool:
        """Tell whether a file is an author's."""
        found = Path(path)
        try:
            inner = found.relative_to(self._folder).parts
        except ValueError:
            return False
        return not (
            found.suffix in _MADE
            or any(part.startswith(_FOLDERS) for part in inner)
            or any(each == found or each in found.parents for each in self._own)
        )
