"""How much is tried of what could go on for ever: a quarter in `make test`, all in `make test-all`."""

from tests.kit.limits import FACTOR

PART = 1 if FACTOR == 1.0 else 4


def examples(count: int) -> int:
    return max(count // PART, 20)


def some(points: range) -> range:
    """Each, or each fourth."""
    return points[::PART]
