"""What a refresh token that is presented gets: one table, and no I/O.

A device's tokens are numbered. One is good for a day from its first use, then the next one takes its place. An answer
may be lost, and tabs of one browser share a cookie: so the one before the present one is answered with the present one
again, while that was never presented or is new. What is older was copied, and the device is revoked.

With requests that arrive within `GRACE_MS` and answers that arrive within a day or never, nobody is signed out whose
token was not copied. `tests/unit/accounts/test_refresh.py` tries all orders.
"""

from enum import StrEnum
from typing import NamedTuple

from msgspec.structs import replace

from intervene.core.devices import Device
from intervene.core.limits import DEVICE_SECONDS

DAY_MS = 24 * 3600 * 1000
GRACE_MS = 60 * 1000


class Answer(StrEnum):
    KEEPS = "keeps"
    """An access token; the cookie stays as it is."""
    RENEWS = "renews"
    """The device's present refresh token too, as a cookie."""
    ENDED = "ended"
    """The device was not used for too long. Nobody is suspected."""
    COPIED = "copied"
    """The device is revoked."""

    @property
    def is_good(self) -> bool:
        return self in (Answer.KEEPS, Answer.RENEWS)


class Presented(NamedTuple):
    answer: Answer
    device: Device
    """As it is to be stored; of what is not good, as it was."""


def present(n: int, device: Device, now: int) -> Presented:
    """`n` is the number of the token that is presented, `now` in milliseconds since 1970."""
    if now - max(device.issued_at, device.first_used_at) > DEVICE_SECONDS * 1000:
        return Presented(Answer.ENDED, device)
    if n == device.n:
        return _present_one(device, now)
    if n == device.n - 1 and _may_be_sent_again(device, now):
        return Presented(Answer.RENEWS, device)
    return Presented(Answer.COPIED, device)


def _present_one(device: Device, now: int) -> Presented:
    if not device.first_used_at:
        return Presented(Answer.KEEPS, replace(device, first_used_at=now))
    if now - device.first_used_at < DAY_MS:
        return Presented(Answer.KEEPS, device)
    return Presented(Answer.RENEWS, replace(device, n=device.n + 1, issued_at=now, first_used_at=0))


def _may_be_sent_again(device: Device, now: int) -> bool:
    newest = max(device.issued_at, device.first_used_at)
    return not device.first_used_at or now - newest < GRACE_MS
