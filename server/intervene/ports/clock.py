"""Time, as the rules see it."""

from typing import Protocol


class Clock(Protocol):
    def now(self) -> int:
        """Milliseconds since 1970: the database's clock as last read, carried on by monotonic time."""

    def monotonic(self) -> float:
        """Seconds."""
