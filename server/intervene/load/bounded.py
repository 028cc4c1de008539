"""A dictionary that forgets what was put into it longest ago."""

from itertools import islice
from typing import TypeVar

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


def keep(known: dict[_Key, _Value], key: _Key, value: _Value, least: int) -> None:
    """At least the last `least` stay, and at most twice as many: to drop them one by one takes ever longer."""
    known[key] = value
    if len(known) >= 2 * least:
        for old in [*islice(known, least)]:
            del known[old]
