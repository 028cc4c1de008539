"""A visitor who signs in, and an address that another person has by now: a real server, and real sockets."""

from typing import Any

from tests.integration.system.browser import Browser, admin, refused
from tests.integration.system.test_signed_in import MARIA, of_maria, server
from tests.kit.peer import Peer
from tests.kit.server import ServerProcess

__all__ = ["server"]  # a fixture


async def greets(peer: Peer, token: str, claim: str = "") -> None:
    assert await peer.upgrades() == 101
    peer.says(type="hello", token=token, claim=claim)


async def opens(peer: Peer, *says: str) -> str:
    """The conversation that it opens, and says something in."""
    peer.says(type="open")
    conversation: str = (await peer.sees("opened"))["conversation"]
    for n, text in enumerate(says):
        peer.says(type="say", id=f"s{n}", conversation=conversation, text=text)
        await peer.sees("ack")
    return conversation


async def watched(peer: Peer, conversation: str) -> Any:
    peer.says(type="watch", conversation=conversation)
    return await peer.sees()


def texts(watched: Any) -> list[str]:
    return [each["event"]["text"] for each in watched["events"] if each["event"]["kind"] == "message"]


async def test_a_visitor_who_signs_in_takes_the_conversation_along_and_the_old_token_is_refused(
    server: ServerProcess,
) -> None:
    """[P6] [C1] [R155] Also after a restart, on a repeat, and for who kept the visitor's token."""
    visitor = server.visitor_token("Somebody at the library")
    async with Peer(server.port) as library:
        await library.joins(visitor)
        conversation = await opens(library, "my parcel is late")
        async with Peer(server.port) as maria:
            await greets(maria, of_maria(), visitor)
            welcome = await maria.sees("welcome")
            assert welcome["claimed"]
            assert await opens(maria) == conversation
            shown = (await admin(server).asks("GET", f"/v1/contacts/{MARIA}")).json["addresses"]
            assert [(each["vouched"], each["spent"]) for each in shown] == [(True, False), (False, True)]
            assert texts(await watched(maria, conversation)) == ["my parcel is late"]
        assert await library.is_closed() == 4500
    async with Peer(server.port) as mallory:
        await greets(mallory, visitor)
        assert await mallory.is_closed() == 4500
    await server.kill()
    await server.start()
    async with Peer(server.port) as maria:
        await greets(maria, of_maria(), visitor)
        assert (await maria.sees("welcome"))["claimed"]
        assert texts(await watched(maria, conversation)) == ["my parcel is late"]


async def test_what_the_visitor_got_no_ack_for_is_repeated_by_the_user_and_kept_once(server: ServerProcess) -> None:
    """[P5] [R191] With the same ids, where it was said: it is answered as committed, and what was not there is said."""
    visitor = server.visitor_token("Somebody")
    async with Peer(server.port) as library:
        await library.joins(visitor)
        conversation = await opens(library, "my parcel is late")
    async with Peer(server.port) as maria:
        await greets(maria, of_maria(), visitor)
        assert (await maria.sees("welcome"))["claimed"]
        for id, text in (("s0", "my parcel is late"), ("s1", "and it is heavy"), ("s1", "and it is heavy")):
            maria.says(type="say", id=id, conversation=conversation, text=text)
            await maria.sees("ack")
        maria.says(type="say", id="s0", conversation=conversation, text="an id of mine")
        await maria.sees("ack")
        said = texts(await watched(maria, conversation))
        assert [text for text in said if text.split()[0] in ("my", "and", "an")] == [
            "my parcel is late", "and it is heavy", "an id of mine"
        ]  # fmt: skip


async def test_what_was_said_before_signing_in_stays_the_visitor_s(server: ServerProcess) -> None:
    """[C2] Staff see of each message whether its author is vouched for."""
    visitor = server.visitor_token("Somebody")
    async with Peer(server.port) as library, Peer(server.port) as maria, Peer(server.port) as anna:
        await library.joins(visitor)
        conversation = await opens(library, "pay to this account")
        await greets(maria, of_maria(), visitor)
        await maria.sees("welcome")
        await opens(maria, "that was not me")
        await anna.joins(server.agent_token("Anna", "supervisor"))
        events = [
            event for event in (await watched(anna, conversation))["events"] if event["body"]["kind"] == "message"
        ]
        authors = [(event["body"]["text"], event["author"].get("vouched", False)) for event in events]
        assert authors == [("pay to this account", False), ("that was not me", True)]


