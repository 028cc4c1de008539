"""HTTP: tokens, the list for agents, the state of the node; and its errors."""

import json
import re
from typing import Any

import pytest

from intervene.core.access import Staff, Visitor
from intervene.core.actors import Role
from intervene.core.limits import VISITOR_BURST
from intervene.edge.auth import RENEW_SECONDS, VISITOR_SECONDS
from tests.integration.edge.conftest import NEW, SAME, Edge, problem
from tests.kit.peer import Peer
from tests.kit.server import ask

LOCAL = "localhost:8000"
AGENTS, LIST = "/v1/development/agents", "/v1/conversations"


# -- tokens ------------------------------------------------------------------------------------------------------------


async def test_anybody_becomes_a_visitor(edge: Edge, peer: Peer) -> None:
    reply = await edge.ask("POST", NEW, b'{"name":"Clara"}')
    assert reply.status == 200
    assert reply.headers["cache-control"] == "no-store"
    made = edge.tokens.verify(reply.json["token"])
    visitor = made.principal
    assert isinstance(visitor, Visitor)
    assert (visitor.contact.id, visitor.contact.name) == (reply.json["visitor"], "Clara")
    assert reply.json["expires"] == made.expires * 1000
    assert abs(made.expires - edge.clock.now() / 1000 - VISITOR_SECONDS) < 5
    assert (await peer.joins(reply.json["token"]))["name"] == "Clara"


async def test_each_visitor_is_another_unless_they_bring_their_token(edge: Edge) -> None:
    first = (await edge.ask("POST", NEW, b"{}")).json
    second = (await edge.ask("POST", NEW, b"{}")).json
    assert first["visitor"] != second["visitor"]
    edge.clock.skip(VISITOR_SECONDS + 100)
    renewed = (await edge.renew(first["token"])).json
    assert renewed["visitor"] == first["visitor"]
    assert renewed["token"] != first["token"]
    edge.tokens.verify(renewed["token"])


async def test_a_visitor_may_take_another_name(edge: Edge) -> None:
    first = (await edge.ask("POST", NEW, b'{"name":"Clara"}')).json
    visitor = edge.tokens.verify((await edge.renew(first["token"], b'{"name":"Clara B."}')).json["token"]).principal
    assert isinstance(visitor, Visitor)
    assert (visitor.contact.id, visitor.contact.name) == (first["visitor"], "Clara B.")


@pytest.mark.parametrize(
    ("name", "made"),
    [
        (r"a\u0000b", "ab"),
        (r"a\nb", "a b"),
        (r"\u001b[31mClara\u0007", "[31mClara"),
        ("n" * 81, "n" * 80),
        (r"\u200b", ""),
    ],
)
async def test_a_visitor_s_name_is_mended_and_not_refused(edge: Edge, name: str, made: str) -> None:
    body = f'{{"name":"{name}"}}'.encode()
    visitor = edge.tokens.verify((await edge.ask("POST", NEW, body)).json["token"]).principal
    assert isinstance(visitor, Visitor)
    assert visitor.contact.name == made


async def test_what_cannot_be_renewed_says_so(edge: Edge) -> None:
    old = (await edge.ask("POST", NEW, b"{}")).json["token"]
    edge.clock.skip(VISITOR_SECONDS + RENEW_SECONDS + 1)
    for token in (old, "nonsense", edge.agent_token):
        reply = await edge.renew(token)
        assert problem(reply) == (401, "bad_token")
        assert reply.headers["www-authenticate"] == "Bearer"


async def test_one_address_gets_few_tokens() -> None:
    """[P7]"""
    async with Edge(development=False) as edge:
        edge.clock.hold()
        for _ in range(VISITOR_BURST):
            assert (await edge.ask("POST", NEW, b"{}")).status == 200
        reply = await edge.ask("POST", NEW, b"{}")
        assert problem(reply) == (429, "too_fast")
        edge.clock.skip(float(reply.headers["retry-after"]))
        assert (await edge.ask("POST", NEW, b"{}")).status == 200


