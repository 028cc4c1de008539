"""[R160] What pages of other sites may ask, and read."""

from collections.abc import AsyncIterator

import pytest

from intervene.core.errors import Unavailable
from intervene.edge.http.api import OPERATIONS
from tests.integration.edge.conftest import NEW, SAME, Edge, problem
from tests.kit.server import Reply

SHOP, BELOW, EVIL = "https://shop.example", "https://a.b.shop.example", "https://evil.example"
HELP = "/v1/webchat/help"


@pytest.fixture
async def shop() -> AsyncIterator[Edge]:
    """Its widget is on the pages of two sites and of an app."""
    origins = (SHOP, "https://*.shop.example", "capacitor://localhost")
    async with Edge(development=False, origins=origins) as edge:
        yield edge


async def asks(edge: Edge, method: str, path: str, body: bytes = b"", **headers: str) -> Reply:
    return await edge.ask(method, path, body, **{name.replace("_", "-"): value for name, value in headers.items()})


async def preflight(edge: Edge, path: str, origin: str, method: str = "POST") -> Reply:
    wanted = {"access_control_request_method": method, "access_control_request_headers": "authorization,content-type"}
    return await asks(edge, "OPTIONS", path, b"", origin=origin, **wanted)


def leave(reply: Reply) -> dict[str, str]:
    return {name: value for name, value in reply.headers.items() if name.startswith("access-control-")}


@pytest.mark.parametrize("origin", [SHOP, BELOW, "capacitor://localhost"])
async def test_a_page_of_a_listed_origin_becomes_a_visitor(shop: Edge, origin: str) -> None:
    asked = await preflight(shop, NEW, origin)
    assert (asked.status, asked.body) == (204, b"")
    assert leave(asked) == {
        "access-control-allow-origin": origin, "access-control-allow-methods": "DELETE, GET, POST",
        "access-control-allow-headers": "Authorization, Content-Type", "access-control-max-age": "600",
        "access-control-expose-headers": "Retry-After",
    }  # fmt: skip
    made = await asks(shop, "POST", NEW, b"{}", origin=origin)
    assert made.status == 200
    assert leave(made) == {
        "access-control-allow-origin": origin, "access-control-expose-headers": "Retry-After"
    }  # fmt: skip
    assert asked.headers["vary"] == made.headers["vary"] == "Origin"


async def test_our_own_pages_need_no_listing(shop: Edge) -> None:
    own = f"http://127.0.0.1:{shop.port}"
    assert (await asks(shop, "POST", NEW, b"{}", origin=own)).status == 200
    elsewhere = f"http://127.0.0.1:{shop.port + 1}"
    assert problem(await asks(shop, "POST", NEW, b"{}", origin=elsewhere)) == (403, "origin")


async def test_programs_send_no_origin_and_are_served(shop: Edge) -> None:
    made = await shop.ask("POST", NEW, b"{}")
    assert (made.status, leave(made), made.headers["vary"]) == (200, {}, "Origin")


@pytest.mark.parametrize(
    "origin",
    [EVIL, "https://shop.example.evil.example", "http://shop.example", "https://shop.example:8443", "null", "*"],
)
async def test_what_a_page_of_another_origin_asks_is_not_carried_out(shop: Edge, origin: str) -> None:
    """[P6] It could not read the answer, but what it asked would have been done."""
    token = shop.visitor_token
    for refused in (
        await preflight(shop, NEW, origin),
        await preflight(shop, SAME, origin, "DELETE"),
        await asks(shop, "POST", NEW, b"{}", origin=origin),
        await asks(shop, "POST", SAME, b"{}", origin=origin, authorization=f"Bearer {token}"),
        await asks(shop, "DELETE", SAME, b"", origin=origin, authorization=f"Bearer {token}"),
        await asks(shop, "POST", "/v1/webchat/nothing", b"{}", origin=origin),
    ):
        assert problem(refused) == (403, "origin")
        assert (leave(refused), refused.headers["vary"]) == ({}, "Origin")
    assert not shop.log.spent
    assert shop.metrics.denials == {"origin": 6}


