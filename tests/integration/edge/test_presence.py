"""What staff are sent of their colleagues, and what shows that they are there."""

from collections.abc import Sequence

import pytest

from intervene.core.actors import Role
from intervene.core.ids import AgentId, NodeId, OrganisationId
from intervene.core.limits import PRESENCE_PEOPLE
from intervene.directory.roster import Shown
from intervene.ports.attendance import Chosen, Sighting
from intervene.ports.nodes import Member
from tests.integration.edge.conftest import Edge
from tests.integration.edge.stand_ins import ACME, KEY, snapshot
from tests.kit.limits import eventually
from tests.kit.peer import Peer

ANNA = Member(ACME, AgentId("anna"))


def seen(*names: str, organisation: OrganisationId = ACME, idle: int = 0) -> list[Sighting]:
    one = NodeId("one")
    return [Sighting(one, Member(organisation, AgentId(name.lower())), idle, Chosen(name, True)) for name in names]


def look(edge: Edge, sightings: Sequence[Sighting], beat: int) -> None:
    """As `directory.presence` does."""
    changed: dict[OrganisationId, list[Shown]] = {}
    for shown in edge.roster.read(sightings, beat):
        changed.setdefault(shown.member.organisation, []).append(shown)
    for organisation, people in changed.items():
        edge.sockets.staff.show(organisation, people)


async def sees(peer: Peer) -> tuple[dict[str, str], bool]:
    frame = await peer.sees("presence")
    assert frame["people"], "nothing is said of nobody"
    return {each["person"]["name"]: each["presence"] for each in frame["people"]}, frame.get("reset", False)


async def test_a_session_begins_with_all_who_can_be_reached_and_then_sees_what_changes(edge: Edge, peer: Peer) -> None:
    look(edge, seen("Ben", "Cem"), 1)
    await peer.joins(edge.agent_token)
    assert await sees(peer) == ({"Ben": "available", "Cem": "available"}, True)
    look(edge, [*seen("Ben", "Cem"), *seen("Anna", idle=200)], 2)
    assert await sees(peer) == ({"Anna": "away"}, False)
    look(edge, seen("Ben", "Anna"), 15)
    assert await sees(peer) == ({"Anna": "available", "Cem": "offline"}, False)


async def test_customers_and_other_organisations_are_sent_nothing_of_it(edge: Edge, anna: Peer, clara: Peer) -> None:
    """[P6] The same bytes for a customer, whoever comes and goes."""
    look(edge, seen("Ben"), 1)
    look(edge, seen("Mallory", organisation=OrganisationId("globex")), 2)
    look(edge, seen("Anna"), 3)
    assert await sees(anna) == ({"Ben": "available"}, False)
    assert await sees(anna) == ({"Anna": "available"}, False)
    clara.says(type="ping")
    assert (await clara.reads()).data == b'{"type":"pong"}'


async def test_a_list_is_bounded_and_says_how_many_are_left_out(edge: Edge, anna: Peer, peer: Peer) -> None:
    """[P7] Those who are away give way."""
    away = seen(*(f"Away {number}" for number in range(3)), idle=200)
    look(edge, [*away, *seen(*(f"Agent {number}" for number in range(PRESENCE_PEOPLE)))], 1)
    for here in (anna, peer):
        if here is peer:
            await peer.joins(edge.token("Ben", Role.AGENT))
        frame = await here.sees("presence")
        assert (len(frame["people"]), frame["more"], frame["reset"]) == (PRESENCE_PEOPLE, 3, True)
        assert {each["presence"] for each in frame["people"]} == {"available"}


