"""One of the processes of `workers.processes`; run by it, not by people."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import traceback
from typing import Any, BinaryIO

from sphinx_amts.errors import AmtsError

CALL, TASK = "call", "task"
"""Kinds of requests: the function and what is shared, for all tasks that follow; one
task. Each comes with a pickle."""


def main() -> None:
    """Do what is asked, until nothing is."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started it ends it
    requests, answers = sys.stdin.buffer, _own_output()
    work = shared = None
    while True:
        try:
            kind, packed = pickle.load(requests)
        except EOFError:
            return
        if kind == CALL:
            work, shared = pickle.loads(packed)
            continue
        pickle.dump(_answer(work, packed, shared), answers)
        answers.flush()


def _own_output() -> BinaryIO:
    """Return standard output for answers; what libraries print goes beside it."""
    own = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(own, "wb")


def _answer(work: Any, packed: bytes, shared: Any) -> tuple[bool, Any]:
    try:
        return True, work(pickle.loads(packed), shared)
    except AmtsError as error:
        return False, error
    except Exception:
        # Not everything that is raised can be pickled, and its trace never.
        return False, RuntimeError(traceback.format_exc())
