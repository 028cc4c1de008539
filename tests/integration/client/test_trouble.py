"""A client says why it is not connected; what can never work is said at once."""

import asyncio
import logging
import math
import socket
from typing import Any

import anyio
import msgspec
import pytest

from intervene.client import (
    AgentClient,
    CustomerClient,
    Joined,
    News,
    NotConnected,
    Pace,
    Trouble,
    agent_tokens,
    socket_url,
    visitor_tokens,
)
from intervene.client.addresses import is_loopback
from intervene.client.trouble import Kind
from tests.integration.client.front import coded, front, page
from tests.integration.client.peer import QUICK, client, peer
from tests.kit.limits import WAIT, eventually


async def tokens() -> str:
    return "token"


def nowhere() -> str:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"ws://127.0.0.1:{probe.getsockname()[1]}/socket"


# -- what can never work -----------------------------------------------------------------------------------------------

NEVER = [
    "http://127.0.0.1:8000",
    "https://chat.example.com/socket",
    "chat.example.com/socket",
    "localhost:8000",
    "",
    "ws:",
    "ws://",
    "ws:///socket",
    "ws://:8000/socket",
    "ws://host:port/socket",
    "ws://host:0/socket",
    "ws://host:65536/socket",
    "ws://host:-1/socket",
    "ws://host/socket#here",
    "ws://host/socket#",
    "ws://host/socket?token=x",
    "ws://ho st/socket",
    " ws://host/socket",
    "ws://host/sock\net",
    "ws://[::1/socket",
    "ws://[host]/socket",
    "ws://a..b/socket",
    f"ws://{'a' * 64}.example/socket",
    "file:///etc/passwd",
]


@pytest.mark.parametrize("url", NEVER)
@pytest.mark.parametrize("kind", [AgentClient, CustomerClient])
def test_an_address_that_can_never_work_is_refused_at_once(kind: type[AgentClient | CustomerClient], url: str) -> None:
    with pytest.raises(ValueError, match=r"can never work: .*ws://host:port/socket"):
        kind(url, tokens)


@pytest.mark.parametrize(
    "url",
    ["ws://h/socket", "wss://chat.example.com", "ws://[::1]:8000/a/socket", "WS://H:65535/s", "ws://bücher.example/s"],
)
def test_an_address_that_may_work_is_taken(url: str) -> None:
    AgentClient(url, tokens)


@pytest.mark.parametrize("url", [None, 7, b"ws://host/socket"])
def test_an_address_that_is_no_text_is_refused_at_once(url: Any) -> None:
    with pytest.raises(TypeError, match="A URL is text"):
        AgentClient(url, tokens)


@pytest.mark.parametrize("url", ["ws://host:8000", "localhost:8000", "", "http://", "http://h:99999", "http://h/?a=b"])
def test_tokens_and_sockets_of_an_address_that_can_never_work_are_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="can never work"):
        visitor_tokens(url)
    with pytest.raises(ValueError, match="can never work"):
        agent_tokens(url, "Ana")
    if not url.startswith("ws:"):
        with pytest.raises(ValueError, match="can never work"):
            socket_url(url)


@pytest.mark.parametrize("given", ["eyJhbGciOi", None, 7, ["token"]])
def test_tokens_that_cannot_be_called_are_refused_at_once(given: Any) -> None:
    with pytest.raises(TypeError, match="coroutine function that answers a token"):
        CustomerClient("ws://host/socket", given)


STRANGE: dict[str, Any] = {
    "no coroutine function": lambda: "token",
    "nothing": lambda: None,
    "a coroutine of nothing": lambda: asyncio.sleep(0),
    "a coroutine of a number": lambda: asyncio.sleep(0, 7),
}


@pytest.mark.parametrize("given", STRANGE.values(), ids=STRANGE)
async def test_tokens_that_answer_none_are_refused_when_the_first_is_needed(given: Any) -> None:
    with pytest.raises(TypeError, match="`tokens`"):
        async with CustomerClient(nowhere(), given):
            pytest.fail("it entered")


@pytest.mark.parametrize("given", [-1.0, math.nan, "5", None])
def test_a_pace_that_is_no_number_of_seconds_is_refused_at_once(given: Any) -> None:
    for name in ("first_delay", "join", "enter"):
        with pytest.raises(ValueError, match=f"{name} is a number of seconds"):
            Pace(**{name: given})


def test_a_name_longer_than_hello_takes_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="at most 128"):
        AgentClient("ws://host/socket", tokens, name="x" * 129)


# -- the rest is told --------------------------------------------------------------------------------------------------


