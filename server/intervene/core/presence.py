"""Whether a person of the staff can be reached: what they chose, and what their sessions show. How long somebody has
been away is counted in heartbeats, never read from a clock: while nodes cannot write, nobody's absence grows.
"""

import math
from enum import StrEnum

from intervene.core.limits import AWAY_SECONDS, OFFLINE_SECONDS
from intervene.core.timing import PRODUCTION


class Choice(StrEnum):
    """What a person chooses, and their row keeps."""

    AVAILABLE = "available"
    BUSY = "busy"


class Availability(StrEnum):
    """What colleagues see: the choice, unless the person gave no input for a while, or has no session."""

    AVAILABLE = "available"
    BUSY = "busy"
    AWAY = "away"
    OFFLINE = "offline"


def beats(seconds: float) -> int:
    """Heartbeats in so many seconds of production."""
    return math.ceil(seconds / PRODUCTION.heartbeat)


AWAY_BEATS = beats(AWAY_SECONDS)
OFFLINE_BEATS = beats(OFFLINE_SECONDS)


def availability(*, is_available: bool, idle: int, unseen: int) -> Availability:
    """`idle`: heartbeats since the person's last input; `unseen`: since they had a session."""
    if unseen >= OFFLINE_BEATS:
        return Availability.OFFLINE
    if idle >= AWAY_BEATS:
        return Availability.AWAY
    return Availability.AVAILABLE if is_available else Availability.BUSY
