"""Where a request comes from: one address in one notation, and believed only of proxies that are named."""

import pytest

from intervene.core.addresses import plain, plain_network
from intervene.edge.head import Head
from intervene.edge.proxies import Client, Proxies, is_forwarded
from tests.kit.raw import parse


def head(*fields: str) -> Head:
    found = parse("\r\n".join(["GET / HTTP/1.1", "Host: a", *fields]).encode())
    assert isinstance(found, Head)
    return found


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::FFFF:c000:207", "192.0.2.7"),
        ("0:0:0:0:0:ffff:192.0.2.7", "192.0.2.7"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("unix", "unix"),
        ("", ""),
    ],
)
def test_an_address_has_one_notation(given: str, address: str) -> None:
    assert plain(given) == address


def test_a_network_has_one_notation_too() -> None:
    assert str(plain_network("::ffff:10.0.0.0/104")) == "10.0.0.0/8"
    assert str(plain_network("::ffff:10.0.0.7")) == "10.0.0.7/32"
    with pytest.raises(ValueError, match="host bits"):
        plain_network("10.0.0.7/8")


@pytest.mark.parametrize("named", ["127.0.0.1", "::ffff:127.0.0.1", "127.0.0.0/8", "::ffff:127.0.0.0/104"])
@pytest.mark.parametrize("peer", ["127.0.0.1", "::ffff:127.0.0.1"])
def test_a_proxy_is_the_same_in_either_notation(named: str, peer: str) -> None:
    """As a server on "::" sees the proxy of its own machine."""
    client = Proxies([named]).client(plain(peer), head("X-Forwarded-For: ::ffff:192.0.2.7"))
    assert client.address == "192.0.2.7"


@pytest.mark.parametrize(
    ("fields", "client"),
    [
        ([], Client("127.0.0.1", ("http", "https"))),
        (["X-Forwarded-For: 192.0.2.7"], Client("192.0.2.7", ("http", "https"))),
        (["X-Forwarded-For: 192.0.2.7:4711"], Client("192.0.2.7", ("http", "https"))),
        (["X-Forwarded-For: [2001:db8::1]:4711"], Client("2001:db8::1", ("http", "https"))),
        (["X-Forwarded-For: 192.0.2.9", "X-Forwarded-For: 192.0.2.7"], Client("192.0.2.7", ("http", "https"))),
        (["X-Forwarded-For: 192.0.2.9, 192.0.2.7 , 127.0.0.1"], Client("192.0.2.7", ("http", "https"))),
        (["X-Forwarded-For: 127.0.0.1"], Client("127.0.0.1", ("http", "https"))),
        (["X-Forwarded-For: unknown"], Client("127.0.0.1", ("http", "https"))),
        (["X-Forwarded-For: 192.0.2.9, unknown, 127.0.0.1"], Client("127.0.0.1", ("http", "https"))),
        (["X-Forwarded-For: \xff"], Client("127.0.0.1", ("http", "https"))),
        (["X-Forwarded-Proto: https"], Client("127.0.0.1", ("https",))),
        (["X-Forwarded-Proto: http, HTTPS"], Client("127.0.0.1", ("https",))),
        (["X-Forwarded-Proto: gopher"], Client("127.0.0.1", ("http", "https"))),
    ],
)
def test_a_named_proxy_is_believed(fields: list[str], client: Client) -> None:
    assert Proxies().client("127.0.0.1", head(*fields)) == client


def test_nobody_else_is_believed() -> None:
    forged = head("X-Forwarded-For: 192.0.2.7", "X-Forwarded-Proto: https")
    for peer in ("198.51.100.1", "127.0.0.2", "unix", ""):
        assert Proxies().client(peer, forged) == Client(peer, ("http",))


def test_whatever_says_that_a_request_was_passed_on_is_seen() -> None:
    for name in (
        "X-Forwarded-For", "x-forwarded-host", "X-Forwarded-Proto", "X-Forwarded", "X-FORWARDED-ANYTHING", "Forwarded",
        "Via", "X-Real-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP",
        "CDN-Loop", "Fly-Client-IP", "X-Original-Forwarded-For", "X-Original-Host", "X-Cluster-Client-IP",
        "X_Forwarded_For", "Forwarded-For", "X-Vercel-Forwarded-For", "Client-IP", "WL-Proxy-Client-IP",
        "Tailscale-User-Login", "X-Azure-SocketIP", "X-Sucuri-ClientIP", "X-ProxyUser-Ip", "DO-Connecting-IP",
        "CF-Connecting-IPv6", "CF-Ray", "X-NF-Client-Connection-IP", "X-Appengine-User-IP", "Ali-CDN-Real-IP",
        "X-Originating-IP", "X-Remote-Addr", "X-Envoy-External-Address", "X-Envoy-Original-Path", "X-Real-Port",
        "X-Scheme", "Front-End-Https", "X-Amzn-Trace-Id", "X-Cloud-Trace-Context", "X-ARR-LOG-ID", "Incap-Client-IP",
    ):  # fmt: skip
        assert is_forwarded(head(f"{name}: 203.0.113.9")), name
    assert not is_forwarded(
        head("Accept: */*", "X-Request-Id: 1", "DNT: 1", "Max-Forwards: 1", "X-Zip: 1", "Origin: a")
    )
