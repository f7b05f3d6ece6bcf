"""How much to ask for at a time: as much as a model writes in a target time."""

from __future__ import annotations

import threading

TARGET_S = 20.0
"""How long the writing of one answer should take: long enough for the rules around it
to be little, short enough to lose little when it breaks."""
FIRST = 400
"""Characters of the first request's texts, some 60 words: nothing is known yet."""
LEAST = 150  # characters of texts that are asked for together, however slow a model is
GROWTH = 1.1  # with each whole answer, after one that was cut
SHORTEST_S = 0.05  # of writing; what is faster is no measure
LETTERS_OF_WORD = 6
"""Characters of an English word and its blank, for people who read of a speed."""


class Speed:
    """How many characters of a book a model translates in a second, over threads."""

    def __init__(self, target_s: float = TARGET_S) -> None:
        self.target_s = target_s
        self._rate: float | None = None  # characters/s, as measured
        self._most = float("inf")  # characters that came whole, as far as is known
        self._changing = threading.Lock()

    @property
    def portion(self) -> int:
        """Characters of texts for the next request."""
        wanted = FIRST if self._rate is None else self._rate * self.target_s
        return int(max(LEAST, min(wanted, self._most)))

    @property
    def words_per_s(self) -> float | None:
        """The speed in English words, for people; None while it is not known."""
        return self._rate and self._rate / LETTERS_OF_WORD

    def learn(self, characters: int, seconds: float) -> None:
        """Note how long the whole answer for so many characters of texts took."""
        rate = characters / max(seconds, SHORTEST_S)
        with self._changing:
            self._rate = rate if self._rate is None else (self._rate + rate) / 2
            self._most *= GROWTH

    def slow_down(self) -> None:
        """Ask for half as much: an answer was cut, or broke off."""
        with self._changing:
            self._most = self.portion / 2