@pytest.mark.parametrize(
    ("claims", "proxies", "is_another"),
    [
        ("192.0.2.8", ["127.0.0.1"], True),
        ("192.0.2.8", ["127.0.0.0/8"], True),
        ("192.0.2.7", ["127.0.0.1"], False),
        ("192.0.2.8, 192.0.2.7", ["127.0.0.1"], False),  # the proxy writes the last one; who wrote the first?
        ("192.0.2.8, 192.0.2.7", ["127.0.0.1", "192.0.2.7"], True),
        ("192.0.2.8", ["192.0.2.1"], False),
        ("192.0.2.8", [], False),
    ],
)
async def test_a_client_behind_a_proxy_counts_by_its_own_address(
    claims: str, proxies: list[str], is_another: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P7]"""
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")  # uvicorn's own, which would believe anybody
    async with Edge(development=False, proxies=proxies) as edge:

        async def ask_as(claims: str) -> int:
            return (await edge.ask("POST", NEW, b"{}", **{"x-forwarded-for": claims})).status

        for _ in range(VISITOR_BURST):
            assert await ask_as("192.0.2.7") == 200
        assert await ask_as("192.0.2.7") == 429
        assert await ask_as(claims) == (200 if is_another else 429)


async def test_in_development_tokens_are_for_the_asking(edge: Edge) -> None:
    for _ in range(VISITOR_BURST + 1):
        assert (await edge.ask("POST", NEW, b"{}")).status == 200


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("Anna Lee", "anna-lee"),
        ("ANNA  lee", "anna-lee"),
        ("Anna -- Lee!", "anna-lee.0db6f191f72d"),
        ("Ödön", "d-n.e936bc3fa175"),
        ("李雷", "agent.3a47328a607f"),
    ],
)
async def test_in_development_anybody_becomes_an_agent(edge: Edge, name: str, id: str) -> None:
    reply = await edge.ask("POST", AGENTS, f'{{"name":"{name}","role":"supervisor"}}'.encode(), host=LOCAL)
    assert reply.json["agent"] == id
    staff = edge.tokens.verify(reply.json["token"]).principal
    assert isinstance(staff, Staff)
    assert (staff.organisation, staff.agent.id, staff.agent.name, staff.role) == ("acme", id, name, Role.SUPERVISOR)


async def test_in_development_agents_of_different_names_are_different_agents(edge: Edge) -> None:
    """However few of their letters an id may have."""
    names = [
        "Möller", "Müller", "Muller", "M ller", "m-ller", "m.ller", "Straße", "Strasse", "李雷", "王雷", "😀", "😁",
        "anna-lee", "Anna Lee", "Anna-Lee.", "n" * 41, "n" * 42, "Ann\u200ba", "Anna", "אנה", "-", "--",
    ]  # fmt: skip
    ids = []
    for name in names:
        body = json.dumps({"name": name}).encode()
        ids.append((await edge.ask("POST", AGENTS, body, host=LOCAL)).json["agent"])
    assert len(set(ids)) == len(ids)
    for same in ('{"name":"mo\\u0308ller"}', '{"name":" MÖLLER "}'):
        assert (await edge.ask("POST", AGENTS, same.encode(), host=LOCAL)).json["agent"] == ids[0]


async def test_a_page_that_makes_its_own_name_mean_this_machine_gets_no_agent_s_token(edge: Edge) -> None:
    for host in ("evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example", ""):
        reply = await edge.ask("POST", AGENTS, b'{"name":"Anna"}', host=host)
        assert problem(reply) == (403, "forbidden")
        assert problem(await edge.ask("GET", "/demo", host=host)) == (403, "forbidden")


async def test_without_development_there_are_no_agents_tokens_for_the_asking() -> None:
    async with Edge(development=False) as edge:
        assert problem(await edge.ask("POST", AGENTS, b'{"name":"Anna"}', host=LOCAL)) == (404, "not_found")
        assert (await edge.ask("POST", NEW, b"{}")).status == 200


# -- the node's state --------------------------------------------------------------------------------------------------


async def test_health_says_that_the_loop_runs(edge: Edge) -> None:
    edge.reason = "starting"
    assert (await edge.ask("GET", "/healthz")).json == {"status": "ok"}


async def test_readiness_says_why_not(edge: Edge) -> None:
    assert (await edge.ask("GET", "/readyz")).json == {"status": "ready"}
    edge.reason = "the log is away"
    reply = await edge.ask("GET", "/readyz")
    assert problem(reply) == (503, "not_ready")
    assert "the log is away" in reply.json["detail"]
    edge.reason = ""
    edge.sockets.is_draining = True
    assert (await edge.ask("GET", "/readyz")).status == 503


async def test_metrics_tell_what_happened(edge: Edge, clara: Peer, anna: Peer) -> None:
    clara.closes()
    await clara.is_closed()
    edge.metrics.about = {"node": "7-f00", "release": "1.2"}
    edge.metrics.watch("commits", "Commits", lambda: 3, is_counter=True)
    edge.metrics.measure_takeover("seen", 12.0)
    reply = await ask(f"http://127.0.0.1:{edge.metrics_port}", "GET", "/metrics")
    assert reply.headers["content-type"].startswith("text/plain")
    figures = dict(re.findall(r"^(intervene_\S+) (\S+)$", reply.body.decode(), re.MULTILINE))
    assert float(figures['intervene_node_info{node="7-f00",release="1.2"}']) == 1
    assert float(figures['intervene_sessions{audience="staff"}']) == 1
    assert float(figures['intervene_sessions{audience="contacts"}']) == 0
    assert float(figures['intervene_closes_total{code="1000"}']) == 1
    assert float(figures["intervene_commits_total"]) == 3
    assert float(figures["intervene_received_frames_total"]) == 3
    assert float(figures["intervene_sent_frames_total"]) == 3
    assert float(figures['intervene_takeover_seconds_count{phase="seen"}']) == 1
    assert float(figures['intervene_takeover_seconds_sum{phase="seen"}']) == 0.012
    assert float(figures['intervene_takeover_seconds_count{phase="written"}']) == 0


async def test_in_development_metrics_are_for_this_machine_only(edge: Edge) -> None:
    """[P6] A page elsewhere can make its own name mean this machine."""
    url = f"http://127.0.0.1:{edge.metrics_port}"
    for fields in ({"host": "evil.example"}, {"X-Forwarded-For": "203.0.113.9"}):
        assert (await ask(url, "GET", "/metrics", b"", **fields)).status == 403
    async with Edge(development=False) as elsewhere:
        url = f"http://127.0.0.1:{elsewhere.metrics_port}"
        assert (await ask(url, "GET", "/metrics", b"", host="node1:9464")).status == 200


async def test_close_codes_of_peers_do_not_fill_the_metrics(edge: Edge) -> None:
    for code in (3001, 4242, 4999):
        async with edge.peer() as clara:
            await clara.joins(edge.visitor_token)
            clara.closes(code)
            await clara.is_closed()
    assert edge.metrics.closes == {"other": 3}


# -- errors ------------------------------------------------------------------------------------------------------------

WRONG: dict[str, tuple[str, str, bytes, int, str]] = {
    "an unknown address": ("GET", "/nowhere", b"", 404, "not_found"),
    "a channel that there is not": ("POST", "/v1/webchat/mail/visitors", b"{}", 404, "not_found"),
    "an old address": ("POST", "/tokens/visitor", b"{}", 404, "not_found"),
    "a renewal without a token": ("POST", SAME, b"{}", 401, "bad_token"),
    "a wrong method": ("GET", NEW, b"", 405, "method_not_allowed"),
    "a method of no address": ("DELETE", "/healthz", b"", 405, "method_not_allowed"),
    "a socket's address without an upgrade": ("GET", "/socket", b"", 426, "upgrade_required"),
    "no JSON": ("POST", NEW, b"name=Clara", 400, "bad_json"),
    "half of JSON": ("POST", NEW, b'{"name":', 400, "bad_json"),
    "no UTF-8": ("POST", NEW, b'{"name":"\xff"}', 400, "bad_json"),
    "half a surrogate pair for a field": ("POST", NEW, rb'{"\ud800":"a"}', 400, "bad_json"),
    "half a surrogate pair for a role": ("POST", AGENTS, rb'{"name":"a","role":"\ud800"}', 400, "bad_json"),
    "10,000 levels": ("POST", NEW, b"[" * 10_000, 400, "bad_request"),
    "an unknown field": ("POST", NEW, b'{"nome":"Clara"}', 400, "bad_request"),
    "10,000 levels in an unknown field": ("POST", NEW, b'{"x":' + b"[" * 10_000, 400, "bad_request"),
    "a wrong type": ("POST", NEW, b'{"name":7}', 400, "bad_request"),
    "a list": ("POST", NEW, b"[]", 400, "bad_request"),
    "an agent whose name is invisible": ("POST", AGENTS, rb'{"name":"\u200b\u3164"}', 400, "bad_request"),
    "an agent without a name": ("POST", AGENTS, b"{}", 400, "bad_request"),
    "an unknown role": ("POST", AGENTS, b'{"name":"Anna","role":"king"}', 400, "bad_request"),
    "a large body": ("POST", NEW, b" " * 17_000, 413, "too_large"),
}


@pytest.mark.parametrize("what", WRONG)
async def test_each_error_has_its_code_and_a_sentence(edge: Edge, what: str) -> None:
    method, path, body, status, code = WRONG[what]
    assert problem(await edge.ask(method, path, body, host=LOCAL)) == (status, code)
    assert edge.metrics.denials == {code: 1}


@pytest.mark.parametrize("path", [NEW, AGENTS])
async def test_half_a_surrogate_pair_in_a_name_is_mended(edge: Edge, path: str) -> None:
    """[P7] As in a token: a page that cuts a name may cut a character. It keeps nobody out."""
    reply = await edge.ask("POST", path, rb'{"name":"Sara\ud83d"}', host=LOCAL)
    principal = edge.tokens.verify(reply.json["token"]).principal
    assert (principal.agent if isinstance(principal, Staff) else principal.contact).name == "Sara\ufffd"


async def test_a_body_without_end_is_refused_at_its_bound(peer: Peer) -> None:
    """[P7]"""
    peer.writes(
        b"POST /v1/webchat/webchat/visitors HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n" + b" " * 1_000_000
    )
    assert await peer.status() == 413


async def test_a_wrong_method_is_told_the_right_one(edge: Edge) -> None:
    assert (await edge.ask("GET", NEW)).headers["allow"] == "POST"


async def test_a_fault_of_ours_is_not_explained(
    edge: Edge, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def page(*_: Any) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr(edge.log, "page", page)
    reply = await edge.ask("GET", LIST, authorization=f"Bearer {edge.agent_token}")
    assert problem(reply) == (500, "internal")
    assert b"order" not in reply.body
    assert "out of order" in caplog.text
    assert edge.agent_token not in caplog.text
