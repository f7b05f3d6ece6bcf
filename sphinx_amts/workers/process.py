"""One of the processes of `workers.processes`; run by it, not by people."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import traceback
from contextlib import suppress
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
    # Whoever asks may be killed at any time: then there is nothing to say to nobody.
    with suppress(EOFError, OSError, pickle.UnpicklingError):
        while True:
            kind, packed = pickle.load(requests)
            if kind == CALL:
                work, shared = pickle.loads(packed)
            else:
                answer = _answer(work, packed, shared)
                pickle.dump(answer, answers)
                answers.flush()
    os._exit(0)  # what is left in buffers has nobody to go to


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
