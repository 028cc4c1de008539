"""Visitors who were forgotten: their tokens, and their sessions."""

import pytest
from msgspec.structs import replace

from intervene.core.access import Visitor
from intervene.core.actors import Role
from intervene.core.codes import CloseCode
from intervene.core.errors import Spent, Unavailable
from intervene.core.ids import WEBCHAT, Address, ChannelId, OrganisationId
from intervene.core.limits import VISITOR_BURST
from intervene.edge.auth import RENEW_SECONDS, VISITOR_SECONDS, BadToken, Reason
from intervene.edge.refusals import LATELY_SECONDS
from intervene.edge.visitors import AT_ONCE
from tests.integration.edge.conftest import NEW, SAME, Edge, problem
from tests.integration.edge.stand_ins import ACME, Log
from tests.kit.limits import eventually
from tests.kit.peer import TEXT, Peer, frame
from tests.kit.server import Reply

OF_CLARA = ChannelId(ACME, WEBCHAT, "clara")


def clara_of(edge: Edge) -> Visitor:
    visitor = edge.principal("Clara")
    assert isinstance(visitor, Visitor)
    return visitor


async def forget(edge: Edge, token: str) -> Reply:
    return await edge.ask("DELETE", SAME, b"", authorization=f"Bearer {token}")


# -- tokens ------------------------------------------------------------------------------------------------------------


async def test_a_visitor_who_was_forgotten_is_refused_for_good(edge: Edge, peer: Peer) -> None:
    """[R17]"""
    edge.log.spent.add(OF_CLARA)
    await peer.upgrades()
    peer.says(type="hello", token=edge.visitor_token)
    assert await peer.is_closed() == 4500
    await eventually(lambda: edge.metrics.contacts == 0)


async def test_no_customer_is_let_in_while_the_database_cannot_be_asked(edge: Edge, peer: Peer, anna: Peer) -> None:
    """[R17] It is an outage: they come back."""
    edge.log.is_away = True
    await peer.upgrades()
    peer.says(type="hello", token=edge.visitor_token)
    assert await peer.is_closed() == 1013
    anna.says(type="ping")
    await anna.sees("pong")


async def test_what_comes_behind_a_hello_waits_for_its_answer(edge: Edge, peer: Peer) -> None:
    """[R11] In one packet or in several, in order."""
    edge.log.may_read.clear()
    await peer.upgrades()
    hello = frame(TEXT, b'{"type":"hello","token":"%b"}' % edge.visitor_token.encode())
    peer.writes(hello + frame(TEXT, b'{"type":"ping"}') + frame(TEXT, b'{"type":"open"}'))
    await eventually(lambda: edge.readers.running == 1)
    peer.says(type="watch", conversation="c1")
    edge.log.may_read.set()
    for kind in ("welcome", "pong", "opened"):
        await peer.sees(kind)
    await eventually(lambda: len(edge.feeds.joins) == 1)


async def test_a_customer_who_leaves_before_the_answer_is_counted_no_longer(edge: Edge, peer: Peer) -> None:
    """[P7]"""
    edge.log.may_read.clear()
    await peer.upgrades()
    peer.says(type="hello", token=edge.visitor_token)
    await eventually(lambda: edge.metrics.contacts == 1)
    peer.stops_writing()
    await eventually(lambda: edge.metrics.contacts == 0)
    edge.log.may_read.set()
    await eventually(lambda: edge.readers.running == 0)
    assert edge.metrics.contacts == 0


