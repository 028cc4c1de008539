"""The token bucket, by which every rate is limited."""

from msgspec import Struct


class Bucket(Struct, gc=False):
    """A token bucket. `take` answers 0.0 when the act may go ahead, otherwise in how many seconds it may.

    >>> bucket = Bucket(burst=2, per_second=1.0)
    >>> [bucket.take(now=100.0) for _ in range(3)]
    [0.0, 0.0, 1.0]
    """

    burst: float
    per_second: float
    level: float = -1.0  # below nothing: never used, so full
    at: float = 0.0

    def take(self, now: float) -> float:
        level, passed = self.level, now - self.at
        self.at = now
        if level < 0:
            level = self.burst
        elif passed > 0:
            level += passed * self.per_second
            if level > self.burst:
                level = self.burst
        if level >= 1.0:
            self.level = level - 1.0
            return 0.0
        self.level = level
        return (1.0 - level) / self.per_second
