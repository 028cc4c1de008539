"""A conversation's actions and transcript, over HTTP to a whole server on either database."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from intervene.core.limits import TEXT_BYTES
from intervene.migrations import upgrade
from tests.integration.system.conftest import MakeServer
from tests.kit.people import Agent, Customer
from tests.kit.server import Reply, ServerProcess, until


@pytest.fixture(params=["sqlite", "postgres"])
async def server(servers: MakeServer, request: pytest.FixtureRequest) -> Any:
    if request.param == "sqlite":
        server = servers()
        await server.start()
        yield server
        return
    async with request.getfixturevalue("postgres").fresh() as url:
        server = servers(database_url=url)
        await server.start()
        yield server
        await server.kill()


async def asks(server: ServerProcess, path: str, token: str = "", **headers: str) -> Reply:
    token = token or server.agent_token("Ana")
    where = path if path.startswith("/") else f"/v1/conversations/{path}"
    return await server.ask("GET", where, b"", authorization=f"Bearer {token}", **headers)


async def all_of(server: ServerProcess, path: str) -> list[dict[str, Any]]:
    """Of all pages."""
    page = (await asks(server, path)).json
    items: list[dict[str, Any]] = page["items"]
    while page["next"]:
        page = (await asks(server, f"{path}?cursor={page['next']}")).json
        items += page["items"]
    return items


def untimed(actions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the times of takeovers, which come when the last screen has confirmed one."""
    return [{**action, "times": None} for action in actions]


async def test_what_was_done_and_said_is_answered_from_the_log(server: ServerProcess) -> None:
    """[P2] [R114] [R115] A reply that a takeover cut is marked, and is what screens have shown."""
    async with Customer(server) as customer, Agent(server, "Ana") as ana:
        c = (await customer.opens()).conversation
        await customer.says("Where is it?")
        await ana.watches(c)
        await customer.sees_the_bot_write(c)
        await ana.intervenes(c)
        await ana.says(c, "Here.\nAna")
        await ana.notes(c, "easy")
        await ana.closes(c)
        await ana.reopens(c)
        log = await ana.reads_the_log(c)
    done = await all_of(server, f"{c}/actions")
    expected = [event for event in log if event["body"]["kind"] not in ("message", "message_started", "note")]
    assert [(action["seq"], action["at"], action["by"], action["body"]) for action in done] == [
        (event["seq"], event["at"], event["author"], event["body"]) for event in expected
    ]
    assert [action["action"] for action in done] == ["opened", "start", "intervene", "close", "reopen"]
    newest = (await asks(server, f"{c}/actions?order=newest")).json
    assert (untimed(newest["items"]), newest["next"]) == (untimed(done[::-1]), "")
    assert (await asks(server, f"{c}/actions?order=best")).status == 400
    said = await all_of(server, f"{c}/transcript")
    texts = {event["body"]["text"]: event for event in log if "text" in event["body"]}
    assert [line["text"] for line in said] == list(texts)
    assert [texts[line["text"]]["seq"] for line in said] == [line["seq"] for line in said]
    assert [(line["is_ai"], line["is_note"], line["interrupted"]) for line in said] == [
        (False, False, False), (True, False, True), (False, False, False), (False, True, False),
    ]  # fmt: skip


async def test_a_transcript_is_text_for_those_who_ask_for_it(server: ServerProcess) -> None:
    """[R116]"""
    async with Customer(server) as customer, Agent(server, "Ana") as ana:
        c = (await customer.opens()).conversation
        await ana.watches(c)
        await ana.intervenes(c)
        await ana.says(c, "one\ntwo")
    for reply in (
        await asks(server, f"{c}/transcript", accept="text/plain"),
        await asks(server, f"{c}/transcript?format=text"),
        await asks(server, f"{c}/transcript?format=text", accept="application/json"),
    ):
        assert (reply.status, reply.headers["content-type"]) == (200, "text/plain; charset=utf-8")
        assert (reply.headers["x-content-type-options"], reply.headers["cache-control"]) == ("nosniff", "no-store")
        assert reply.body.decode().endswith(" agent Ana: one\n  two\n")
        assert "link" not in reply.headers
    for reply in (
        await asks(server, f"{c}/transcript?format=json", accept="text/plain"),
        await asks(server, f"{c}/transcript", accept="application/json, text/plain, */*"),
        await asks(server, f"{c}/actions?format=text"),
    ):
        assert (reply.status, reply.headers["content-type"]) == (200, "application/json")


async def test_a_long_transcript_comes_in_pages_bounded_in_bytes(server: ServerProcess) -> None:
    """[P7] [R114] As JSON and as text, where a header has the address of the rest."""
    blank = "\n" * (TEXT_BYTES - 10)
    async with Customer(server) as customer, Agent(server, "Ana") as ana:
        c = (await customer.opens()).conversation
        await ana.watches(c)
        await ana.intervenes(c)
        texts = [f"{number} {blank}." for number in range(15)]
        for text in texts:
            await ana.notes(c, text)
    assert [line["text"] for line in await all_of(server, f"{c}/transcript")] == texts
    path, found, pages = f"{c}/transcript?format=text", "", 0
    while path:
        reply = await asks(server, path)
        assert len(reply.body) < 512 * 1024
        found, pages = found + reply.body.decode(), pages + 1
        path = reply.headers.get("link", "").removeprefix("</v1/conversations/").removesuffix('>; rel="next"')
    assert pages > 1
    assert found.count("[note]: ") == len(texts)


