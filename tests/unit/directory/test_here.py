"""Who has a session, where no rows say it: made anew when something has changed, and only then."""

from collections.abc import Collection, Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from intervene.core.errors import Unavailable
from intervene.core.ids import AgentId, NodeId
from intervene.directory.here import Choices, Here
from intervene.ports.attendance import Chosen, Sighting
from intervene.ports.nodes import Member
from tests.unit.core.cast import ACME

ANNA, BEN = AgentId("anna"), AgentId("ben")
ONE = NodeId("one")


class Rows:
    """What people chose, as their rows have it."""

    def __init__(self) -> None:
        self.chosen = {ANNA: Chosen("Anna", True), BEN: Chosen("Ben", True)}
        self.asked: list[list[AgentId]] = []
        self.is_up = True

    async def choices(self, people: Collection[AgentId]) -> Mapping[AgentId, Chosen]:
        self.asked.append(sorted(people))
        if not self.is_up:
            raise Unavailable("It is away.")
        return {person: self.chosen[person] for person in people if person in self.chosen}

    async def choose(self, _: object, person: AgentId, is_available: bool) -> None:
        self.chosen[person] = replace(self.chosen[person], is_available=is_available)
        if not self.is_up:
            raise Unavailable("It may have been written.")


class Sessions:
    def __init__(self) -> None:
        self.changes = 0
        self.beats = 7
        self._active: dict[Member, int] = {}

    def sees(self, person: AgentId) -> None:
        self.changes += 1
        self._active[Member(ACME, person)] = self.beats

    def active(self) -> Mapping[Member, int]:
        return dict(self._active)


class Node:
    def __init__(self) -> None:
        self.rows, self.sessions = Rows(), Sessions()
        stored: Any = self.rows  # of which nothing else is asked
        self.choices = Choices(stored)
        self.here = Here(ONE, self.sessions, self.choices, lambda: self.sessions.beats)

    async def shows(self) -> list[str] | None:
        found = await self.here.sightings()
        return None if found is None else [f"{s.chosen.name} {s.chosen.is_available} {s.idle}" for s in found]


@pytest.fixture
def node() -> Node:
    return Node()


async def test_they_are_made_anew_only_when_somebody_came_left_or_gave_input(node: Node) -> None:
    assert await node.here.sightings() == []
    node.sessions.sees(ANNA)
    assert await node.here.sightings() == [Sighting(ONE, Member(ACME, ANNA), 0, Chosen("Anna", True))]
    assert await node.shows() is None
    node.sessions.beats += 3
    node.sessions.sees(BEN)
    assert await node.shows() == ["Anna True 3", "Ben True 0"]
    assert node.rows.asked == [[ANNA], [BEN]], "each row once"


async def test_a_choice_and_another_name_are_read_again(node: Node) -> None:
    """[R171]"""
    node.sessions.sees(ANNA)
    await node.shows()
    await node.choices.choose(ACME, ANNA, False)
    assert await node.shows() == ["Anna False 0"]
    node.rows.chosen[ANNA] = Chosen("Annabel", False)
    node.choices.forget([ANNA])
    assert await node.shows() == ["Annabel False 0"]
    node.rows.is_up = False
    with pytest.raises(Unavailable):
        await node.choices.choose(ACME, ANNA, True)
    with pytest.raises(Unavailable):
        await node.shows()
    node.rows.is_up = True
    assert await node.shows() == ["Annabel True 0"], "it was written all the same"


async def test_who_has_no_row_yet_is_asked_for_again_and_who_has_left_is_forgotten(node: Node) -> None:
    """[P7]"""
    carla = AgentId("carla")
    node.sessions.sees(carla)
    assert await node.shows() == []
    node.rows.chosen[carla] = Chosen("Carla", True)
    node.sessions.sees(carla)
    assert await node.shows() == ["Carla True 0"]
    node.sessions._active.clear()
    node.sessions.sees(ANNA)
    await node.shows()
    assert list(node.choices._known) == [ANNA]
