"""What a browser keeps in cookies, signed with the server's keys: the refresh token of a device, and a note that
somebody has signed in there before.

A refresh token is made of the device's id and a number alone, so that the same one can be sent again.
"""

import hmac
import re
from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from intervene.core.ids import AgentId

_REFRESH = re.compile(r"([0-9a-z]{1,64})\.([0-9]{1,15})\.([0-9a-f]{64})")
_KNOWN = re.compile(r"([0-9a-z]{1,64})\.([0-9a-f]{32})\.([0-9a-f]{64})")


class Refresh(NamedTuple):
    device: str
    n: int


class Known(NamedTuple):
    """`browser`: its id. `person`: whom it belongs to, as a hash."""

    browser: str
    person: str

    def belongs_to(self, person: AgentId) -> bool:
        return self.person == _short(person)


class CookieTokens:
    """The first key signs, all are accepted."""

    def __init__(self, keys: Sequence[str]) -> None:
        assert keys, "without a key nothing can be signed"
        self._keys = [sha256(b"cookies of accounts\0" + key.encode()).digest() for key in keys]

    def refresh(self, device: str, n: int) -> str:
        return self._signed("refresh", f"{device}.{n}")

    def read_refresh(self, token: str) -> Refresh | None:
        found = self._checked("refresh", _REFRESH, token)
        return Refresh(found[1], int(found[2])) if found else None

    def known(self, browser: str, person: AgentId) -> str:
        return self._signed("known", f"{browser}.{_short(person)}")

    def read_known(self, token: str) -> Known | None:
        found = self._checked("known", _KNOWN, token)
        return Known(found[1], found[2]) if found else None

    def _signed(self, purpose: str, what: str) -> str:
        return f"{what}.{_mac(self._keys[0], purpose, what)}"

    def _checked(self, purpose: str, form: re.Pattern[str], token: str) -> re.Match[str] | None:
        found = form.fullmatch(token)
        what = token.rpartition(".")[0]
        if found and any(hmac.compare_digest(_mac(key, purpose, what), found[3]) for key in self._keys):
            return found
        return None


def _mac(key: bytes, purpose: str, what: str) -> str:
    return hmac.new(key, f"{purpose} {what}".encode(), sha256).hexdigest()


def _short(person: AgentId) -> str:
    return sha256(person.encode()).hexdigest()[:32]
