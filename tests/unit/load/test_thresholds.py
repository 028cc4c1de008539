"""Thresholds, which make a run a gate."""

import pytest

from intervene.load import thresholds
from intervene.load.histogram import Histogram
from intervene.load.recorder import TIMES
from intervene.load.results import MEANINGS
from intervene.load.thresholds import BadThreshold, Held


def held(text: str, **counts: float) -> Held:
    acks = Histogram()
    for milliseconds in range(1, 101):
        acks.add(milliseconds / 1000)
    return thresholds.judge(thresholds.parse(text, TIMES, MEANINGS), {"ack": acks}, counts)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("ack.p99<100ms", True),
        ("ack.p99 < 99ms", False),
        ("ack.p50<=51000us", True),
        ("ack.max<0.2s", True),
        ("ack.mean>1s", False),
        ("ack.count>=100", True),
        ("ack.p99.9<1s", True),
        ("errors=0", False),
        ("acked_per_second>=5.5", True),
    ],
)
def test_a_condition_holds_or_not(text: str, holds: bool) -> None:
    assert held(text, errors=1, acked_per_second=6).holds is holds


def test_what_was_not_measured_does_not_hold() -> None:
    assert not held("takeover.ack.p99<1s").holds
    assert held("takeover.ack.p99<1s").value is None
    assert not held("server_cpu<9").holds
    assert held("takeover.ack.count=0").holds


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("ack", "cannot be understood. It should be like ack.p99<20ms"),
        ("ack.p99<20", "give it a unit, us, ms or s"),
        ("akc.p99<20ms", "'akc', which is not a time, as 'p99' is of one. There are ack, "),
        ("ack<20ms", "'ack', which is not a count. There are absent, acked, "),
        ("errors<5ms", "has no unit 'ms'"),
        ("errors<1.2.3", "'1.2.3', which is no number"),
    ],
)
def test_what_cannot_be_understood_is_said(text: str, sentence: str) -> None:
    with pytest.raises(BadThreshold) as problem:
        thresholds.parse(text, TIMES, MEANINGS)
    assert sentence in str(problem.value)