async def test_while_thousands_come_a_full_list_is_sent_once_and_counts_them_when_they_have_come(
    edge: Edge, anna: Peer
) -> None:
    here = [f"Agent {number}" for number in range(4 * PRESENCE_PEOPLE)]
    for beat, count in enumerate((PRESENCE_PEOPLE + 1, 2 * PRESENCE_PEOPLE + 2, 4 * PRESENCE_PEOPLE), 1):
        look(edge, seen(*here[:count]), beat)
    frame = await anna.sees("presence")
    assert (len(frame["people"]), frame["more"], frame["reset"]) == (PRESENCE_PEOPLE, 1, True)
    look(edge, seen(*here, "Ben"), 4)
    frame = await anna.sees("presence")
    assert (len(frame["people"]), frame["more"], frame["reset"]) == (PRESENCE_PEOPLE, 3 * PRESENCE_PEOPLE + 1, True)
    look(edge, seen(*here, "Ben", "Cem"), 5)
    assert await sees(anna) == ({"Cem": "available"}, False)
    look(edge, seen(*here[PRESENCE_PEOPLE + 1 :]), 30)
    named, is_whole = await sees(anna)
    assert is_whole
    assert set(named) == set(here[PRESENCE_PEOPLE + 1 :][:PRESENCE_PEOPLE])


async def test_a_person_chooses_whether_they_can_be_reached(edge: Edge, anna: Peer) -> None:
    for presence in ("busy", "available"):
        anna.says(type="set_presence", presence=presence)
        assert await sees(anna) == ({"Anna": presence}, False)
    assert edge.attendance.choices == [("anna", False), ("anna", True)]
    for wrong in ("away", "offline", "gone"):
        anna.says(type="set_presence", presence=wrong)
        assert (await anna.sees("error"))["code"] == "bad_frame"


async def test_customers_choose_and_show_nothing(edge: Edge, clara: Peer) -> None:
    """[P6]"""
    for frame in ({"type": "set_presence", "presence": "busy"}, {"type": "active"}):
        clara.says(**frame)
        assert (await clara.sees("error"))["code"] == "bad_frame"


INPUT = [
    {"type": "active"},
    {"type": "set_presence", "presence": "busy"},
    {"type": "add_note", "id": "1", "conversation": "c1", "text": "hm"},
    {"type": "set_typing", "conversation": "c1", "on": True},
]


@pytest.mark.parametrize("frame", INPUT, ids=lambda frame: frame["type"])
async def test_what_a_person_does_shows_that_they_are_there(edge: Edge, anna: Peer, frame: dict[str, str]) -> None:
    """[P5] By it nobody who types loses a conversation."""
    await _watches(edge, anna)
    assert edge.sockets.staff.active() == {ANNA: 0}
    edge.sockets.staff.beats = lambda: 7
    anna.says(**frame)
    await eventually(lambda: edge.sockets.staff.active() == {ANNA: 7})


async def test_what_a_page_sends_by_itself_shows_nobody(edge: Edge, anna: Peer) -> None:
    await _watches(edge, anna)
    edge.sockets.staff.beats = lambda: 7
    for frame in (
        {"type": "set_read", "conversation": "c1", "n": 1},
        {"type": "watch", "conversation": "c2"},
        {"type": "ping"},
    ):
        anna.says(**frame)
    await anna.sees("pong")
    assert edge.sockets.staff.active() == {ANNA: 0}


async def _watches(edge: Edge, anna: Peer) -> None:
    socket = await edge.watches(anna)
    socket.show(KEY, snapshot(texts=2), reset=False)
    await anna.sees("watched")


async def test_another_window_of_a_person_who_is_away_brings_nobody_back(edge: Edge, anna: Peer, peer: Peer) -> None:
    """A page that connects anew by itself is no input; and the last window to leave takes the person along."""
    edge.sockets.staff.beats = lambda: 500
    await peer.joins(edge.agent_token)
    assert edge.sockets.staff.active() == {ANNA: 0}
    anna.closes()
    await anna.is_closed()
    assert edge.sockets.staff.active() == {ANNA: 0}
    peer.closes()
    await peer.is_closed()
    await eventually(lambda: edge.sockets.staff.active() == {})


async def test_one_who_is_away_at_another_node_is_away_here_too(edge: Edge, peer: Peer) -> None:
    edge.sockets.staff.beats = lambda: 500
    edge.roster.read(seen("Anna", idle=180), 500)
    await peer.joins(edge.agent_token)
    assert edge.sockets.staff.active() == {ANNA: 320}
