"""Timing is one value, and scaled as a whole."""

import msgspec
import pytest

from intervene.config import Config
from intervene.core.timing import LARGEST_FACTOR, LEAST, PRODUCTION, SMALLEST_FACTOR, Timing

NAMES = Timing.__struct_fields__


@pytest.mark.parametrize("factor", [SMALLEST_FACTOR, 0.25, LARGEST_FACTOR])
def test_what_is_longer_stays_longer_when_timing_is_scaled(factor: float) -> None:
    """A node must not be dead for others before it has had the time to send a heartbeat, at any factor."""
    scaled = PRODUCTION.scaled(factor)
    for longer in NAMES:
        for shorter in NAMES:
            if getattr(PRODUCTION, longer) > getattr(PRODUCTION, shorter) and not {longer, shorter} & LEAST.keys():
                assert getattr(scaled, longer) > getattr(scaled, shorter), (longer, shorter)


def test_no_wait_is_scaled_below_what_a_busy_machine_takes() -> None:
    for name, least in LEAST.items():
        assert getattr(PRODUCTION.scaled(SMALLEST_FACTOR), name) == min(least, getattr(PRODUCTION, name))


def test_the_largest_factor_is_production() -> None:
    assert PRODUCTION.scaled(LARGEST_FACTOR) == PRODUCTION
    assert Config().timing == PRODUCTION


def test_a_node_without_a_setting_runs_at_production_timing() -> None:
    assert msgspec.structs.replace(Config(), timing_factor=0.25).timing.heartbeat == PRODUCTION.heartbeat / 4
