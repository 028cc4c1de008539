"""How often one address may ask for something: a bucket each, of a bounded number of addresses."""

from collections import OrderedDict
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from intervene.core.limits import Bucket

ADDRESSES = 10_000  # the one that asked longest ago is forgotten: its bucket is full again by then, or soon


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


class Throttle:
    def __init__(self, burst: float, per_second: float) -> None:
        self._burst = burst
        self._per_second = per_second
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, address: str, now: float) -> float:
        """0.0, or in how many seconds it may ask again."""
        bucket = self._buckets.pop(address, None) or Bucket(self._burst, self._per_second)
        self._buckets[address] = bucket
        if len(self._buckets) > ADDRESSES:
            self._buckets.popitem(last=False)
        return bucket.take(now)
