"""Whose session it is, and what they may do, is their row's to say: at hello, at each request, and in between."""

import time
from typing import Any

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from intervene.core.access import Staff
from intervene.core.actors import Agent, Role
from intervene.core.ids import AgentId, ConversationId, Key, OrganisationId
from intervene.core.people import StaffMember
from intervene.core.signing_keys import Purpose
from intervene.core.tree import Tree
from intervene.edge.auth import Reason
from intervene.host_keys import HostKey
from intervene.ports.versions import PersonVersion
from tests.integration.edge.conftest import HOUR, Edge
from tests.integration.edge.stand_ins import ACME, snapshot
from tests.kit.limits import eventually
from tests.kit.peer import Peer
from tests.unit.test_host_keys import CRM, signed

ANNA = AgentId("anna")
ROW = StaffMember(organisation=ACME, id=ANNA, role=Role.AGENT, name="Anna", version=3)
GROUP, OTHER = OrganisationId("group"), OrganisationId("other")


def token(edge: Edge, version: int = 3, *, role: Role = Role.ADMIN, organisation: OrganisationId = ACME) -> str:
    """Of Anna, made when her row had that version; what it says of name and role counts nothing."""
    staff = Staff(organisation=organisation, agent=Agent(id=ANNA, name="Somebody"), role=role)
    return edge.tokens.make(staff, edge.clock.now() / 1000 + HOUR, version)


async def test_name_and_role_are_those_of_the_row(edge: Edge, peer: Peer) -> None:
    """[R120]"""
    edge.people.rows[ANNA] = ROW
    welcome = await peer.joins(token(edge))
    assert (welcome["agent"]["name"], welcome["role"]) == ("Anna", "agent")
    assert edge.people.asked == 1


async def test_who_comes_first_is_who_the_token_says(edge: Edge, peer: Peer) -> None:
    """[R120]"""
    welcome = await peer.joins(edge.token("Anna", Role.SUPERVISOR))
    assert (welcome["agent"]["name"], welcome["role"]) == ("Anna", "supervisor")


@pytest.mark.parametrize("is_away", [False, True])
async def test_who_leaves_while_their_row_is_written_has_no_session(edge: Edge, peer: Peer, is_away: bool) -> None:
    """[R120] Whatever comes of it, the next one is let in."""
    edge.people.may_write.clear()
    await peer.upgrades()
    peer.says(type="hello", token=edge.token("Anna", Role.AGENT))
    await eventually(lambda: edge.people.asked == 1)
    assert edge.readers.running == 0
    await peer.__aexit__()
    await eventually(lambda: not len(edge.sockets))
    edge.people.is_away = is_away
    with capture_logs() as logs:
        edge.people.may_write.set()
        await eventually(lambda: not edge.readers._tasks)
    assert (edge.metrics.agents, logs) == (0, [])
    assert (ANNA in edge.people.rows) is not is_away


@pytest.mark.parametrize(
    ("row", "of_key", "claim", "role"),
    [
        (Role.SUPERVISOR, Role.SUPERVISOR, "agent", "agent"),
        (Role.SUPERVISOR, Role.SUPERVISOR, None, "supervisor"),
        (Role.AGENT, Role.SUPERVISOR, "supervisor", "agent"),
        (Role.ADMIN, Role.SUPERVISOR, None, "supervisor"),
        (Role.SUPERVISOR, Role.AGENT, None, "agent"),
    ],
)
async def test_a_host_s_token_can_only_lower_the_role(
    edge: Edge, peer: Peer, row: Role, of_key: Role, claim: str | None, role: str
) -> None:
    """[P6, R120]"""
    edge.tokens._hosts = {"crm": HostKey(purpose=Purpose.STAFF, key=CRM, organisation=ACME, role=of_key)}
    edge.people.rows[ANNA] = replace(ROW, role=row)
    claims: dict[str, Any] = {"sub": "anna", "role": claim, "iat": time.time(), "exp": time.time() + HOUR}
    assert (await peer.joins(signed("crm", **claims)))["role"] == role
    assert [(by.agent.id, by.role) for by, _ in edge.records.sign_ins] == [("anna", role)]


@pytest.mark.parametrize(
    ("row", "code", "reason"),
    [
        (None, 4500, Reason.PERSON),
        (replace(ROW, disabled=1), 4500, Reason.DISABLED),
        (replace(ROW, version=4), 4006, Reason.OUTDATED),
        (replace(ROW, version=2), 4006, Reason.OUTDATED),
        (replace(ROW, tokens_from=2**52), 4006, Reason.OUTDATED),
    ],
)
async def test_a_token_that_the_row_has_overtaken_lets_nobody_in(
    edge: Edge, peer: Peer, row: StaffMember | None, code: int, reason: Reason
) -> None:
    """[R123] Not over a socket, and not over HTTP."""
    if row:
        edge.people.rows[ANNA] = row
    await peer.upgrades()
    peer.says(type="hello", token=token(edge))
    assert await peer.is_closed() == code
    assert edge.metrics.token_refusals[reason] == 1
    reply = await edge.ask("GET", "/v1/conversations", authorization=f"Bearer {token(edge)}")
    assert (reply.status, reply.json["code"]) == (401, "bad_token")


