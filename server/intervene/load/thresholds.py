"""Conditions on the command line: `ack.p99<20ms`, `errors=0`, `acked_per_second>=500`. They make a run a gate."""

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from intervene.load.histogram import Histogram

_FORM = re.compile(
    r"\s*([a-z_][a-z_.]*?)(?:\.(p\d{1,2}(?:\.\d{1,4})?|max|mean|count))?\s*(<=|>=|<|>|=)\s*([\d.]+)\s*(\S*)\s*"
)
_TESTS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq,
}  # fmt: skip
_UNITS = {"us": 1.0, "ms": 1e3, "s": 1e6}
LIKE = "ack.p99<20ms or errors=0"


class BadThreshold(Exception):
    """It cannot be understood; the message is a sentence."""


class Threshold(NamedTuple):
    """`statistic` is of a time, such as p99, in microseconds then; "" of a count."""

    text: str
    name: str
    statistic: str
    sign: str
    bound: float


class Held(NamedTuple):
    """`value` is None if nothing was measured; then it does not hold."""

    threshold: Threshold
    value: float | None
    holds: bool


def parse(text: str, times: Iterable[str], counts: Iterable[str]) -> Threshold:
    """`times` and `counts`: the names that there are. Raises `BadThreshold`."""
    found = _FORM.fullmatch(text)
    if not found:
        raise BadThreshold(f"The threshold {text!r} cannot be understood. It should be like {LIKE}.")
    name, statistic, sign, number, unit = found[1], found[2] or "", found[3], found[4], found[5]
    known = sorted(times if statistic else counts)
    if name not in known:
        what = f"a time, as {statistic!r} is of one" if statistic else "a count"
        raise BadThreshold(f"The threshold {text!r} names {name!r}, which is not {what}. There are {', '.join(known)}.")
    scale = 1.0
    if statistic and statistic != "count":
        if unit not in _UNITS:
            raise BadThreshold(f"The threshold {text!r} is of a time: give it a unit, us, ms or s.")
        scale = _UNITS[unit]
    elif unit:
        raise BadThreshold(f"The threshold {text!r} is of a number, which has no unit {unit!r}.")
    try:
        return Threshold(text.strip(), name, statistic, sign, float(number) * scale)
    except ValueError:
        raise BadThreshold(f"The threshold {text!r} has {number!r}, which is no number.") from None


def judge(threshold: Threshold, times: Mapping[str, Histogram], counts: Mapping[str, float]) -> Held:
    value = _value(threshold, times, counts)
    return Held(threshold, value, value is not None and _TESTS[threshold.sign](value, threshold.bound))


def _value(threshold: Threshold, times: Mapping[str, Histogram], counts: Mapping[str, float]) -> float | None:
    if not threshold.statistic:
        return counts.get(threshold.name)
    measured = times.get(threshold.name) or Histogram()
    if threshold.statistic == "count":
        return float(measured.count)
    if not measured.count:
        return None
    match threshold.statistic:
        case "max":
            return float(measured.largest)
        case "mean":
            return measured.mean
        case percentile:
            return float(measured.percentile(float(percentile[1:])))