async def test_entering_has_a_bound_and_says_what_is_wrong() -> None:
    """A wrong port does not hang without a word."""
    pace = msgspec.structs.replace(QUICK, enter=0.3)
    with anyio.fail_after(WAIT), pytest.raises(NotConnected, match=r"no connection to ws://127\.0\.0\.1:") as problem:
        async with CustomerClient(nowhere(), tokens, pace=pace):
            pytest.fail("it entered")
    trouble = problem.value.trouble
    assert trouble is not None
    assert trouble.kind is Kind.UNREACHABLE
    assert trouble.tries > 1


async def test_entering_a_server_that_never_answers_has_a_bound_too() -> None:
    pace = msgspec.structs.replace(QUICK, enter=0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"ws://127.0.0.1:{silent.getsockname()[1]}/socket"
        with pytest.raises(NotConnected, match="no answer yet"):
            async with CustomerClient(url, tokens, pace=pace):
                pytest.fail("it entered")


async def test_a_client_that_is_cut_off_says_why_and_that_it_is_back(caplog: pytest.LogCaptureFixture) -> None:
    """One line for each kind of trouble, however many tries there were, and one at the end."""
    caplog.set_level(logging.INFO, "intervene.client")
    news: list[News] = []
    async with peer() as server, client(server) as ana:
        ana.on(news.append)
        assert ana.trouble is None
        server.refuses = [(503, {})] * 5
        await (await server.next_line()).drops()
        await eventually(lambda: len(news) > 2)
        with pytest.raises(NotConnected, match="HTTP 503"):
            await ana.connected(within=0)
        assert ana.trouble is not None
        assert ana.trouble.kind is Kind.NOT_THE_SERVER
        assert ana.trouble.since <= ana.trouble.next_try
        await ana.connected()
        assert ana.trouble is None
    assert [one.tries for one in news if isinstance(one, Trouble)] == [1, 2, 3, 4, 5, 6]
    assert news[-1] == Joined(joins=2)
    levels = [(record.levelname, record.message.partition(":")[0]) for record in caplog.records]
    assert levels == [("WARNING", "not connected, trying again"), ("INFO", "connected again after 6 tries")]


async def test_each_kind_of_trouble_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    answers = [page(404, ""), coded(503, "full"), page(502, ""), coded(503, "draining"), page(302, "")]
    async with (
        peer() as server,
        front(server.url, answers) as (url, _),
        AgentClient(url, server.tokens, pace=QUICK),
    ):
        pass
    warnings = [record.message for record in caplog.records if record.name == "intervene.client"]
    assert len(warnings) == 2
    assert "HTTP 404" in warnings[0]
    assert "full" in warnings[1]


async def test_a_connection_that_is_lost_again_and_again_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """Once is usual. A server that welcomes and hangs up is trouble, and not a new one each time."""
    async with peer() as server, client(server) as ana:
        for _ in range(5):
            await (await server.next_line()).drops()
        await server.next_line()
        await eventually(lambda: ana.joins == 6)
    assert len([record for record in caplog.records if record.name == "intervene.client"]) == 1


async def test_no_token_is_trouble_with_its_reason() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{probe.getsockname()[1]}"
    pace = msgspec.structs.replace(QUICK, enter=0.2)
    with pytest.raises(NotConnected, match="no token: ") as problem:
        async with CustomerClient("ws://127.0.0.1:1/socket", visitor_tokens(base), pace=pace):
            pytest.fail("it entered")
    assert problem.value.trouble
    assert problem.value.trouble.kind is Kind.TOKEN


async def test_a_name_without_an_address_is_trouble() -> None:
    pace = msgspec.structs.replace(QUICK, enter=2.0, join=1.0)
    with pytest.raises(NotConnected, match=r"no connection to ws://nothing\.invalid"):
        async with CustomerClient("ws://nothing.invalid/socket", tokens, pace=pace):
            pytest.fail("it entered")


async def test_what_may_be_in_a_url_and_is_secret_is_not_said() -> None:
    pace = msgspec.structs.replace(QUICK, enter=0.2)
    url = nowhere().replace("ws://", "ws://me:hunter2@")
    with pytest.raises(NotConnected) as problem:
        async with CustomerClient(url, tokens, pace=pace):
            pytest.fail("it entered")
    assert "hunter2" not in str(problem.value)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("[::1]", True),
        ("[::ffff:127.0.0.1]", True),
        ("localhost", True),
        ("a.localhost", True),
        ("127.example.com", False),
        ("[2001:db8::1]", False),
        ("10.0.0.1", False),
    ],
)
def test_loopback_is_any_notation_of_it(host: str, expected: bool) -> None:
    assert is_loopback(f"ws://{host}:8000/socket") is expected
