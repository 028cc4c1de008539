"""[P8] Percentiles are those of all values, to 0.8 %, however many processes counted them."""

import random

import pytest

from intervene.load.histogram import MOST, Histogram, bucket_of, highest_in


@pytest.mark.parametrize("micros", [0, 1, 255, 256, 257, 511, 512, 1_000, 123_456_789, MOST])
def test_a_value_is_known_to_the_hundredth_part_and_never_too_low(micros: int) -> None:
    highest = highest_in(bucket_of(micros))
    assert micros <= highest <= micros * 1.008
    assert bucket_of(highest) == bucket_of(micros)
    assert bucket_of(highest + 1) == bucket_of(micros) + 1


def test_what_two_processes_counted_is_as_if_one_had() -> None:
    values = [random.expovariate(50) for _ in range(2000)]
    whole, one, other = Histogram(), Histogram(), Histogram()
    for number, value in enumerate(values):
        whole.add(value)
        (one if number % 3 else other).add(value)
    one.merge(other.counts, other.total, other.largest)
    assert (one.counts, one.count, one.total, one.largest) == (
        whole.counts, whole.count, whole.total, whole.largest,
    )  # fmt: skip


def test_percentiles_are_of_the_nearest_rank() -> None:
    histogram = Histogram()
    for micros in range(1, 101):
        histogram.add(micros / 1e6)
    assert [histogram.percentile(percent) for percent in (1, 50, 99, 99.99, 100)] == [1, 50, 99, 100, 100]
    assert histogram.mean == pytest.approx(50.5, abs=1)


def test_of_no_values_nothing_is_said() -> None:
    assert (Histogram().percentile(99), list(Histogram().points()), Histogram().mean) == (0, [], 0.0)


def test_a_clock_that_goes_back_counts_as_no_time() -> None:
    histogram = Histogram()
    histogram.add(-1.0)
    assert histogram.percentile(50) == 0
