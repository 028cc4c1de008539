"""Blocked addresses: nothing is taken from them, on one channel or everywhere, until a time or for good."""

from msgspec import Struct

from intervene.core.ids import AgentId

FOR_GOOD = 2**53 - 1
"""As a time: later than any, and still a number of JavaScript's."""


def until_of(until: int) -> int:
    """`until` as a time that can be compared: 0 is for good."""
    return until or FOR_GOOD


class Block(Struct, frozen=True, kw_only=True, gc=False):
    """`channel` empty: everywhere. `until` in milliseconds since 1970, 0: for good. `by` whom and `at` when it was
    blocked; `why` is for staff alone."""

    channel: str
    address: str
    until: int = 0
    by: AgentId = AgentId("")
    why: str = ""
    at: int = 0
