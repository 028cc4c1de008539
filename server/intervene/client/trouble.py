"""Why a client is not connected: told to the program, and logged once for each kind of it, not for each try."""

import logging
import time
from enum import StrEnum

from msgspec import Struct

from intervene.core.text import printable

log_ = logging.getLogger("intervene.client")


class Kind(StrEnum):
    UNREACHABLE = "unreachable"
    """No connection: the name, the port, the network, TLS."""
    NOT_THE_SERVER = "not_the_server"
    """Something else answers in its place: a proxy, an ingress, a captive portal."""
    BUSY = "busy"
    """The server itself refuses for now: it is full or stopping."""
    TOKEN = "token"
    """No token can be had just now, or the server wants another."""
    LOST = "lost"
    """The connection ended."""
    AWAY = "away"
    """The server is stopping and has said when to come back."""


class Trouble(Struct, frozen=True, kw_only=True):
    """`since` and `next_try` in seconds since 1970. `tries`: how many have failed in a row."""

    kind: Kind
    sentence: str
    since: float
    tries: int
    next_try: float


class Outage:
    """From the first failed try to a connection that is stable. `now` is what is wrong while we are not connected."""

    def __init__(self) -> None:
        self.now: Trouble | None = None
        self._logged: set[Kind] = set()
        self._is_told = False
        self._since = 0.0

    def failed(self, kind: Kind, sentence: str, tries: int, delay: float) -> Trouble:
        at, sentence = time.time(), printable(sentence)  # others wrote a part of it
        if self.now is None:
            self._since = at
        self.now = Trouble(kind=kind, sentence=sentence, since=self._since, tries=tries, next_try=at + delay)
        is_usual = kind in (Kind.LOST, Kind.AWAY) and tries == 1  # it will most likely be back in a moment
        if kind not in self._logged and not is_usual:
            self._logged.add(kind)
            self._is_told = True
            log_.warning("not connected, trying again: %s", sentence)
        return self.now

    def joined(self) -> None:
        if self._is_told and self.now:
            log_.info("connected again after %d tries", self.now.tries)
        self._is_told = False
        self.now = None

    def is_over(self) -> None:
        """The connection was stable: what comes later is news."""
        self._logged.clear()
