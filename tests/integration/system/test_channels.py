"""Channels on a whole server: an admin sets one up, and a customer comes by it."""

from datetime import UTC, datetime, timedelta

from intervene.client import CustomerClient, visitor_tokens
from intervene.core.hours import DAYS
from intervene.core.settings import Kind
from tests.integration.system.conftest import MakeServer
from tests.integration.system.test_settings import Admin
from tests.kit.people import Agent, Customer
from tests.kit.server import ServerProcess, until

GREETING, CLOSED = "Welcome to the shop!", "We are back on another day."


async def sets_up(server: ServerProcess) -> str:
    """A channel whose conversations have no bot, and wait in a queue that nobody serves today. The channel's id."""
    ada = Admin(server)
    day = DAYS[(datetime.now(UTC) + timedelta(days=3)).weekday()]
    span = {"day": day.value, "opens": "09:00", "closes": "10:00"}
    hours = (await ada.makes(Kind.HOURS, zone="UTC", spans=[span])).json["id"]
    queue = (await ada.makes(Kind.QUEUE, hours=hours, away_message=CLOSED, visibility="team")).json["id"]
    made = await ada.makes(Kind.CHANNEL, name="Shop", bot="none", queue=queue, greeting=GREETING)
    assert made.status == 201, made.body
    channel: str = made.json["id"]
    return channel


class Shopper(Customer):
    """Came by a channel."""

    def __init__(self, server: ServerProcess, token: str) -> None:
        super().__init__(server)
        self._token = token


async def test_a_customer_comes_by_a_channel_and_is_greeted_and_told_that_it_is_closed(servers: MakeServer) -> None:
    """[P5] [R103] [R158] [R159] [R161] And anybody may know that it is."""
    server = servers()
    await server.start()
    channel = await sets_up(server)
    about = await server.ask("GET", f"/v1/webchat/{channel}")
    assert (about.status, about.json) == (200, {"name": "Shop", "greeting": GREETING, "open": False})
    first = await server.ask("GET", "/v1/webchat/webchat")
    assert (first.json["greeting"], first.json["open"]) == ("", True)
    made = await server.ask("POST", f"/v1/webchat/{channel}/visitors", b'{"name":"Maria"}')
    async with Shopper(server, made.json["token"]) as maria, Agent(server, role="supervisor") as ana:
        await maria.opens()
        await maria.sees(maria.c, lambda event: event.text == GREETING)
        await maria.says("Hello?")
        closed = await maria.sees(maria.c, lambda event: event.text == CLOSED)
        assert closed.frame["event"]["by"] == {"kind": "nobody"}
        await maria.says("Are you there?")
        screen = await ana.watches(maria.c)
        said = [event.frame["event"]["body"] for event in screen.events if event.kind == "message"]
        assert [body.get("reason", "") for body in said] == ["greeting", "", "away", ""]
        assert (screen.state["channel"], screen.state["holder"]) == (channel, {"type": "nobody"})
        assert screen.state["queue"] not in ("", "default")


async def is_unknown(server: ServerProcess, channel: str) -> bool:
    return (await server.ask("GET", f"/v1/webchat/{channel}")).status == 404


async def test_what_there_is_not_is_no_channel(server: ServerProcess) -> None:
    """[R159] Nor is one that was archived."""
    channel = await sets_up(server)
    ada = Admin(server)
    assert (await server.ask("POST", f"/v1/webchat/{channel}/visitors", b"{}")).status == 200
    await ada.changes(f"/v1/channels/{channel}", 1, archived=True)
    await until(lambda: is_unknown(server, channel))  # the node reads its settings anew
    for path in (channel, "none", "%00", "x" * 65):
        for method, below in (("GET", ""), ("POST", "/visitors")):
            reply = await server.ask(method, f"/v1/webchat/{path}{below}", b"{}" if below else b"")
            assert (reply.status, reply.json["code"]) == (404, "not_found")


async def test_a_visitor_s_token_is_of_one_channel(server: ServerProcess) -> None:
    """[R159] It is renewed there, and a client that names the channel stays on it."""
    channel = await sets_up(server)
    made = (await server.ask("POST", f"/v1/webchat/{channel}/visitors", b"{}")).json["token"]
    other = (await server.ask("POST", "/v1/webchat/webchat/visitors", b"{}")).json["token"]
    for token, path, status in (
        (made, f"/v1/webchat/{channel}/visitor", 200), (made, "/v1/webchat/webchat/visitor", 401),
        (made, "/v1/webchat/visitor", 200), (other, f"/v1/webchat/{channel}/visitor", 401),
        (other, "/v1/webchat/webchat/visitor", 200),
    ):  # fmt: skip
        reply = await server.ask("POST", path, b"{}", authorization=f"Bearer {token}")
        assert reply.status == status, path
    tokens = visitor_tokens(server.url, channel=channel, renew=made)
    async with CustomerClient(server.socket_url, tokens) as client:
        conversation = await client.open()
        assert GREETING in str(await anext(aiter(conversation)))
