"""Whoever answers is not taken for the server: ingresses, proxies and portals in front of a server, in raw bytes."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from intervene.client import AgentClient, Closed, CustomerClient, TokenRefused, visitor_tokens
from intervene.client.answers import LONGEST_ADVICE, advice, refusal
from intervene.core.codes import FINAL_REFUSALS
from tests.integration.client.front import Answer, another_websocket, coded, front, page, token
from tests.integration.client.peer import CUSTOMER, QUICK, peer
from tests.kit.server import ServerProcess

json_page = partial(page, kind="application/json")

NOT_THE_SERVER: dict[str, Answer] = {
    "an ingress without a backend": page(404, "default backend - 404"),
    "a firewall": page(403, "<h1>403 Forbidden</h1>"),
    "two proxies that say when": page(503, "<html>503</html>", "Retry-After: 0", "Retry-After: 0"),
    "a proxy with a bad gateway": page(502, "<html>502 Bad Gateway</html>"),
    "a captive portal with a page": page(200, "<html>Accept our terms</html>"),
    "a captive portal that redirects": page(302, "", "Location: http://portal.invalid/login"),
    "a permanent redirect": page(308, "", "Location: wss://elsewhere.invalid/socket"),
    "a portal that wants a sign-in": page(401, "", "WWW-Authenticate: Basic"),
    "a network that wants one": page(511, "<html>Network Authentication Required</html>"),
    "a proxy of HTTP/1.0": b"HTTP/1.0 400 Bad Request\r\n\r\n<html>",
    "a gateway of another make": json_page(404, '{"message": "no Route matched with those values"}'),
    "another program's refusal": json_page(403, '{"error": "Forbidden", "message": "No."}'),
    "another program's problem": json_page(403, '{"type": "about:blank", "detail": "No.", "code": "origin"}'),
    "a problem without a sentence": json_page(403, '{"type": "urn:intervene:problem:origin"}'),
    "a problem of no type": json_page(403, '{"code": "origin", "detail": "No."}'),
    "a type that is no text": json_page(403, '{"type": 4500, "detail": "No."}'),
    "JSON that is no object": json_page(426, "[426]"),
    "a refusal that was cut off": coded(403, "origin")[:-6],
    "nothing at all": b"",
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n",
    "half a handshake": b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
}


@pytest.mark.parametrize("answer", NOT_THE_SERVER.values(), ids=NOT_THE_SERVER)
async def test_an_upgrade_that_something_else_answers_is_an_outage(answer: Answer) -> None:
    """[R3]"""
    async with (
        peer() as server,
        front(server.url, [answer, answer]) as (url, met),
        AgentClient(url, server.tokens, pace=QUICK) as ana,
    ):
        assert ana.is_joined
        assert len(met) == 3


async def test_a_websocket_of_another_protocol_is_an_outage_and_gets_no_token() -> None:
    """[R3]"""
    async with peer() as server, front(server.url, [another_websocket]) as (url, met):
        async with AgentClient(url, server.tokens, pace=QUICK):
            assert len(met) == 2
        assert not met.rest, "no hello, and so no token"


async def test_a_redirect_is_never_followed_with_a_token() -> None:
    """[R3] Neither by the socket nor by what fetches tokens."""
    async with peer(CUSTOMER) as server, front(server.url, []) as (elsewhere, met_elsewhere):
        statuses = (301, 302, 303, 307, 308)
        redirects = [page(status, "", f"Location: {elsewhere}") for status in statuses]
        of_tokens = [page(status, "", f"Location: {elsewhere.replace('ws:', 'http:')}") for status in statuses]
        async with (
            front(server.url, redirects) as (url, _),
            front("http://127.0.0.1:1", [*of_tokens, *[token("t")] * 9]) as (tokens, met),
            CustomerClient(url, visitor_tokens(tokens), pace=QUICK),
        ):
            assert len(met) > len(redirects)
        assert not met_elsewhere.heads


@pytest.mark.parametrize("code", sorted(FINAL_REFUSALS))
async def test_a_final_refusal_of_the_server_itself_ends_a_client(code: str) -> None:
    """[R3]"""
    async with peer() as server, front(server.url, [coded(403, code)] * 2) as (url, met):
        with pytest.raises(Closed, match=f"403: {code}: No"):
            async with AgentClient(url, server.tokens, pace=QUICK):
                pytest.fail("it entered")
        assert len(met) == 1


@pytest.mark.parametrize("code", ["full", "draining", "cut_off", "too_many", "some_later_code"])
async def test_a_refusal_of_the_server_that_is_not_final_is_an_outage(code: str) -> None:
    """[R3]"""
    async with (
        peer() as server,
        front(server.url, [coded(503, code, "Retry-After: 0")]) as (url, met),
        AgentClient(url, server.tokens, pace=QUICK),
    ):
        assert len(met) == 2


@pytest.mark.parametrize("answer", NOT_THE_SERVER.values(), ids=NOT_THE_SERVER)
async def test_a_token_that_something_else_answers_for_is_asked_for_again(answer: Answer) -> None:
    """[R3]"""
    async with (
        peer(CUSTOMER) as server,
        front("http://127.0.0.1:1", [answer, token("mine")]) as (url, _),
        CustomerClient(server.url, visitor_tokens(url), pace=QUICK),
    ):
        assert (await server.next_line()).hello.token == "mine"


async def test_an_answer_that_is_no_token_is_asked_for_again() -> None:
    strange = [json_page(200, body) for body in ("{}", "[]", '{"token": 7}', '{"token": "' + "x" * 100_000)]
    async with (
        peer(CUSTOMER) as server,
        front("http://127.0.0.1:1", [*strange, token("mine")]) as (url, _),
        CustomerClient(server.url, visitor_tokens(url), pace=QUICK),
    ):
        assert (await server.next_line()).hello.token == "mine"


async def test_tokens_that_the_server_itself_refuses_for_good_end_a_client() -> None:
    async with peer(CUSTOMER) as server, front("http://127.0.0.1:1", [coded(403, "origin")]) as (url, _):
        with pytest.raises(TokenRefused, match="origin: No") as refused:
            async with CustomerClient(server.url, visitor_tokens(url), pace=QUICK):
                pytest.fail("it entered")
        assert refused.value.code == "origin"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("-5", None),
        ("", None),
        ("soon", None),
        ("1.5", None),
        ("²", None),
        ("9" * 400, LONGEST_ADVICE),
        ("Thu, 01 Jan 1970 00:17:00 GMT", 20.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_ADVICE),
        ("Thu, 99 Jan 1970 00:17:00 GMT", None),
    ],
)
def test_advice_to_come_back_later_is_a_number_or_a_date_within_bounds(value: str, seconds: float | None) -> None:
    """[R81]"""
    assert advice(503, value, now=1000.0) == seconds
    assert advice(200, value, now=1000.0) is None


async def test_a_real_server_s_refusals_are_told_from_those_of_others(tmp_path: Path) -> None:
    """[R3]"""
    server = ServerProcess(tmp_path, bot="echo")
    await server.start()
    upgrade: dict[str, Any] = {
        "connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "13",
        "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }  # fmt: skip
    try:
        foreign = refusal((await server.ask("GET", "/socket", **upgrade, origin="nobody's")).body)
        strange = refusal((await server.ask("GET", "/socket", **upgrade | {"sec-websocket-protocol": "mqtt"})).body)
        renewal = refusal((await server.ask("POST", "/v1/webchat/visitor", b"{}", authorization="Bearer no")).body)
        nothing = refusal((await server.ask("GET", "/nothing")).body)
    finally:
        await server.kill()
    assert [found and found.code for found in (foreign, strange, renewal)] == ["origin", "subprotocol", "bad_token"]
    assert [bool(found and found.is_final) for found in (foreign, strange, renewal, nothing)] == [True] * 3 + [False]