async def test_without_the_database_nobody_is_let_in(edge: Edge, peer: Peer) -> None:
    """[R123]"""
    edge.people.is_away = True
    await peer.upgrades()
    peer.says(type="hello", token=token(edge))
    assert await peer.is_closed() == 1013
    reply = await edge.ask("GET", "/v1/conversations", authorization=f"Bearer {token(edge)}")
    assert (reply.status, reply.json["code"]) == (503, "unavailable")


@pytest.mark.parametrize(
    ("found", "code"), [(PersonVersion(4, is_disabled=False), 4006), (PersonVersion(4, is_disabled=True), 4500)]
)
async def test_a_change_closes_the_sessions_of_its_person_and_no_others(
    edge: Edge, found: PersonVersion, code: int
) -> None:
    """[R123]"""
    edge.people.rows[ANNA] = ROW
    async with edge.peer() as anna, edge.peer() as ben, edge.peer() as clara:
        await anna.joins(token(edge))
        await ben.joins(edge.token("Ben", Role.AGENT))
        await clara.joins(edge.token("anna"))  # a customer with the same id
        edge.sockets.people_changed({ANNA: PersonVersion(3, is_disabled=False)})  # as it is
        edge.sockets.people_changed({ANNA: found})
        assert await anna.is_closed() == code
        for other in (ben, clara):
            other.says(type="ping")
            await other.sees("pong")


async def test_a_refreshed_token_brings_the_row_of_then(edge: Edge, peer: Peer) -> None:
    """[R12, R120, R141] What is watched with it is looked at again: its role may be a lower one."""
    edge.people.rows[ANNA] = ROW
    await peer.joins(token(edge))
    await edge.watches(peer)
    edge.people.rows[ANNA] = replace(ROW, role=Role.SUPERVISOR, version=4)
    peer.says(type="refresh", token=token(edge, 4))
    await peer.sees("refreshed")
    assert edge.feeds.looked_at == [Key(ACME, ConversationId("c1"))]
    peer.says(type="intervene", id="k1", conversation="c1", epoch=1)
    await eventually(lambda: len(edge.engine.submitted) == 1)
    by = getattr(edge.engine.submitted[0].command, "by", None)
    assert by == Staff(organisation=ACME, agent=ROW.agent, role=Role.SUPERVISOR)
    edge.sockets.people_changed({ANNA: PersonVersion(4, is_disabled=False)})
    peer.says(type="ping")
    await peer.sees("pong")


# -- below home --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("home", "role", "reaches"),
    [
        (GROUP, Role.SUPERVISOR, True),
        (GROUP, Role.ADMIN, True),
        (GROUP, Role.AGENT, False),
        (OTHER, Role.ADMIN, False),
    ],
)
async def test_who_leads_acts_below_their_home(
    edge: Edge, peer: Peer, home: OrganisationId, role: Role, reaches: bool
) -> None:
    """[P6, R121] They watch, page and give commands there, over sockets and HTTP."""
    edge.policies.tree = Tree(version=1, parents={ACME: GROUP})
    edge.people.rows[ANNA] = replace(ROW, organisation=home, role=role)
    edge.log.snapshots[ConversationId("c1")] = snapshot()
    mine = token(edge, organisation=home)
    await peer.joins(mine)
    peer.says(type="get_page", conversation="c1", organisation="acme", before=100, limit=10)
    if reaches:
        assert (await peer.sees("page"))["conversation"] == "c1"
        socket = await edge.watches(peer, organisation="acme")
        assert socket.show(Key(ACME, ConversationId("c1")), snapshot(), reset=False)
        await peer.sees("watched")
        peer.says(type="intervene", id="k1", conversation="c1", organisation="acme", epoch=1)
        await eventually(lambda: len(edge.engine.submitted) == 1)
        assert edge.engine.submitted[0].key == Key(ACME, ConversationId("c1"))
        me = Staff(organisation=home, agent=ROW.agent, role=role)
        assert edge.records.reads == [(me, Key(ACME, ConversationId("c1")))] * 2  # a page and a watch
    else:
        assert edge.records.reads == []
        assert (await peer.sees("error"))["code"] == "not_found"
    reply = await edge.ask("GET", "/v1/conversations?organisation=acme", authorization=f"Bearer {mine}")
    assert reply.status == (200 if reaches else 404)


async def test_a_watch_waits_until_the_policy_is_there(edge: Edge, peer: Peer) -> None:
    """It says who may see the conversation."""
    edge.policies.known.clear()
    await peer.joins(token(edge, 0))
    peer.says(type="watch", conversation="c1")
    await eventually(lambda: len(edge.policies.loading) == 1)
    assert edge.feeds.joins == []
    edge.policies.finish()
    await eventually(lambda: len(edge.feeds.joins) == 1)