async def test_a_page_may_read_why_it_is_refused(shop: Edge) -> None:
    for refused, status in (
        (await asks(shop, "POST", SAME, b"{}", origin=SHOP), 401),
        (await asks(shop, "POST", NEW, b"", origin=SHOP), 400),
        (await asks(shop, "POST", "/v1/webchat/nothing/visitors", b"{}", origin=SHOP), 404),
        (await asks(shop, "PUT", SAME, b"", origin=SHOP), 405),
    ):
        assert problem(refused)[0] == status
        assert leave(refused)["access-control-allow-origin"] == SHOP


async def test_a_page_of_another_origin_may_look_and_not_read(shop: Edge) -> None:
    for method, path, status in (("GET", "/v1/webchat/webchat", 200), ("OPTIONS", SAME, 405)):
        seen = await asks(shop, method, path, b"", origin=EVIL)
        assert (seen.status, leave(seen)) == (status, {})


async def test_a_channel_names_the_pages_of_its_own(shop: Edge) -> None:
    """[R159] Its visitors' tokens are renewed and forgotten from there too, and no other channel's."""
    shop.policies.has_channel("help", origins=("https://help.example",))
    shop.policies.has_channel("other")
    page = {"origin": "https://help.example"}
    assert (await preflight(shop, f"{HELP}/visitor", **page)).status == 204
    settings = await asks(shop, "GET", HELP, b"", **page)
    made = await asks(shop, "POST", f"{HELP}/visitors", b"{}", **page)
    bearer = {"authorization": f"Bearer {made.json['token']}"}
    renewed = await asks(shop, "POST", f"{HELP}/visitor", b"{}", **page, **bearer)
    forgotten = await asks(shop, "DELETE", f"{HELP}/visitor", b"", **page, **bearer)
    assert [reply.status for reply in (settings, made, renewed, forgotten)] == [200, 200, 200, 204]
    for reply in (settings, made, renewed, forgotten):
        assert leave(reply)["access-control-allow-origin"] == "https://help.example"
    for path in (NEW, SAME, "/v1/webchat/other/visitors", "/v1/webchat/none/visitors"):
        assert problem(await asks(shop, "POST", path, b"{}", **page, **bearer)) == (403, "origin")
        assert problem(await preflight(shop, path, **page)) == (403, "origin")


async def test_what_a_channel_says_of_itself_is_read_by_its_own_pages_alone(shop: Edge) -> None:
    shop.policies.has_channel("help", origins=("https://help.example",))
    assert leave(await asks(shop, "GET", HELP, b"", origin=EVIL)) == {}
    assert leave(await asks(shop, "GET", HELP, b"", origin=SHOP)), "the server's own setting counts for all"


async def test_a_page_that_cannot_be_known_now_reads_nothing(shop: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    """To it that is an outage, after which it comes back."""

    async def away(organisation: object) -> None:
        raise Unavailable("The log is away.")

    monkeypatch.setattr(shop.policies, "loaded", away)
    assert problem(await asks(shop, "POST", NEW, b"{}", origin=EVIL)) == (403, "origin")
    assert problem(await asks(shop, "POST", NEW, b"{}", origin=SHOP)) == (503, "unavailable")


async def test_two_origins_are_none_that_is_allowed(shop: Edge) -> None:
    async with shop.peer() as peer:
        fields = f"Host: x\r\nContent-Length: 2\r\nOrigin: {SHOP}\r\nOrigin: {SHOP}\r\n\r\n{{}}"
        peer.writes(f"POST {NEW} HTTP/1.1\r\n{fields}".encode())
        assert await peer.status() == 403


@pytest.mark.parametrize("path", [*sorted({each.path for each in OPERATIONS if "/webchat/" not in each.path}), "/desk"])
async def test_nothing_else_can_be_asked_from_another_site(shop: Edge, path: str) -> None:
    """Staff's lists least of all."""
    bearer = {"authorization": f"Bearer {shop.agent_token}"}
    for reply in (
        await preflight(shop, path, SHOP, "GET"),
        await asks(shop, "GET", path, b"", origin=SHOP, **bearer),
        await asks(shop, "POST", path, b"{}", origin=SHOP, **bearer),
    ):
        assert leave(reply) == {}


async def test_in_development_a_site_on_this_machine_is_listed_too() -> None:
    async with Edge(origins=("http://localhost:5173",)) as edge:
        made = await asks(edge, "POST", NEW, b"{}", origin="http://localhost:5173")
        assert (made.status, leave(made)["access-control-allow-origin"]) == (200, "http://localhost:5173")
