"""The contract of `ports.Attendance`, for every adapter."""

import pytest

from intervene.adapters.sql.database import AskText, Database, Query
from intervene.adapters.sql.store import Store
from intervene.core.actors import Agent, Role
from intervene.core.ids import AgentId, NodeId, OrganisationId
from intervene.core.people import AuditEntry
from intervene.ports.attendance import FIRST, Chosen, Sighting
from intervene.ports.nodes import Member
from intervene.ports.people import Changes, Newcomer
from tests.contract.build import ACME, ANNA, BEN, Talk, win

ONE, TWO = NodeId("one"), NodeId("two")
OTHER = OrganisationId("other")


@pytest.fixture(autouse=True)
async def people(store: Store) -> None:
    for agent in (ANNA, BEN):
        await store.people.arrive(_newcomer(agent))


def _newcomer(agent: Agent, organisation: OrganisationId = ACME) -> Newcomer:
    return Newcomer(
        organisation=organisation, subject=agent.id, name=agent.name, role=Role.AGENT, spare_id=AgentId("spare")
    )


async def test_people_are_seen_where_they_have_sessions_with_how_long_they_gave_no_input(store: Store) -> None:
    """By the node's own count, whatever the count of its row."""
    anna, ben = Member(ACME, ANNA.id), Member(ACME, BEN.id)
    await store.nodes.keep_agents(ONE, {anna: 30, ben: 10})
    await store.nodes.keep_agents(TWO, {anna: 7})
    await store.nodes.beat(ONE, agents_beat=40)
    await store.nodes.beat(TWO, agents_beat=7)
    assert sorted(await store.attendance.sightings()) == [
        Sighting(ONE, anna, 10, Chosen("Anna", True)),
        Sighting(ONE, ben, 30, Chosen("Ben", True)),
        Sighting(TWO, anna, 0, Chosen("Anna", True)),
    ]


async def test_nobody_grows_idle_while_their_rows_are_not_right(store: Store) -> None:
    """[P5] The node's own row says for which heartbeat they were, and only that counts."""
    await store.nodes.keep_agents(ONE, {Member(ACME, ANNA.id): 30})
    for _ in range(200):
        await store.nodes.beat(ONE, agents_beat=31)
    assert [sighting.idle for sighting in await store.attendance.sightings()] == [1]


async def test_what_a_person_does_replaces_what_they_did(store: Store) -> None:
    anna = Member(ACME, ANNA.id)
    await store.nodes.beat(ONE, agents_beat=50)
    for active in (10, 45, 45):
        await store.nodes.keep_agents(ONE, {anna: active})
    assert [sighting.idle for sighting in await store.attendance.sightings()] == [5]


async def test_a_node_without_a_row_shows_nobody(store: Store) -> None:
    """It has left, or was swept."""
    await store.nodes.keep_agents(ONE, {Member(ACME, ANNA.id): 0})
    assert await store.attendance.sightings() == []


async def test_a_choice_is_kept_with_the_person(store: Store) -> None:
    """And ends no session: it is no change of what they may do."""
    before = await store.people.of(ACME, ANNA.id)
    await store.attendance.choose(ACME, ANNA.id, False)
    await store.attendance.choose(OTHER, BEN.id, False)
    after = await store.people.of(ACME, ANNA.id)
    assert before is not None
    assert after is not None
    assert (before.is_available, after.is_available, after.version) == (True, False, before.version)
    strangers = [AgentId(f"nobody-{number}") for number in range(600)]  # more than one statement asks for
    chosen = await store.attendance.choices([ANNA.id, *strangers, BEN.id])
    assert chosen == {ANNA.id: Chosen("Anna", False), BEN.id: Chosen("Ben", True)}
    assert await store.attendance.choices([]) == {}


async def test_what_agents_hold_is_read_in_pages_by_holder(store: Store) -> None:
    for number, who in enumerate([BEN, ANNA, BEN, None]):
        talk = await Talk(f"c{number}").opens_in(store.log)
        if who:
            await win(store.log, talk.intervenes(who))
    first, cursor = await store.attendance.holdings(FIRST, 2)
    assert [(it.key.conversation, it.holder, it.is_disabled) for it in first] == [
        ("c1", ANNA.id, False), ("c0", BEN.id, False)
    ]  # fmt: skip
    rest, end = await store.attendance.holdings(cursor, 2)
    assert [it.key.conversation for it in rest] == ["c2"]
    assert (cursor != FIRST, end) == (True, FIRST)


async def test_of_what_agents_hold_the_states_are_read_as_they_are_now(store: Store) -> None:
    talks = [await Talk(f"c{number}").opens_in(store.log) for number in range(3)]
    for talk in talks:
        await win(store.log, talk.intervenes(ANNA))
    page, _ = await store.attendance.holdings(FIRST, 10)
    await win(store.log, talks[1].hands_back(ANNA))
    held = await store.attendance.held(page)
    assert [(each.state, each.is_disabled) for each in held] == [(talks[0].state, False), (talks[2].state, False)]
    assert await store.attendance.held([page[0]._replace(key=page[2].key)]) == [], "a handle alone says nothing"
    assert await store.attendance.held([]) == []


async def test_what_a_disabled_person_holds_is_marked(store: Store) -> None:
    talk = await Talk("c1").opens_in(store.log)
    await win(store.log, talk.intervenes(ANNA))
    entry = AuditEntry(organisation=ACME, action="person.disable", subject=ANNA.id)
    await store.people.change(ACME, ANNA.id, Changes(is_disabled=True), entry)
    page, _ = await store.attendance.holdings(FIRST, 10)
    held = await store.attendance.held(page)
    assert (page[0].is_disabled, held[0].is_disabled) == (True, True)


async def test_a_row_that_cannot_be_read_hides_no_other(store: Store) -> None:
    """[P5] `verify` finds it; what else agents hold comes back from them all the same."""
    for number in range(3):
        talk = await Talk(f"c{number}").opens_in(store.log)
        await win(store.log, talk.intervenes(ANNA))

    def query() -> Query[None]:
        yield AskText("UPDATE conversation SET base = state WHERE id = 'c1'")

    database: Database = store.attendance._database  # type: ignore[attr-defined]
    await database.tell(query())
    page, _ = await store.attendance.holdings(FIRST, 10)
    assert [each.state.id for each in await store.attendance.held(page)] == ["c0", "c2"]
