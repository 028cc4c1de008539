"""Times in microseconds, counted in buckets that any two processes share, so that sums of counts are the counts of all.

Buckets are log-linear, as in HdrHistogram: below 256 us each value has its own, above that each power of two has 128.
So a value is known to 0.8 %, however large it is, and percentiles are those of all values, not of percentiles.
"""

from collections.abc import Iterable, Iterator, Mapping
from math import ceil
from typing import NamedTuple

LINEAR_BITS = 8
_HALF = 1 << (LINEAR_BITS - 1)
MOST = 1 << 40  # microseconds: 12 days; what is longer counts as this
LADDER = (50.0, 75.0, 90.0, 95.0, 99.0, 99.5, 99.9, 99.95, 99.99)
"""The percentiles that a report shows."""


def bucket_of(micros: int) -> int:
    """The number of the bucket of a value, which is 0 or more."""
    shift = micros.bit_length() - LINEAR_BITS
    return micros if shift <= 0 else shift * _HALF + (micros >> shift)


def highest_in(bucket: int) -> int:
    """The largest value of a bucket: a percentile is never said to be lower than it is."""
    if bucket < 2 * _HALF:
        return bucket
    shift = bucket // _HALF - 1
    return ((bucket - shift * _HALF + 1) << shift) - 1


class Point(NamedTuple):
    percent: float
    micros: int


class Histogram:
    """`counts` is how many values each bucket has. The largest value and the sum are exact."""

    __slots__ = ("count", "counts", "largest", "total")

    def __init__(self) -> None:
        self.counts: dict[int, int] = {}
        self.count = self.total = self.largest = 0

    def add(self, seconds: float) -> None:
        micros = int(seconds * 1e6)
        if micros < 0:
            micros = 0
        elif micros > MOST:
            micros = MOST
        bucket = bucket_of(micros)
        self.counts[bucket] = self.counts.get(bucket, 0) + 1
        self.count += 1
        self.total += micros
        if micros > self.largest:
            self.largest = micros

    def merge(self, counts: Mapping[int, int], total: int, largest: int) -> None:
        """What another one counted."""
        for bucket, count in counts.items():
            self.counts[bucket] = self.counts.get(bucket, 0) + count
            self.count += count
        self.total += total
        self.largest = max(self.largest, largest)

    def percentile(self, percent: float) -> int:
        """In microseconds, by the nearest rank; 0 of no values."""
        return next((point.micros for point in self.points((percent,))), 0)

    def points(self, percents: Iterable[float] = LADDER) -> Iterator[Point]:
        """Each of the ascending `percents`, with its value; none of no values."""
        if not self.count:
            return
        ordered = iter(sorted(self.counts.items()))
        bucket, below = 0, 0
        for percent in percents:
            rank = max(1, ceil(self.count * percent / 100))
            while below < rank:
                bucket, count = next(ordered)
                below += count
            yield Point(percent, min(highest_in(bucket), self.largest))

    @property
    def mean(self) -> float:
        """In microseconds."""
        return self.total / self.count if self.count else 0.0
