"""Every error of the project, in one tree.

::

    AmtsError
    ├── SettingError            a setting has a value that cannot be used
    ├── FileError               a file cannot be read as what it should be
    ├── MissingHostError        what builds a book is not installed
    ├── TagError                a target cannot take its source's place
    │   └── SignError           it lost or invented a number, a bracket or a quote
    └── EngineError
        ├── EngineUnavailable   the engine as a whole cannot answer now
        │   ├── UnsupportedPair it never translates between these languages
        │   ├── NoAccount       there are no credentials
        │   └── Denied          the account may not do this
        └── SegmentError        one segment could not be translated

Only these are shown to users; each message says what is wrong, where, and what to do
next.
"""

from __future__ import annotations

from pathlib import Path


class AmtsError(Exception):
    """The root of all errors that this project raises on purpose."""


class SettingError(AmtsError):
    """A setting has a value that cannot be used; the message names the setting."""


class FileError(AmtsError):
    """A file cannot be read as what it should be.

    ``path`` is the file and ``line`` the 1-based line, where one is known.
    """

    def __init__(self, path: Path | str, reason: str, line: int | None = None) -> None:
        self.path = Path(path)
        self.name = str(path)  # of an address, too, which is no path
        self.line = line
        self.reason = reason
        place = f"{path}:{line}" if line else f"{path}"
        super().__init__(f"{place}: {reason}")

    def __reduce__(self) -> tuple[type[FileError], tuple[str, str, int | None]]:
        return type(self), (self.name, self.reason, self.line)


class MissingHostError(AmtsError):
    """What builds a book, or reads its markup, is not installed."""


class TagError(AmtsError):
    """A target cannot take its source's place; the message says why."""


class SignError(TagError):
    """An engine lost or invented a number, a bracket or a quote."""


class EngineError(AmtsError):
    """An engine did not translate."""


class EngineUnavailable(EngineError):  # noqa: N818, the contract's name
    """The engine as a whole cannot answer now: no account, no network, no model."""


class UnsupportedPair(EngineUnavailable):
    """The engine never translates between these two languages."""


class NoAccount(EngineUnavailable):
    """There are no credentials, as in a fork of a repository."""


class Denied(EngineUnavailable):
    """There is an account, and it may not do this."""


class SegmentError(EngineError):
    """One segment could not be translated; the engine itself is well."""
