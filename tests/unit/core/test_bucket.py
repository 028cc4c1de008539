"""The token bucket."""

import doctest

from hypothesis import given, settings
from hypothesis import strategies as st

from intervene.core import bucket as module
from intervene.core.bucket import Bucket

# -- buckets -----------------------------------------------------------------------------------------------------------

bursts = st.integers(1, 100).map(float)
rates = st.floats(0.01, 1000.0)
pauses = st.lists(st.floats(0.0, 30.0), min_size=1, max_size=200)


def test_the_example_in_the_documentation_is_true() -> None:
    assert doctest.testmod(module) == (0, 2)


@settings(deadline=None)
@given(burst=bursts, rate=rates, pauses=pauses)
def test_a_bucket_never_gives_more_than_its_burst_and_its_rate(burst: float, rate: float, pauses: list[float]) -> None:
    """[P7] Over any stretch of time, not only from the start."""
    bucket, now, taken = Bucket(burst, rate), 1000.0, []
    for pause in pauses:
        now += pause
        if bucket.take(now) == 0.0:
            taken.append(now)
    for first, start in enumerate(taken):
        for count, end in enumerate(taken[first:], start=1):
            assert count <= burst + rate * (end - start) + 1e-6


@settings(deadline=None)
@given(burst=bursts, rate=rates, pauses=pauses)
def test_who_waits_as_long_as_the_bucket_says_is_served(burst: float, rate: float, pauses: list[float]) -> None:
    bucket, now = Bucket(burst, rate), 1000.0
    for pause in pauses:
        now += pause
        if wait := bucket.take(now):
            assert 0.0 < wait <= 1.0 / rate
            now += wait + 1e-9
            assert bucket.take(now) == 0.0


def test_a_bucket_begins_full_whatever_the_clock_shows() -> None:
    for now in (0.0, 1e9):
        bucket = Bucket(3, 1.0)
        assert [bucket.take(now) for _ in range(4)] == [0.0, 0.0, 0.0, 1.0]


def test_a_bucket_that_rested_for_a_year_holds_its_burst_and_no_more() -> None:
    bucket = Bucket(2, 1.0)
    bucket.take(0.0)
    assert [bucket.take(3e7) for _ in range(3)] == [0.0, 0.0, 1.0]


def test_a_refusal_costs_nothing() -> None:
    """Who asks too often is not punished by never being served."""
    bucket = Bucket(1, 1.0)
    bucket.take(100.0)
    for tenth in range(1, 10):
        assert bucket.take(100.0 + tenth / 10) > 0.0
    assert bucket.take(101.0) == 0.0