async def test_open_is_the_last_word(edge: Edge, clara: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    """[R17] A node that was told nothing learns it from the transaction that would create the conversation."""

    async def refuses(*_: object, **__: object) -> None:
        raise Spent("This address was given up.")

    monkeypatch.setattr(edge.engine, "open", refuses)
    clara.says(type="open")
    assert await clara.is_closed() == 4500


async def test_a_visitor_who_was_forgotten_is_not_renewed(edge: Edge) -> None:
    """[R14, R17]"""
    await edge.sockets.visitors.check(clara_of(edge))
    edge.log.spent.add(OF_CLARA)
    with pytest.raises(BadToken, match="this visitor was forgotten") as caught:
        await edge.sockets.visitors.check(clara_of(edge))
    assert caught.value.reason is Reason.SPENT
    assert caught.value.close_code is CloseCode.BAD_TOKEN
    assert edge.metrics.token_refusals[Reason.SPENT] == 1


async def test_a_renewal_waits_for_the_database(edge: Edge) -> None:
    """[R17] Nothing is renewed on the hope that it may be."""
    edge.log.is_away = True
    with pytest.raises(Unavailable):
        await edge.sockets.visitors.check(clara_of(edge))


# -- sessions ----------------------------------------------------------------------------------------------------------


async def test_forgetting_ends_all_sessions_of_the_visitor_and_no_others(edge: Edge, clara: Peer) -> None:
    """[R17] Not those of an agent, or of a customer elsewhere, of the same id."""
    async with edge.peer() as second, edge.peer() as other, edge.peer() as agent:
        await second.joins(edge.visitor_token)
        await other.joins(edge.token("Carl"))
        await agent.joins(edge.token("Clara", Role.AGENT))
        await edge.sockets.visitors.forget(clara_of(edge))
        assert edge.log.spent == {OF_CLARA}
        assert [await peer.is_closed() for peer in (clara, second)] == [4500, 4500]
        for peer in (other, agent):
            peer.says(type="ping")
            await peer.sees("pong")
        await edge.sockets.visitors.forget(clara_of(edge))
        assert edge.log.spent == {OF_CLARA}


async def test_a_hello_that_asked_before_the_forgetting_is_refused_too(edge: Edge, peer: Peer) -> None:
    """[R17] The database had said no, and the session was not there yet when sessions were ended."""
    edge.log.may_read.clear()
    await peer.upgrades()
    peer.says(type="hello", token=edge.visitor_token)
    await eventually(lambda: edge.readers.running == 1)
    edge.sockets.visitors.ended(OF_CLARA)
    edge.log.may_read.set()
    assert await peer.is_closed() == 4500


async def test_sessions_end_with_their_address_and_not_with_the_id_of_their_contact(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[R17] They are the same so far, and will not always be."""
    number = Address(WEBCHAT, "+49 30 901820")
    known = edge.tokens.verify(edge.visitor_token)
    reached = replace(known.principal, address=number)
    monkeypatch.setattr(edge.tokens, "verify", lambda token: known._replace(principal=reached))
    async with edge.peer() as clara:
        await clara.joins(edge.visitor_token)
        edge.sockets.visitors.ended(OF_CLARA)
        edge.sockets.visitors.ended(number.within(ACME)._replace(channel="sms"))
        await eventually(lambda: not edge.sockets.visitors._ending)
        clara.says(type="ping")
        await clara.sees("pong")
        edge.sockets.visitors.ended(number.within(ACME))
        assert await clara.is_closed() == 4500


async def test_a_node_that_was_told_nothing_finds_it_in_the_database(edge: Edge, clara: Peer) -> None:
    """[P4, R17] In lots, from a little before the last look on."""
    asked: list[int] = []
    crowd = [(1000 + n, ChannelId(ACME, WEBCHAT, f"v-{n}")) for n in range(AT_ONCE)]

    class Found(Log):
        async def spent_since(self, at: int, limit: int) -> list[tuple[int, ChannelId]]:
            asked.append(at)
            later = [(5000, OF_CLARA), (5001, ChannelId(OrganisationId("other"), WEBCHAT, "carl"))]
            return [one for one in [*crowd, *later] if one[0] >= at][:limit]

    await edge.sockets.visitors.look(Found(), 30_000, 50_000)
    assert asked == [30_000 - LATELY_SECONDS * 1000, crowd[-1][0]]
    assert await clara.is_closed() == 4500


@pytest.mark.parametrize(("since", "now"), [(5000, 50_000), (9_000_000, 50_000)], ids=["in time", "clock went back"])
async def test_whom_one_statement_has_given_up_is_found_whole(edge: Edge, clara: Peer, since: int, now: int) -> None:
    """[P4, R17] Somebody forgets a crowd in SQL: all of one time, and the database may have failed over to a machine
    whose clock is behind."""
    gone_at = now - 1
    crowd = [(gone_at, ChannelId(ACME, WEBCHAT, f"v-{n}")) for n in range(3 * AT_ONCE)]

    class Found(Log):
        async def spent_since(self, at: int, limit: int) -> list[tuple[int, ChannelId]]:
            return [one for one in [*crowd, (gone_at, OF_CLARA)] if one[0] >= at][:limit]

    await edge.sockets.visitors.look(Found(), since, now)
    assert await clara.is_closed() == 4500


async def test_over_http_a_visitor_who_was_forgotten_is_told_so(edge: Edge) -> None:
    """[R14, R17]"""
    edge.log.spent.add(OF_CLARA)
    answer = await edge.ask("POST", "/v1/webchat/visitor", b"{}", authorization=f"Bearer {edge.visitor_token}")
    assert (answer.status, answer.json["code"], answer.json["detail"]) == (
        401, "bad_token", "No: this visitor was forgotten.",
    )  # fmt: skip


# -- over HTTP ---------------------------------------------------------------------------------------------------------


async def test_a_visitor_is_forgotten_over_http(edge: Edge, clara: Peer) -> None:
    """[R105] [R17] Sessions end, and neither this token nor an earlier one is renewed."""
    token = edge.visitor_token
    reply = await forget(edge, token)
    assert (reply.status, reply.body, reply.headers["cache-control"]) == (204, b"", "no-store")
    assert await clara.is_closed() == 4500
    assert edge.log.spent == {OF_CLARA}
    assert problem(await edge.renew(token)) == (401, "bad_token")
    assert (await edge.ask("POST", NEW, b"{}")).status == 200, "whoever comes now is a new visitor"


async def test_to_be_forgotten_twice_is_to_be_forgotten_once(edge: Edge) -> None:
    """[R105] The answer to the first may have been lost, and the token may have ended since."""
    token = edge.visitor_token
    assert (await forget(edge, token)).status == 204
    edge.clock.skip(VISITOR_SECONDS + 100)
    assert (await forget(edge, token)).status == 204
    assert edge.log.spent == {OF_CLARA}


async def test_nobody_else_is_forgotten(edge: Edge) -> None:
    """[P6]"""
    for token in ("", "nonsense", edge.agent_token, edge.token("Clara", lasts=-RENEW_SECONDS - 1)):
        assert problem(await forget(edge, token)) == (401, "bad_token")
    assert not edge.log.spent


async def test_a_database_that_is_away_forgets_nobody_and_says_so(edge: Edge) -> None:
    """[R105] The client asks again."""
    edge.log.is_away = True
    assert problem(await forget(edge, edge.visitor_token)) == (503, "unavailable")


async def test_one_address_forgets_few_visitors_at_once() -> None:
    """[P7] Each is a row of the database, also of a visitor who never wrote."""
    async with Edge(development=False) as edge:
        statuses = [(await forget(edge, edge.visitor_token)).status for _ in range(VISITOR_BURST + 1)]
        assert statuses == [204] * VISITOR_BURST + [429]
