"""Lists of conversations over HTTP, and their counts."""

import asyncio

import pytest

from intervene.core.actors import Role
from intervene.core.errors import Unavailable
from intervene.core.ids import ConversationId, Key, OrganisationId
from intervene.core.limits import LISTS_OF_PERSON
from intervene.edge.http.lists import LISTED
from tests.integration.edge.conftest import Edge, problem
from tests.integration.edge.stand_ins import snapshot
from tests.kit.limits import eventually
from tests.kit.server import Reply

LIST = "/v1/conversations"


async def test_an_agent_gets_the_list_of_their_organisation(edge: Edge) -> None:
    edge.log.snapshots[ConversationId("c1")] = snapshot()
    edge.log.snapshots[ConversationId("c2")] = snapshot("c2", organisation=OrganisationId("globex"))
    reply = await edge.ask("GET", LIST, authorization=f"bearer {edge.agent_token}")
    assert reply.json == {
        "items": [
            {
                "organisation": "acme", "id": "c1", "epoch": 0, "seq": 2, "channel": "webchat",
                "contact": {"type": "contact", "id": "clara", "name": "Clara"},
                "holder": {"type": "nobody"}, "is_open": True, "since": 1_700_000_000_000, "asked": 0, "answered": 0,
                "last_at": 1_700_000_000_000, "queue": "default",
            }
        ],
        "read": {},
        "next": "",
    }  # fmt: skip


async def test_a_list_says_how_far_its_reader_has_read_it_and_not_others(edge: Edge) -> None:
    """[R168]"""
    c1, c2 = (Key(OrganisationId("acme"), ConversationId(id)) for id in ("c1", "c2"))
    for key in (c1, c2):
        edge.log.snapshots[key.conversation] = snapshot(key.conversation)
    await edge.positions.keep(c1, "agent:anna", 2)
    await edge.positions.keep(c2, "agent:ben", 1)
    reply = await edge.ask("GET", LIST, authorization=f"Bearer {edge.agent_token}")
    assert reply.json["read"] == {"c1": 2}


async def test_counts_are_of_one_organisation_or_also_of_those_below(edge: Edge) -> None:
    """[R168]"""
    for query, below in (("", False), ("?below=true", True)):
        reply = await edge.ask("GET", f"/v1/views/counts{query}", authorization=f"Bearer {edge.agent_token}")
        assert (reply.json["organisation"], reply.json.get("below", False)) == ("acme", below)


async def test_tags_in_use_are_those_of_the_organisation_with_how_many_have_them(edge: Edge) -> None:
    """[R168]"""
    reply = await edge.ask("GET", "/v1/tags", authorization=f"Bearer {edge.agent_token}")
    assert reply.json == {"items": [{"name": "vip", "conversations": 2}, {"name": "acme", "conversations": 1}]}


async def test_a_list_may_be_asked_for_by_the_name_of_one_s_own_organisation_and_no_other(edge: Edge) -> None:
    """[R19] [P6]"""
    edge.log.snapshots[ConversationId("c1")] = snapshot()
    edge.log.snapshots[ConversationId("c2")] = snapshot("c2", organisation=OrganisationId("globex"))
    mine = await edge.ask("GET", f"{LIST}?organisation=acme", authorization=f"bearer {edge.agent_token}")
    assert [line["id"] for line in mine.json["items"]] == ["c1"]
    for other in ("globex", "nowhere", "%00"):
        reply = await edge.ask("GET", f"{LIST}?organisation={other}", authorization=f"bearer {edge.agent_token}")
        assert problem(reply) == (404, "not_found")
        assert reply.json["detail"] == "There is no such organisation, or none of yours."


async def test_a_list_that_is_not_all_says_so(edge: Edge) -> None:
    for number in range(LISTED + 1):
        edge.log.snapshots[ConversationId(f"c{number}")] = snapshot(f"c{number}")
    reply = await edge.ask("GET", LIST, authorization=f"Bearer {edge.agent_token}")
    assert len(reply.json["items"]) == LISTED
    rest = await edge.ask("GET", f"{LIST}?cursor={reply.json['next']}", authorization=f"Bearer {edge.agent_token}")
    assert (len(rest.json["items"]), rest.json["next"]) == (1, "")


async def test_what_is_no_list_and_no_cursor_is_refused(edge: Edge) -> None:
    for query in ("list=theirs", "cursor=!", "cursor=YWdlbnQgMQ", "cursor=YWdlbnQgMCBhAA",
        "list=mine&cursor=d2FpdGluZyAxIGMx",
    ):  # fmt: skip
        reply = await edge.ask("GET", f"{LIST}?{query}", authorization=f"Bearer {edge.agent_token}")
        assert problem(reply) == (400, "bad_request")


async def test_nobody_else_gets_it(edge: Edge) -> None:
    """[P6]"""
    expired = edge.token("Anna", Role.AGENT, lasts=-1)
    assert problem(await edge.ask("GET", LIST)) == (401, "bad_token")
    for given in ("", "Bearer", f"Bearer {edge.visitor_token}", f"Bearer {expired}", f"Basic {edge.agent_token}", "é"):
        assert problem(await edge.ask("GET", LIST, authorization=given)) == (401, "bad_token")


async def test_few_lists_are_read_for_one_agent_at_once(edge: Edge) -> None:
    """[P7] Over all their connections; others are not concerned."""
    edge.log.may_read.clear()

    async def asks(name: str) -> Reply:
        return await edge.ask("GET", LIST, authorization=f"Bearer {edge.token(name, Role.AGENT)}")

    asked = [asyncio.create_task(asks("Anna")) for _ in range(LISTS_OF_PERSON)]
    await eventually(lambda: edge.readers.running + edge.readers.waiting == LISTS_OF_PERSON)
    refused = await asks("Anna")
    assert problem(refused) == (429, "too_many")
    assert refused.headers["retry-after"]
    other = asyncio.create_task(asks("Ben"))
    edge.log.may_read.set()
    assert [(await each).status for each in (*asked, other)] == [200] * (LISTS_OF_PERSON + 1)


async def test_a_log_that_is_away_is_said_to_be_so(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    async def page(*_: object) -> None:
        raise Unavailable("The log cannot be reached.")

    monkeypatch.setattr(edge.log, "page", page)
    reply = await edge.ask("GET", LIST, authorization=f"Bearer {edge.agent_token}")
    assert problem(reply) == (503, "unavailable")
    assert reply.headers["retry-after"] == "5"
