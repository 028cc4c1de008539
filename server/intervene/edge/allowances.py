"""What one person, and one address, may have and do at a node, whatever the number of sockets, tokens and requests.

Pure: time is an argument. Sockets are counted while they are open; what is sent costs a token of a bucket that stays
when the socket has gone, so that nobody gets a new one by coming back.
"""

from collections.abc import Hashable, Iterator
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from math import ceil
from operator import itemgetter
from typing import NamedTuple

from intervene.core.access import Person, Principal, person
from intervene.core.ids import AgentId
from intervene.core.limits import (
    ACCOUNTS,
    ADDRESS_BURST,
    ADDRESS_KIB_BURST,
    ADDRESS_KIB_PER_SECOND,
    ADDRESS_PER_SECOND,
    ADDRESS_READS,
    AGENT_BURST,
    AGENT_KIB_BURST,
    AGENT_KIB_PER_SECOND,
    AGENT_PER_SECOND,
    AGENT_READ_BURST,
    AGENT_READS_PER_SECOND,
    CONTACT_BURST,
    CONTACT_KIB_BURST,
    CONTACT_KIB_PER_SECOND,
    CONTACT_PER_SECOND,
    CONTACT_READ_BURST,
    CONTACT_READS_PER_SECOND,
    REQUESTS_BURST,
    REQUESTS_PER_SECOND,
    SOCKETS_OF_AGENT,
    SOCKETS_OF_CONTACT,
    VISITOR_BURST,
    VISITORS_PER_SECOND,
)  # fmt: skip
from intervene.core.session import Cost
from intervene.ports.nodes import Member

ROUNDING = 1e-6  # seconds
SWEEP = 64  # buckets, at least, before those that are full are looked for


