"""One of the processes of `engines.local.pool`; run by it, not by people."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Sequence
from typing import TextIO

from sphinx_amts.engines.local.engine import LocalEngine
from sphinx_amts.errors import EngineError
from sphinx_amts.text.languages import LanguagePair


def main() -> None:
    """Answer each line with a line, until there is none."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started it ends it
    answers = _own_output()
    setup = json.loads(sys.stdin.readline())
    pair = LanguagePair(*setup.pop("pair"))
    engine = LocalEngine(**setup, processes=1)
    for line in sys.stdin:
        answers.write(json.dumps(_answer(engine, pair, json.loads(line))) + "\n")
        answers.flush()


def _own_output() -> TextIO:
    """Return standard output for answers; what libraries print goes beside it."""
    own = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(own, "w", encoding="utf-8")


def _answer(engine: LocalEngine, pair: LanguagePair, texts: Sequence[str]) -> object:
    engine.rungs.clear()
    try:
        targets = engine.translate(texts, pair)
    except EngineError as error:
        return {"error": str(error)}
    return {
        "targets": [
            each if isinstance(each, str) else {"reason": each.reason}
            for each in targets
        ],
        "rungs": engine.rungs,
    }


if __name__ == "__main__":
    main()
