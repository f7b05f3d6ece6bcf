"""What to set where a model does not do well, said once."""

from __future__ import annotations

import logging
import threading

from sphinx_amts.engines.llm.chat import IS_CUT
from sphinx_amts.engines.llm.doubts import REPEATS
from sphinx_amts.warnings_ import Subtype

logger = logging.getLogger(__name__)

SLOW = 5.0
"""English words per second, below which a page of a book takes minutes."""
ADVICE = {
    IS_CUT: "its answers are cut, also small ones. Raise max_tokens in"
    " amts_engine_options, or the size of the context that the server was started with",
    REPEATS: "it repeats itself. Set temperature in amts_engine_options to 0.3, or a"
    " penalty such as {'frequency_penalty': 0.3} in body, or take a larger model",
}


class Advisor:
    """Gathers what is wrong with a model, over all threads, and says each once."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._noted: dict[str, str] = {}
        self._likely: dict[str, str] = {}  # a smaller request may still do
        self._said: set[str] = set()
        self._changing = threading.Lock()

    def note(self, reason: str, *, is_alone: bool) -> None:
        """Note why none of a request's texts has a translation, or why its only one."""
        with self._changing:
            if reason in ADVICE:
                noted = self._noted if is_alone else self._likely
                noted[reason] = ADVICE[reason]

    def note_end(self) -> None:
        """Note that no smaller request will be made."""
        with self._changing:
            self._noted |= self._likely

    def note_speed(self, words_per_s: float | None) -> None:
        """Note how fast the model writes."""
        if words_per_s is not None and words_per_s < SLOW:
            self._noted["slow"] = (
                f"it writes {words_per_s:.1f} words per second. Set threads in"
                " amts_engine_options to what the server does at a time, or take a"
                " smaller model"
            )

    def say(self) -> None:
        """Warn of what was noted, as far as it is new."""
        for reason, text in self._noted.items():
            if reason not in self._said:
                self._said.add(reason)
                logger.warning(
                    "model %r: %s.",
                    self._model,
                    text,
                    extra={"subtype": Subtype.ENGINE.value},
                )
