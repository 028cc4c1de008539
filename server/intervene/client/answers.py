"""HTTP answers on the way to a session: whether the server itself refuses, or something else answers. No I/O.

While a server restarts, an ingress, a proxy or a captive portal answers in its place: with any status, with a page,
with a redirect. Only a refusal that carries one of the server's own final codes ends a client (docs/protocol.md, R3).
"""

from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import NamedTuple

import msgspec
from msgspec import Struct

from intervene.core.codes import FINAL_REFUSALS, PROBLEM
from intervene.core.text import printable

ANSWER_BYTES = 16 * 1024  # of an HTTP answer that is looked at; more of it is not read
LONGEST_ADVICE = 300.0  # seconds; a longer wait is not taken from anybody
BUSY = (429, 503)  # statuses that may say when to come back (RFC 9110, 10.2.3)


class Refusal(NamedTuple):
    """What the server itself said; `message` is fit to be shown."""

    code: str
    message: str

    @property
    def is_final(self) -> bool:
        return self.code in FINAL_REFUSALS

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class _Body(Struct, frozen=True, gc=False):
    type: str
    detail: str


def refusal(body: bytes | bytearray) -> Refusal | None:
    """The coded refusal in the body of an answer; None: it is not of our server."""
    try:
        found = msgspec.json.decode(body[:ANSWER_BYTES], type=_Body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not found.type.startswith(PROBLEM):
        return None
    return Refusal(printable(found.type.removeprefix(PROBLEM)), printable(found.detail))


def advice(status: int, value: str | None, now: float) -> float | None:
    """The seconds of a `Retry-After`, which is a number or a date; None: there is none that can be followed. `now` as
    `time.time` has it."""
    return _seconds(value.strip(), now) if value and status in BUSY else None


def _seconds(value: str, now: float) -> float | None:
    if value.isascii() and value.isdecimal():
        return min(float(value[:10]), LONGEST_ADVICE)
    try:
        date = parsedate_to_datetime(value)
        at = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
    return min(max(0.0, at - now), LONGEST_ADVICE)
