"""What the connections of one listener share: where requests go, who may come in, and how many at once."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from typing import Protocol

from starlette.types import ASGIApp

from intervene.core import limits
from intervene.edge.allowances import Buckets, network
from intervene.edge.head import Head
from intervene.edge.metrics import Metrics
from intervene.edge.problems import Accepted, Denial
from intervene.edge.proxies import LOOPBACK, Client, Proxies

FULL = Denial(503, "full", "This server has as many connections as it takes. Try again.", 1)
TOO_FAST = Denial(429, "too_fast", "Too many connections of your address in a short time. Try again.", 5)
TOO_MANY = Denial(429, "too_many", "Too many connections or requests of your address at once. Try again.", 1)


class Waiting(Protocol):
    """A connection that waits for its peer: for a request or its rest, or until an answer is read."""

    def abort(self) -> None: ...


Upgrade = Callable[[Head, Client], Accepted | Denial]


class Front:
    """What the connections of one listener share. `admit` may refuse any request; those for `socket_path` go to
    `upgrade`, all others to `app`."""

    def __init__(
        self,
        app: ASGIApp,
        metrics: Metrics,
        *,
        proxies: Proxies,
        admit: Callable[[Head], Denial | None] = lambda head: None,
        socket_path: str = "",
        upgrade: Upgrade | None = None,
    ) -> None:
        self.app = app
        self.metrics = metrics
        self.proxies = proxies
        self.admit = admit
        self.socket_path = socket_path
        self.upgrade = upgrade
        self.open = 0
        self._waiting: dict[Waiting, None] = {}  # the longest first
        self._ready: deque[Callable[[], None]] = deque()
        self._by_address: Counter[str] = Counter()
        self._under_way: Counter[str] = Counter()
        self._opened = Buckets(limits.HTTP_BURST, limits.HTTP_PER_SECOND)

    def enter(self, address: str) -> Denial | None:
        """A connection comes; `leave` follows in any case."""
        is_proxy = address in self.proxies
        most = limits.HTTP_CONNECTIONS - (0 if is_proxy or address in LOOPBACK else limits.HTTP_RESERVED)
        key = network(address)
        self.open += 1
        self._by_address[key] += 1
        if not is_proxy and self._opened.take(key, asyncio.get_running_loop().time()):
            return TOO_FAST
        if not is_proxy and self._by_address[key] > limits.HTTP_PER_ADDRESS:
            return TOO_MANY
        if self.open > most:
            if not self._waiting:
                return FULL
            longest = next(iter(self._waiting))
            del self._waiting[longest]
            longest.abort()
        return None

    def leave(self, address: str) -> None:
        self.open -= 1
        _subtract(self._by_address, network(address))

    def waits(self, connection: Waiting) -> None:
        self._waiting[connection] = None

    def busy(self, connection: Waiting) -> None:
        """It has a whole request, or is gone. Until then another one may take its place when there is none left."""
        self._waiting.pop(connection, None)

    def soon(self, start: Callable[[], None]) -> None:
        """Call it in its turn: some in each round of the loop. A round serves all sessions and accepts one connection,
        and is not to last until a thousand requests are answered."""
        if not self._ready:
            asyncio.get_running_loop().call_soon(self._round)
        self._ready.append(start)

    def _round(self) -> None:
        for _ in range(min(limits.HTTP_REQUESTS_A_ROUND, len(self._ready))):
            self._ready.popleft()()
        if self._ready:
            asyncio.get_running_loop().call_soon(self._round)

    def begin(self, client: Client) -> Denial | None:
        """A request of that client; `end` follows unless it is refused."""
        key = network(client.address)
        if client.address not in self.proxies and self._under_way[key] >= limits.HTTP_PER_ADDRESS:
            return TOO_MANY
        self._under_way[key] += 1
        return None

    def end(self, client: Client) -> None:
        _subtract(self._under_way, network(client.address))


def _subtract(counter: Counter[str], key: str) -> None:
    counter[key] -= 1
    if not counter[key]:
        del counter[key]
