"""The clock of an edge that a test has."""

import time


class Clock:
    """Real time, and what a test skips of it. Once a test holds it, it goes on only by that: allowances are exact."""

    def __init__(self) -> None:
        self.skipped = 0.0
        self._held: tuple[float, float] | None = None

    def now(self) -> int:
        return int((self._read()[0] + self.skipped) * 1000)

    def monotonic(self) -> float:
        return self._read()[1] + self.skipped

    def hold(self) -> None:
        """Deadlines of sockets do not come any more."""
        self._held = self._read()

    def _read(self) -> tuple[float, float]:
        return self._held or (time.time(), time.monotonic())

    def skip(self, seconds: float) -> None:
        self.skipped += seconds