async def test_who_may_not_see_a_conversation_gets_the_answer_for_none(server: ServerProcess) -> None:
    """[P6] Nor does a customer get their own: notes are in it."""
    async with Customer(server) as customer:
        c = (await customer.opens()).conversation
    for what in ("actions", "transcript"):
        stranger = server.agent_token("Eve", "admin", organisation="evil")
        theirs, none = await asks(server, f"{c}/{what}", stranger), await asks(server, f"no-such/{what}")
        assert (theirs.status, theirs.json) == (none.status, none.json)
        assert none.status == 404
        for id in ("%00", "c%201", "c" * 65, "%F0%9F%98%80"):
            assert (await asks(server, f"{id}/{what}")).json == none.json
        named = await asks(server, f"{c}/{what}?organisation=default", stranger)
        assert (named.status, named.json["code"]) == (404, "not_found")
        assert (await asks(server, f"{c}/{what}", server.visitor_token("Maria"))).status == 401


async def test_a_supervisor_above_reads_and_the_audit_says_so(servers: MakeServer) -> None:
    """[P6] Once in an hour; an agent reads at home alone."""
    server = servers()
    server.database.parent.mkdir(exist_ok=True)
    upgrade(server.database)
    with closing(sqlite3.connect(server.database)) as connection:
        connection.execute(
            "INSERT INTO organisation (id, settings_version, settings, parent) VALUES ('default', 0, '{}', 'group')"
        )
        connection.commit()
    await server.start()
    async with Customer(server) as customer:
        c = (await customer.opens()).conversation
    above, below = f"{c}/transcript?organisation=default", f"{c}/transcript"
    for role, name, status in (("agent", "Eve", 404), ("supervisor", "Sue", 200), ("admin", "Ada", 200)):
        token = server.agent_token(name, role, organisation="group")
        assert [(await asks(server, path, token)).status for path in (above, above, below)] == [status, status, 404]
    assert (await asks(server, below)).status == 200
    await server.stop()
    with closing(sqlite3.connect(server.database)) as connection:
        read = connection.execute("SELECT person, subject FROM audit WHERE action = 'conversation.read'").fetchall()
    assert sorted(read) == [("ada", c), ("sue", c)]


async def test_takeovers_are_answered_with_what_the_log_has_after_them(server: ServerProcess) -> None:
    """[P1] [P8] [R117]"""
    token = server.agent_token("Sue", "supervisor")

    async def takeovers(query: str = "") -> Any:
        return (await asks(server, f"/v1/takeovers{query}", token)).json

    async with Customer(server) as customer, Agent(server, "Ana") as ana:
        c = (await customer.opens()).conversation
        await customer.says("hi")
        await ana.watches(c)
        await customer.sees_the_bot_write(c)
        await ana.intervenes(c)
        await ana.says(c, "Here.")
        log = await ana.reads_the_log(c)

        async def is_kept() -> bool:
            return bool((await takeovers())["items"])

        await until(is_kept)
    [control] = [event for event in log if event["body"].get("move") == "intervene"]
    page = await takeovers()
    [item] = page["items"]
    assert (item["conversation"], item["epoch"], item["seq"]) == (c, control["epoch"], control["seq"])
    assert (item["by"]["id"], item["taken_from"]["type"], item["late"]) == ("ana", "bot", 0)
    assert item["committed_ms"] > 0
    [sum] = page["sums"]
    assert (sum["bot"], sum["takeovers"], sum["late"]) == (item["taken_from"]["id"], 1, 0)
    at = item["at"]
    assert sum["hour"] <= at < sum["hour"] + 3_600_000
    assert [len((await takeovers(f"?from={since}&to={to}"))["items"]) for since, to in (
        (at, at + 1), (at + 1, at + 2), (at - 1, at), (0, 10**15 - 1)
    )] == [1, 0, 0, 1]  # fmt: skip
    bots = (await asks(server, f"/v1/takeovers/bots?from={at}", token)).json
    assert [(each["conversations"], each["taken"]) for each in bots["items"]] == [(1, 1)]
    assert (await asks(server, f"/v1/takeovers/bots?from={10**15 - 1}", token)).json["items"] == []


async def test_supervisors_and_admins_alone_read_takeovers(server: ServerProcess) -> None:
    """[P6]"""
    agent = await asks(server, "/v1/takeovers")
    assert (agent.status, agent.json["code"]) == (403, "forbidden")
    for role in ("supervisor", "admin"):
        token = server.agent_token(role.title(), role)
        assert (await asks(server, "/v1/takeovers", token)).json == {"items": [], "sums": [], "next": ""}
        other = await asks(server, "/v1/takeovers?organisation=evil", token)
        assert (other.status, other.json["code"]) == (404, "not_found")
        for query in ("from=x", "to=-1", "from=%00", f"to={'1' * 16}", "cursor=1", "cursor=1-2-3-4", "cursor=x-1-1"):
            wrong = await asks(server, f"/v1/takeovers?{query}", token)
            assert (wrong.status, wrong.json["code"]) == (400, "bad_request"), query


async def test_a_cursor_that_no_answer_gave_is_refused(server: ServerProcess) -> None:
    async with Customer(server) as customer:
        c = (await customer.opens()).conversation
    for cursor in ("x", "-1", "1" * 16, "%00", "%D9%A1"):
        reply = await asks(server, f"{c}/actions?cursor={cursor}")
        assert (reply.status, reply.json["code"]) == (400, "bad_request")
