"""Memory files that have an address instead of a path: fetched, and a copy is kept.

A build asks the server whether the file has changed since, by its ETag or its date.
Where the server cannot be asked, the copy does, with a warning that gives its date. The
copies are beside the store::

    .amts/fetched/<hash of the address>.tmx
    .amts/fetched/<hash of the address>.json    what is known of the copy

What is fetched is read as any memory file is: see `sphinx_amts.memory.files`.
"""

from __future__ import annotations

import datetime
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import Any
from urllib import request
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from sphinx_amts.addresses import may_be_fetched
from sphinx_amts.errors import FileError
from sphinx_amts.files import read_json, replace_files, without_links

FOLDER = "fetched"  # in the cache folder
MAX_BYTES = 1 << 29
"""Of a file that is fetched: five times what a million pairs have as TMX."""
ANSWER_S = 20.0  # until a server that says nothing is given up
WHOLE_S = 600.0  # until a file has to be there
CHUNK = 1 << 16  # bytes that are read at once
UNCHANGED = 304  # HTTP: Not Modified, RFC 9110


@dataclass(frozen=True)
class Copy:
    """What is known of a copy."""

    address: str
    sha256: str  # of its content
    fetched: str  # when it was last known to be the server's; ISO 8601, to the second
    etag: str = ""
    modified: str = ""  # as the server writes dates

    @classmethod
    def read(cls, path: Path, address: str) -> Copy | None:
        """Read what is known of a copy; None where there is none, or another."""
        try:
            values = read_json(path.with_suffix(".json").read_text(encoding="utf-8"))
            found = cls(**values)
            is_text = all(isinstance(each, str) for each in asdict(found).values())
            content = sha256(path.read_bytes()).hexdigest()
        except (OSError, ValueError, TypeError):
            return None
        is_own = is_text and found.address == address and found.sha256 == content
        return found if is_own else None

    def headers(self) -> dict[str, str]:
        """Return what asks a server whether it has changed."""
        headers = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: text for name, text in headers.items() if text.isprintable()}


@dataclass(frozen=True)
class Missed:
    """A file that could not be fetched, and what a user must be told."""

    address: str
    message: str
    is_fatal: bool  # there is no copy


def is_address(name: str) -> bool:
    """Tell whether a memory file has an address.

    >>> is_address("https://example.org/es.tmx"), is_address("memory/es.tmx")
    (True, False)
    """
    return "://" in name


def path_of(name: str, folder: Path, cache: Path) -> Path:
    """Return where a memory file is, or its copy; ``cache`` is the cache folder."""
    if not is_address(name):
        return folder / name
    digest = sha256(name.encode()).hexdigest()[:16]
    suffix = Path(urlsplit(name).path).suffix.lower()
    return cache / FOLDER / f"{digest}{suffix}"


def own_paths(names: Sequence[str], folder: Path) -> list[Path]:
    """Return the memory files that a book has itself, which can be written to."""
    return [folder / name for name in names if not is_address(name)]


def fetch_all(names: Sequence[str], folder: Path, cache: Path) -> Iterator[Missed]:
    """Fetch those memory files that have an address; yield what was missed."""
    for name in names:
        if is_address(name) and (missed := _fetch(name, path_of(name, folder, cache))):
            yield missed


def _fetch(address: str, path: Path) -> Missed | None:
    copy = Copy.read(path, address)
    try:
        _bring(address, path, copy)
    except (OSError, HTTPException, ValueError, FileError) as error:
        why = _reason(error)
        if copy is None:
            do = (
                "Check the address and the network, or name a file in amts_memory_files"
                " instead"
            )
        else:
            do = f"The copy of {copy.fetched[:10]} is used."
        message = f"memory file {address} cannot be fetched: {why}. {do}"
        return Missed(address, message, is_fatal=copy is None)
    return None


def _bring(address: str, path: Path, copy: Copy | None) -> None:
    """Have a copy that is the server's; raises what is wrong with asking it."""
    asked = request.Request(address, headers=copy.headers() if copy else {})
    asked.add_header("Accept-Encoding", "identity")
    asked.add_header("User-Agent", "sphinx-amts")
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    try:
        with _opener().open(asked, timeout=ANSWER_S) as answer:
            content = _read(answer)
            etag, modified = answer.headers["ETag"], answer.headers["Last-Modified"]
    except HTTPError as error:
        error.close()
        if error.code != UNCHANGED or copy is None:
            raise
        known = Copy(address, copy.sha256, now, copy.etag, copy.modified)
        _keep(path, known, {})
        return
    digest = sha256(content).hexdigest()
    known = Copy(address, digest, now, etag or "", modified or "")
    _keep(path, known, {path: content})


def _keep(path: Path, copy: Copy, contents: dict[Path, bytes]) -> None:
    for name in (path.name, path.with_suffix(".json").name):
        without_links(path.parents[1], f"{FOLDER}/{name}")
    about = json.dumps(asdict(copy), indent=1)
    replace_files({**contents, path.with_suffix(".json"): about.encode()})


def _read(answer: Any) -> bytes:
    """Read an answer; raises `ValueError` where it is too long, or too slow."""
    end = time.monotonic() + WHOLE_S
    content = bytearray()
    while chunk := answer.read(CHUNK):
        content += chunk
        if len(content) > MAX_BYTES:
            raise ValueError(f"it has more than {MAX_BYTES:,} bytes")
        if time.monotonic() > end:
            raise ValueError(f"it is not there after {WHOLE_S:g} s")
    return bytes(content)


class _Redirects(request.HTTPRedirectHandler):
    """Goes only where an address of a memory file may lead."""

    def redirect_request(
        self,
        req: request.Request,
        fp: Any,
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> request.Request | None:
        """Return what is asked next; raises `URLError`."""
        if not may_be_fetched(newurl):
            raise URLError("the server leads to an address that is not https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> request.OpenerDirector:
    """Return what asks servers of the web, through the environment's proxies."""
    opener = request.OpenerDirector()
    for handler in (
        request.ProxyHandler(),
        request.HTTPHandler(),
        request.HTTPSHandler(),
        request.HTTPDefaultErrorHandler(),
        request.HTTPErrorProcessor(),
        _Redirects(),
    ):
        opener.add_handler(handler)
    return opener


def _reason(error: Exception) -> str:
    """Say what is wrong in one line, without what a server or a proxy wrote."""
    if isinstance(error, HTTPError):
        return f"the server answers with status {error.code}"
    if isinstance(error, TimeoutError):
        return f"the server says nothing for {ANSWER_S:g} s"
    if isinstance(error, URLError):
        cause = error.reason
        if isinstance(cause, TimeoutError):
            return f"the server says nothing for {ANSWER_S:g} s"
        if isinstance(cause, OSError):
            return cause.strerror or type(cause).__name__
        return str(cause)
    if isinstance(error, FileError | ValueError):
        return str(error)
    return type(error).__name__