@lru_cache(1024)
def network(address: str) -> str:
    """What one client can be expected to have: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address  # a unix socket has none
    if not isinstance(parsed, IPv6Address):
        return address
    return str(parsed.ipv4_mapped or IPv6Address(int(parsed) >> 64 << 64))


class Rate(NamedTuple):
    """An allowance: `quota` requests in `window` seconds; `left` of them now, all again in `seconds`."""

    name: str
    quota: int
    window: int
    left: int
    seconds: int


class Buckets:
    """A token bucket for each key that asked lately, as one number: when it will be full again. Then it is forgotten,
    as a new one would be full too. At `ACCOUNTS` the quarter that is nearest to it is forgotten before that."""

    __slots__ = ("_full_at", "_seconds", "_slack", "_sweep_at")

    def __init__(self, burst: float, per_second: float) -> None:
        self._seconds = 1.0 / per_second  # that one token takes to come back
        self._slack = burst / per_second + ROUNDING
        self._full_at: dict[Hashable, float] = {}
        self._sweep_at = min(SWEEP, ACCOUNTS)

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, key: Hashable, now: float, tokens: float = 1.0) -> float:
        """0.0, or in how many seconds it may ask again."""
        full_at = self._full_at.get(key, now)
        full_at = (full_at if full_at > now else now) + tokens * self._seconds
        wait = full_at - now - self._slack
        if wait > 0.0:
            return wait + ROUNDING
        self._full_at[key] = full_at
        if len(self._full_at) >= self._sweep_at:
            self._sweep(now)
        return 0.0

    def rate(self, name: str, key: Hashable, now: float) -> "Rate":
        """What the key may still take."""
        full_in = max(self._full_at.get(key, now) - now, 0.0)
        left = max(int((self._slack - full_in) / self._seconds), 0)
        window = self._slack - ROUNDING
        return Rate(name, round(window / self._seconds), ceil(window), left, max(ceil(full_in - ROUNDING), 0))

    def give_back(self, key: Hashable) -> None:
        """What was just taken bought nothing."""
        self._full_at[key] -= self._seconds

    def _sweep(self, now: float) -> None:
        self._full_at = {key: full_at for key, full_at in self._full_at.items() if full_at > now}
        if len(self._full_at) >= ACCOUNTS:
            nearest_first = sorted(self._full_at.items(), key=itemgetter(1))
            self._full_at = dict(nearest_first[-(ACCOUNTS * 3 // 4) :])
        self._sweep_at = min(max(SWEEP, 2 * len(self._full_at)), ACCOUNTS)


class TooManySockets(NamedTuple):
    sentence: str


class Allowances:
    """The table of a node. `sessions_per_address` bounds customers only: staff are known, and an office has one
    address. None bounds no address, as in development."""

    def __init__(self, sessions_per_address: int | None) -> None:
        self.customers = 0
        """Sessions of customers."""
        self._most = sessions_per_address
        self._staff: dict[str, dict[str, int]] = {}
        self._contacts: dict[str, dict[str, int]] = {}
        """Sessions by organisation and id: the strings are the principal's own, which costs less than a key."""
        self._of_address: dict[str, int] = {}
        self._contact_messages = Buckets(CONTACT_BURST, CONTACT_PER_SECOND)
        self._contact_reads = Buckets(CONTACT_READ_BURST, CONTACT_READS_PER_SECOND)
        self._agent_messages = Buckets(AGENT_BURST, AGENT_PER_SECOND)
        self._agent_reads = Buckets(AGENT_READ_BURST, AGENT_READS_PER_SECOND)
        many = sessions_per_address or 1
        burst, per_second = max(1.0, ADDRESS_BURST * many), ADDRESS_PER_SECOND * many
        self._address_messages = Buckets(burst, per_second)
        self._address_reads = Buckets(burst * ADDRESS_READS, per_second * ADDRESS_READS)
        self._upgrades = Buckets(burst, per_second)
        self._kib_of_agent = Buckets(AGENT_KIB_BURST, AGENT_KIB_PER_SECOND)
        self._kib_of_contact = Buckets(CONTACT_KIB_BURST, CONTACT_KIB_PER_SECOND)
        self._kib_of_address = Buckets(ADDRESS_KIB_BURST, ADDRESS_KIB_PER_SECOND)
        self._tokens = Buckets(VISITOR_BURST, VISITORS_PER_SECOND)
        self._requests = Buckets(REQUESTS_BURST, REQUESTS_PER_SECOND)

    # -- what is sent --------------------------------------------------------------------------------------------------

    def take(self, who: Person, address: str, cost: Cost, now: float, times: int = 1) -> float:
        """As `core.session.Allowance`. A customer pays for the address too. `times`: of staff."""
        is_read = cost is Cost.READ
        if who.is_staff:
            return (self._agent_reads if is_read else self._agent_messages).take(who, now, times)
        mine = self._contact_reads if is_read else self._contact_messages
        wait = mine.take(who, now)
        if wait or self._most is None:
            return wait
        wait = (self._address_reads if is_read else self._address_messages).take(address, now)
        if wait:
            mine.give_back(who)
        return wait

    def take_bytes(self, who: Person | None, address: str, size: int, now: float) -> float:
        """The same for a large frame. Before hello, and for a customer, the address pays too."""
        kib = size / 1024
        if who is not None:
            wait = (self._kib_of_agent if who.is_staff else self._kib_of_contact).take(who, now, kib)
            if wait or who.is_staff:
                return wait
        return self._kib_of_address.take(address, now, kib)

    def take_upgrade(self, address: str, now: float) -> float:
        """0.0, or in how many seconds this address may ask for another socket."""
        return self._upgrades.take(address, now) if self._most is not None else 0.0

    def take_token(self, address: str, now: float) -> float:
        """The same for a visitor's token."""
        return self._tokens.take(address, now) if self._most is not None else 0.0

    def take_request(self, address: str, now: float) -> float:
        """The same for an operation over HTTP."""
        return self._requests.take(address, now) if self._most is not None else 0.0

    def rates(self, who: Person | None, address: str, cost: Cost | None, now: float) -> list[Rate]:
        """What is left for such a request, by person and by address."""
        found = []
        if who is not None and who.is_staff and cost is not None:
            found.append((self._agent_reads if cost is Cost.READ else self._agent_messages).rate("person", who, now))
        if self._most is not None:
            found.append(self._requests.rate("network", address, now))
        return found

    # -- sessions ------------------------------------------------------------------------------------------------------

    def enter(self, principal: Principal, address: str) -> TooManySockets | None:
        """Count a session, unless it is one too many; then those that are there stay."""
        who = person(principal)
        most = SOCKETS_OF_AGENT if who.is_staff else SOCKETS_OF_CONTACT
        if self._persons(who).get(who.organisation, {}).get(who.id, 0) >= most:
            return TooManySockets(f"one person has at most {most} sessions")
        if not who.is_staff:
            if self._most is not None and self._of_address.get(address, 0) >= self._most:
                return TooManySockets(f"customers of one address have at most {self._most} sessions")
            self._of_address[address] = self._of_address.get(address, 0) + 1
            self.customers += 1
        sessions = self._persons(who).setdefault(who.organisation, {})
        sessions[who.id] = sessions.get(who.id, 0) + 1
        return None

    def leave(self, principal: Principal, address: str) -> None:
        who = person(principal)
        persons = self._persons(who)
        _subtract(persons[who.organisation], who.id)
        if not persons[who.organisation]:
            del persons[who.organisation]
        if not who.is_staff:
            self.customers -= 1
            _subtract(self._of_address, address)

    def agents(self) -> Iterator[Member]:
        """Those who have a session."""
        for organisation, sessions in self._staff.items():
            for id in sessions:
                yield Member(organisation, AgentId(id))  # type: ignore[arg-type]  # it was one

    def _persons(self, who: Person) -> dict[str, dict[str, int]]:
        return self._staff if who.is_staff else self._contacts


def _subtract(counts: dict[str, int], key: str) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]
