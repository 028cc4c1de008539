"""[R157] The origins of pages: a hello is welcome where the server's setting or the channel's names them."""

import pytest

from intervene.core.access import Principal, Visitor
from intervene.core.actors import Contact
from intervene.core.codes import CloseCode
from intervene.core.ids import Address, ContactId, OrganisationId
from tests.integration.edge.conftest import Edge
from tests.integration.edge.stand_ins import ACME
from tests.kit.limits import eventually
from tests.kit.peer import Peer, request

SHOP, HELP = "https://shop.example", "help"
WELCOME = 0


def of_channel(channel: str, organisation: OrganisationId = ACME) -> Principal:
    """A visitor who came by it."""
    contact = Contact(id=ContactId("clara"), name="Clara")
    return Visitor(organisation=organisation, contact=contact, address=Address(channel, contact.id))


async def hello(edge: Edge, origin: str, token: str = "", *, host: str = "", proto: str = "") -> int:
    """`WELCOME`, or with what it is closed."""
    async with edge.peer() as peer:
        head = request(Host=host or f"127.0.0.1:{edge.port}", X_Forwarded_Proto=proto, X=".")
        peer.writes(head.replace(b"X: .", f"Origin: {origin}".encode()))
        assert await peer.status() == 101
        peer.says(type="hello", token=token or edge.visitor_token)
        frame = await peer.reads()
        return frame.code if frame.opcode == 8 else WELCOME


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example", "file://"])
async def test_pages_of_other_origins_are_refused(edge: Edge, origin: str) -> None:
    """Customers and staff alike, and for good."""
    for token in (edge.visitor_token, edge.agent_token):
        assert await hello(edge, origin, token) == CloseCode.FOREIGN_ORIGIN
    assert edge.metrics.denials["origin"] == 2
    await eventually(lambda: not len(edge.sockets))
    assert (edge.metrics.agents, edge.metrics.contacts) == (0, 0)


@pytest.mark.parametrize("origin", ["", "http://evil.example/127.0.0.1", "http://[", "*"])
async def test_what_is_no_origin_is_refused_before_it_is_a_session(edge: Edge, peer: Peer, origin: str) -> None:
    peer.writes(request(X=".").replace(b"X: .", f"Origin: {origin}".encode()))
    assert await peer.status() == 403
    assert b'"code":"origin"' in await peer.rest()
    assert edge.metrics.denials["origin"] == 1


async def test_our_own_pages_may_connect(edge: Edge) -> None:
    for token in (edge.visitor_token, edge.agent_token):
        assert await hello(edge, f"http://127.0.0.1:{edge.port}", token) == WELCOME


async def test_listed_origins_may_connect_beside_our_own() -> None:
    async with Edge(development=False, origins=(SHOP,)) as edge:
        for origin, verdict in (
            (SHOP, WELCOME),
            ("http://shop.example", CloseCode.FOREIGN_ORIGIN),
            ("https://shop.example.evil.example", CloseCode.FOREIGN_ORIGIN),
            (f"http://127.0.0.1:{edge.port}", WELCOME),
            (f"http://localhost:{edge.port}", CloseCode.FOREIGN_ORIGIN),
        ):
            assert await hello(edge, origin) == verdict


async def test_apps_in_a_web_view_and_hosts_below_a_name_can_be_listed() -> None:
    named = ("capacitor://localhost", "null", "https://*.shop.example")
    async with Edge(development=False, origins=named) as edge:
        for origin in ("capacitor://localhost", "null", "https://a.shop.example"):
            assert await hello(edge, origin) == WELCOME
        for origin in (SHOP, "ionic://localhost"):
            assert await hello(edge, origin) == CloseCode.FOREIGN_ORIGIN


@pytest.mark.parametrize(
    ("origin", "proto", "verdict"),
    [
        ("https://chat.example.com", "https", WELCOME),
        ("https://CHAT.example.com:443", "https", WELCOME),
        ("http://chat.example.com", "https", CloseCode.FOREIGN_ORIGIN),
        ("https://chat.example.com", "http", CloseCode.FOREIGN_ORIGIN),
        ("https://chat.example.com", "", WELCOME),  # the proxy does not say
        ("https://chat.example.com:8443", "https", CloseCode.FOREIGN_ORIGIN),
        ("null", "https", CloseCode.FOREIGN_ORIGIN),
    ],
)
async def test_the_scheme_counts_as_the_proxy_saw_it(origin: str, proto: str, verdict: int) -> None:
    async with Edge(development=False) as edge:
        assert await hello(edge, origin, host="chat.example.com:443", proto=proto) == verdict


async def test_the_scheme_of_a_connection_from_nobody_trusted_is_http() -> None:
    async with Edge(development=False, proxies=[]) as edge:
        for origin, verdict in (
            ("http://chat.example.com", WELCOME), ("https://chat.example.com", CloseCode.FOREIGN_ORIGIN)
        ):  # fmt: skip
            assert await hello(edge, origin, host="chat.example.com", proto="https") == verdict


# -- by channel --------------------------------------------------------------------------------------------------------


async def test_a_page_that_the_channel_names_may_use_that_channel(edge: Edge) -> None:
    edge.policies.has_channel(HELP, origins=(SHOP,))
    edge.policies.has_channel("other", origins=("https://other.example",))
    assert await hello(edge, SHOP, edge.token_of(of_channel(HELP))) == WELCOME
    for token in (edge.token_of(of_channel("other")), edge.visitor_token, edge.agent_token):
        assert await hello(edge, SHOP, token) == CloseCode.FOREIGN_ORIGIN


async def test_a_channel_of_another_organisation_lets_nobody_in(edge: Edge) -> None:
    """[P6] A host application signs what it likes."""
    edge.policies.has_channel(HELP, OrganisationId("globex"), origins=(SHOP,))
    for origin in (SHOP, f"http://127.0.0.1:{edge.port}"):
        assert await hello(edge, origin, edge.token_of(of_channel(HELP))) == CloseCode.BAD_TOKEN


async def test_what_is_sent_behind_a_hello_that_is_refused_is_not_done(edge: Edge, peer: Peer) -> None:
    assert await peer.upgrades(Origin=SHOP) == 101
    peer.says(type="hello", token=edge.visitor_token)
    peer.says(type="open")
    assert await peer.is_closed() == CloseCode.FOREIGN_ORIGIN
    assert not edge.engine.opened
