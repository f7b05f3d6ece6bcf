"""Notes what a process does to the machine; read by `test_hostile_repository`.

A process that has this folder on its path writes a line of JSON to the file that
``AMTS_WATCH`` names for each file that it opens, writes or deletes, each program that
it starts, and each address that it calls.
"""

from __future__ import annotations

import json
import os
import sys
import threading

_FILES = {
    "os.remove": 1,
    "os.rename": 2,
    "os.rmdir": 1,
    "os.mkdir": 1,
    "os.link": 2,
    "os.symlink": 2,
    "os.truncate": 1,
    "os.chmod": 1,
    "shutil.rmtree": 1,
    "sqlite3.connect": 1,
}
_STARTS = ("os.system", "os.exec", "os.posix_spawn", "os.spawn", "subprocess.Popen")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
_busy = threading.local()


def _say(kind: str, what: object) -> None:
    line = json.dumps([kind, str(what)]) + "\n"
    file = os.open(os.environ["AMTS_WATCH"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(file, line.encode())
    finally:
        os.close(file)


def _text(path: object, *, is_followed: bool = True) -> str:
    """Return a path without links on its way, and at its end if it is followed."""
    made = os.fsdecode(path) if isinstance(path, bytes | os.PathLike) else str(path)
    if is_followed:
        return os.path.realpath(made)
    folder, name = os.path.split(made)
    return f"{os.path.realpath(folder or os.curdir)}{os.sep}{name}"


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if getattr(_busy, "on", False):
        return
    _busy.on = True
    try:
        if event == "open" and not isinstance(arguments[0], int):
            mode, flags = arguments[1], arguments[2]
            is_written = isinstance(flags, int) and flags & _WRITES
            is_written = is_written or set(str(mode or "")) & set("wax+")
            _say("write" if is_written else "read", _text(arguments[0]))
        elif event in _FILES:
            for path in arguments[: _FILES[event]]:
                _say("write", _text(path, is_followed=event == "sqlite3.connect"))
        elif event.startswith(_STARTS):
            _say("start", arguments[0])
        elif event in ("socket.connect", "socket.getaddrinfo"):
            _say("call", arguments[1] if event == "socket.connect" else arguments[0])
    finally:
        _busy.on = False


if "AMTS_WATCH" in os.environ:
    sys.addaudithook(_note)
