"""What only the adapters in memory have: bounds of their own, and the clock."""

import time

import pytest

from intervene.adapters.memory import AnchoredClock, LocalLeases
from intervene.core.ids import ConversationId, Key, OrganisationId
from intervene.core.timing import PRODUCTION


async def test_leases_that_are_over_are_forgotten() -> None:
    """[P7]"""
    now = 0.0
    leases = LocalLeases(lambda: now)
    for number in range(20_000):
        leases.take(Key(OrganisationId("acme"), ConversationId(f"c{number}")), 2)
        now += PRODUCTION.lease / 100
    assert len(leases._leases) < 5_000
    assert await leases.peek(Key(OrganisationId("acme"), ConversationId("c19999"))) == 2


def test_a_clock_goes_on_from_what_the_database_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step of this machine's wall clock changes nothing."""
    elapsed = 50.0
    monkeypatch.setattr(time, "monotonic", lambda: elapsed)
    clock = AnchoredClock()
    clock.anchor(1_700_000_000_000)
    assert clock.now() == 1_700_000_000_000
    monkeypatch.setattr(time, "time", lambda: 0.0)
    elapsed += 1.5
    assert clock.now() == 1_700_000_001_500
    assert clock.monotonic() == elapsed
