"""How much is tried of what could go on for ever: a quarter in `make test`, all in `make test-all`."""

from collections.abc import Sequence
from typing import TypeVar

from tests.kit.limits import FACTOR

T = TypeVar("T")

PART = 1 if FACTOR == 1.0 else 4


def examples(count: int) -> int:
    return max(count // PART, 20)


def some(cases: Sequence[T]) -> Sequence[T]:
    """Each, or the first and each fourth after it."""
    return cases[::PART]
