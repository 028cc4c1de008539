"""IP addresses, each in one notation: an IPv4 address that came as an IPv6 address is the IPv4 address."""

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

_MAPPED = IPv6Network("::ffff:0:0/96")  # RFC 4291, 2.5.5.2


@lru_cache(1024)
def plain(address: str) -> str:
    """The one notation of an address, without a zone; what is no address stays as it is.

    >>> plain("::ffff:192.0.2.7"), plain("2001:DB8:0::1"), plain("fe80::1%eth0"), plain("unix")
    ('192.0.2.7', '2001:db8::1', 'fe80::1', 'unix')
    """
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return str(parsed.ipv4_mapped or parsed) if isinstance(parsed, IPv6Address) else str(parsed)


def plain_network(given: str) -> Network:
    """An address or a network, both in the one notation. Raises ValueError.

    >>> plain_network("::ffff:10.0.0.0/104"), plain_network("10.0.0.7")
    (IPv4Network('10.0.0.0/8'), IPv4Network('10.0.0.7/32'))
    """
    network = ip_network(given)
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        host = network.network_address.ipv4_mapped
        return ip_network(f"{host}/{network.prefixlen - 96}")
    return network


def is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
