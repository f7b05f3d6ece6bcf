"""Engines that fail, each in one way: ``amts_engine = "broken_engines:Raising"``."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence

from stand_in_engines import Recording

from sphinx_amts.engines.base import Limits, Untranslated
from sphinx_amts.engines.offline import PseudoEngine
from sphinx_amts.errors import EngineUnavailable, UnsupportedPair
from sphinx_amts.text.languages import LanguagePair


class Failing(Recording):
    """Translates no segment, and says so of each."""

    name = "failing"

    def answer(self, source: str) -> str | Untranslated:
        """Answer that it did not work."""
        return Untranslated("busy today")


class Tagless(Recording):
    """Loses every tag, and repeats itself."""

    name = "tagless"

    def answer(self, source: str) -> str | Untranslated:
        """Answer without tags."""
        return re.sub("<[^>]*>", "", source) + "!"


class Raising(Recording):
    """Has a fault of its own."""

    name = "raising"

    def answer(self, source: str) -> str:
        """Fail in a way that no contract knows."""
        raise ZeroDivisionError("1 / 0")


class Down(Recording):
    """Cannot be reached."""

    name = "down"

    def answer(self, source: str) -> str:
        """Say that the service is away."""
        raise EngineUnavailable("no network. Try again later.")


class Unsupporting(Recording):
    """Knows no pair of languages."""

    name = "unsupporting"

    def signature(self, pair: LanguagePair) -> str:
        """Refuse the pair as soon as it is named."""
        raise UnsupportedPair(f"it does not translate {pair}. It knows en to tlh.")


class Hanging(Recording):
    """Never answers."""

    name = "hanging"
    limits = Limits(timeout_s=1)

    def answer(self, source: str) -> str:
        """Take an hour."""
        time.sleep(3600)
        return source


class Miscounting(Recording):
    """Answers with one text too many."""

    name = "miscounting"

    def translate(
        self, sources: Sequence[str], pair: LanguagePair
    ) -> list[str | Untranslated]:
        """Answer more than was asked."""
        return [*super().translate(sources, pair), "and one more"]


class RecordingThatNeverLoads(Recording):
    """The recording engine under its own name, on a machine where it cannot start."""

    def load(self, pair: LanguagePair) -> None:
        """Fail to start."""
        raise EngineUnavailable("it should not have been started")


class PseudoThatNeverLoads(PseudoEngine):
    """The pseudo engine under its own name, on a machine where it cannot start."""

    def load(self, pair: LanguagePair) -> None:
        """Fail to start."""
        raise EngineUnavailable("it should not have been started")


class Slow(Recording):
    """Takes its time, one text at a time."""

    name = "slow"
    limits = Limits(max_segments=1)

    def answer(self, source: str) -> str | Untranslated:
        """Answer as the recording engine, later."""
        time.sleep(0.05)
        return super().answer(source)