async def test_two_open_conversations_become_one_and_nothing_asked_is_left(server: ServerProcess) -> None:
    """[P5] [R152] [R155] The customer is answered where it goes on, and both are the contact's."""
    visitor = server.visitor_token("Somebody")
    async with Peer(server.port) as maria, Peer(server.port) as library:
        await maria.joins(of_maria())
        former = await opens(maria, "from my telephone")
        await watched(maria, former)
        await library.joins(visitor)
        latest = await opens(library, "from the library")
        async with Peer(server.port) as again:
            await greets(again, of_maria(), visitor)
            assert (await again.sees("welcome"))["claimed"]
            assert await opens(again) == latest
        seen = [await maria.sees() for _ in range(2)]
        assert [each["event"]["kind"] for each in seen] == ["control", "continued"]
        assert seen[1]["event"]["to"] == latest
        maria.says(type="say", id="s9", conversation=former, text="still there?")
        refusal = await maria.sees("error")
        assert (refusal["code"], refusal["to"]) == ("continued", latest)
        maria.says(type="say", id="s9", conversation=latest, text="still there?")
        await maria.sees("ack")
    anna = Browser(server)
    anna.token = server.agent_token("Anna", "supervisor")
    [contact] = (await anna.asks("GET", "/v1/contacts?name=maria")).json["items"]
    listed = (await anna.asks("GET", f"/v1/contacts/{contact['id']}/conversations")).json["items"]
    assert [(row["id"], row["is_open"]) for row in listed] == [(latest, True), (former, False)]


async def test_nobody_claims_what_is_not_theirs_to_claim(server: ServerProcess) -> None:
    """[P6] [R155] Not a visitor, not with a broken token, not another user, not what a user has claimed already."""
    visitor, other = server.visitor_token("Somebody"), server.visitor_token("Mallory")
    async with Peer(server.port) as library:
        await library.joins(visitor)
        conversation = await opens(library, "my secret")
        for token, claim in ((other, visitor), (of_maria(), "no token"), (of_maria(), of_maria(sub="eve"))):
            async with Peer(server.port) as mallory:
                await greets(mallory, token, claim)
                assert not (await mallory.sees("welcome")).get("claimed", False)
                assert (await watched(mallory, conversation))["code"] == "not_found"
        assert texts(await watched(library, conversation)) == ["my secret"]
        for token, is_mine in ((of_maria(), True), (of_maria(sub="eve"), False)):
            async with Peer(server.port) as user:
                await greets(user, token, visitor)
                assert (await user.sees("welcome")).get("claimed", False) == is_mine
                assert ((await watched(user, conversation)).get("code") != "not_found") == is_mine


async def test_an_address_that_another_person_has_by_now_begins_anew(server: ServerProcess) -> None:
    """[P6] [C7] [R156]"""
    ada = admin(server)
    async with Peer(server.port) as maria:
        await maria.joins(of_maria())
        conversation = await opens(maria, "what do I owe?")
        [contact] = (await ada.asks("GET", "/v1/contacts?name=maria")).json["items"]
        page = (await ada.asks("GET", f"/v1/contacts/{contact['id']}")).json
        [address] = page["addresses"]
        where = f"/v1/contacts/{contact['id']}/addresses/{address['address']}"
        agent = Browser(server)
        agent.token = server.agent_token("Ben", "agent")
        assert refused(await agent.asks("DELETE", where)) == (403, "forbidden")
        assert (await ada.asks("DELETE", where)).status == 204
        assert await maria.is_closed() == 4006
    async with Peer(server.port) as successor:
        await successor.joins(of_maria())
        assert (await watched(successor, conversation))["code"] == "not_found"
        assert await opens(successor) != conversation
    [row] = (await ada.asks("GET", f"/v1/contacts/{contact['id']}/conversations")).json["items"]
    assert (row["id"], row["is_open"]) == (conversation, False)
    assert refused(await ada.asks("DELETE", where)) == (409, "illegal_move")
