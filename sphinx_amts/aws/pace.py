"""How often to call a service, over all threads."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

from sphinx_amts.aws.errors import Fault


class Pace:
    """Lets calls go, each when it may: two token buckets, over all threads.

    One holds calls, the other bytes; both begin empty and hold at most `BURST_S`. Where
    a call is throttled, or several fail in a row, all calls wait, then a single one
    tries: the pause grows until one is answered. Throttling also lowers the rate. It
    comes back quickly to just below where it was, then slowly.
    """

    BURST_S = 0.1  # what a late thread may catch up
    FIRST_PAUSE_S, LAST_PAUSE_S = 0.5, 8.0
    FAULTS_IN_A_ROW = 4  # that are no chance any more
    SLOWER = 0.75  # of the rate that was throttled
    NEAR = 0.9  # of the rate that was throttled: from here on slowly
    QUICK, SLOW = 0.1, 0.01  # of the full rate, per second

    def __init__(
        self,
        calls_per_s: float,
        bytes_per_s: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.rate = 1.0  # of the full one
        self._call_s = 1 / calls_per_s
        self._byte_s = 1 / bytes_per_s if bytes_per_s else 0.0
        self._clock = clock
        self._changed = threading.Condition()
        self._turn = threading.Lock()
        self._calls_at = self._bytes_at = self._grown_at = clock()
        self._paused_at = -1.0  # when the last pause began
        self._resume_at = 0.0
        self._pauses = 0  # since the last answer
        self._faults = 0  # the same
        self._running = 0
        self._throttled_rate = 1.0
        self.is_stopped = False

    def wait(self, size: int) -> float | None:
        """Wait until a call of so many bytes may go; return the time, None if never."""
        with self._turn, self._changed:
            while not self.is_stopped:
                now = self._clock()
                if self._pauses and self._running and now >= self._resume_at:
                    self._changed.wait()  # for the one that tries
                    continue
                ready = max(self._calls_at, self._bytes_at, self._resume_at)
                if ready > now:
                    self._changed.wait(ready - now)
                    continue
                self._count(now, size)
                return now
            return None

    def _count(self, now: float, size: int) -> None:
        self._grow(now)
        full = now - self.BURST_S
        self._calls_at = max(self._calls_at, full) + self._call_s / self.rate
        self._bytes_at = max(self._bytes_at, full) + size * self._byte_s / self.rate
        self._running += 1

    def _grow(self, now: float) -> None:
        passed_s, self._grown_at = now - self._grown_at, now
        if not self._pauses:
            near = self._throttled_rate * self.NEAR
            step = self.QUICK if self.rate < near else self.SLOW
            self.rate = min(1.0, self.rate + step * passed_s)

    def end(
        self, began: float, fault: Fault | None = None, retry_after_s: float = 0.0
    ) -> None:
        """Tell that a call ended that `wait` let go at ``began``; None: answered."""
        with self._changed:
            self._running -= 1
            # What went out before the pause says nothing that is not known.
            if began > self._paused_at:
                self._learn(fault, retry_after_s)
            self._changed.notify_all()

    def _learn(self, fault: Fault | None, retry_after_s: float) -> None:
        if fault is Fault.THROTTLED:
            if not self._pauses:
                self._throttled_rate = self.rate
                self.rate *= self.SLOWER
            self._pause(retry_after_s)
        elif fault in (Fault.PASSING, Fault.UNREACHABLE):
            self._faults += 1
            if self._pauses or self._faults >= self.FAULTS_IN_A_ROW:
                self._pause(retry_after_s)
        else:
            self._pauses = self._faults = 0

    def _pause(self, wished_s: float) -> None:
        longest = min(self.FIRST_PAUSE_S * 2**self._pauses, self.LAST_PAUSE_S)
        self._pauses += 1
        self._paused_at = self._clock()
        pause_s = max(longest * random.uniform(0.5, 1.0), wished_s)
        self._resume_at = self._paused_at + pause_s

    def stop(self) -> None:
        """Let no call go any more."""
        with self._changed:
            self.is_stopped = True
            self._changed.notify_all()
