"""Read positions on their way to the database."""

import asyncio
from types import SimpleNamespace
from typing import cast

import pytest
from structlog.testing import capture_logs

from intervene.core.actors import Agent, Contact, Holder, Nobody
from intervene.core.conversation.state import Control, Conversation
from intervene.core.errors import Unavailable
from intervene.core.ids import AgentId, ContactId, ConversationId, Key
from intervene.edge.socket import read_positions as reads
from intervene.edge.socket.read_positions import ReadPositions
from intervene.feed.subscribers import Watcher
from intervene.ports.messages import Read
from intervene.ports.read_positions import Moved
from tests.integration.edge.stand_ins import ACME, Feeds, PositionStore
from tests.kit.limits import eventually

C1, C2 = (Key(ACME, ConversationId(name)) for name in ("c1", "c2"))


@pytest.fixture
def store() -> PositionStore:
    return PositionStore()


@pytest.fixture
def positions(store: PositionStore, feeds: Feeds, monkeypatch: pytest.MonkeyPatch) -> ReadPositions:
    monkeypatch.setattr(reads, "WRITE_SECONDS", 0.02)
    return ReadPositions(store, feeds)


@pytest.fixture
def feeds() -> Feeds:
    return Feeds()


ANNA, BEN, CLARA = (
    Agent(id=AgentId("anna"), name="Anna"),
    Agent(id=AgentId("ben"), name="Ben"),
    Contact(id=ContactId("clara"), name="Clara"),
)


async def test_only_the_highest_is_written(positions: ReadPositions, store: PositionStore) -> None:
    for n in (3, 9, 4):
        positions.note(C1, ANNA, n, 1)
    positions.note(C2, ANNA, 1, 1)
    await eventually(lambda: len(store.kept) == 2)
    assert store.kept == [(C1, "agent:anna", 9), (C2, "agent:anna", 1)]


async def test_what_comes_later_is_written_later(positions: ReadPositions, store: PositionStore) -> None:
    positions.note(C1, ANNA, 1, 1)
    await eventually(lambda: len(store.kept) == 1)
    positions.note(C1, ANNA, 2, 1)
    await eventually(lambda: len(store.kept) == 2)
    assert store.kept[-1] == (C1, "agent:anna", 2)


async def test_few_readers_wait(
    positions: ReadPositions, store: PositionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P7]"""
    monkeypatch.setattr(reads, "WAITING", 2)
    for who in (ANNA, BEN, CLARA):
        positions.note(C1, who, 1, 1)
    positions.note(C1, ANNA, 5, 1)
    await eventually(lambda: len(store.kept) == 2)
    assert store.kept == [(C1, "agent:anna", 5), (C1, "agent:ben", 1)]


async def test_those_of_several_conversations_are_written_together_and_those_of_one_one_after_another(
    positions: ReadPositions, store: PositionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two readers of one conversation may both move the position of who holds control."""
    under_way: list[str] = []
    together: list[str] = []
    keep = store.keep

    async def slowly(key: Key, reader: str, n: int, held: int = -1) -> Moved:
        under_way.append(f"{key.conversation} {reader}")
        await asyncio.sleep(0)
        together.append(", ".join(under_way))
        under_way.remove(f"{key.conversation} {reader}")
        return await keep(key, reader, n, held)

    monkeypatch.setattr(store, "keep", slowly)
    for key in (C1, C2):
        for who in (ANNA, BEN):
            positions.note(key, who, 1, 1)
    await eventually(lambda: len(store.kept) == 4)
    assert together == ["c1 agent:anna, c2 agent:anna", "c2 agent:anna", "c1 agent:ben, c2 agent:ben", "c2 agent:ben"]


async def test_what_the_database_did_not_take_is_written_when_it_is_back(
    positions: ReadPositions, store: PositionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[object] = []

    async def fails(*at: object) -> None:
        tried.append(at)
        raise Unavailable("away")

    keep = store.keep
    monkeypatch.setattr(store, "keep", fails)
    with capture_logs() as logs:
        positions.note(C1, ANNA, 3, 1)
        positions.note(C2, BEN, 1, 1)
        await eventually(lambda: len(tried) > 2)
        positions.note(C1, ANNA, 2, 1)
        monkeypatch.setattr(store, "keep", keep)
        await eventually(lambda: store.kept == [(C1, "agent:anna", 3), (C2, "agent:ben", 1)])
    assert [line["event"] for line in logs] == ["read positions cannot be written"]


async def test_what_was_written_is_shown_to_others_than_who_said_it(
    positions: ReadPositions, store: PositionStore, feeds: Feeds
) -> None:
    """[R39] The highest counts, and whose session that was."""
    for n, session in ((3, 1), (9, 2), (4, 1)):
        positions.note(C1, ANNA, n, session)
    positions.note(C1, CLARA, 2, 3)
    await eventually(lambda: len(store.kept) == 2)
    assert feeds.reads == [(Read(C1, ANNA, 9, 0), 2), (Read(C1, None, contact=2), 3)]


async def test_only_who_holds_control_reads_for_customers_to_see(
    positions: ReadPositions, store: PositionStore, feeds: Feeds
) -> None:
    """[P6, R39] Also when they read on after they have let go, within the same second."""
    feeds.holders[C1] = ANNA
    positions.note(C1, ANNA, 5, 1)
    positions.note(C1, BEN, 8, 2)
    feeds.holders.clear()
    positions.note(C1, ANNA, 9, 1)
    await eventually(lambda: len(store.kept) == 2)
    assert store.kept == [(C1, "agent:anna", 9), (C1, "agent:ben", 8)]
    assert store.held == [(C1, "agent:anna", 5)]


def with_holder(holder: Holder, epoch: int) -> Conversation:
    return Conversation(
        organisation=C1.organisation,
        id=C1.conversation,
        contact=CLARA,
        channel="webchat",
        control=Control(holder=holder, epoch=epoch),
    )


async def test_who_takes_control_has_read_what_they_read_before(
    positions: ReadPositions, store: PositionStore, feeds: Feeds
) -> None:
    """[R39] What is kept of them, or waits to be; at the node on which they watch, and only when control changes."""
    watching = SimpleNamespace(agent=ANNA)
    feeds.watchers[C1] = [cast(Watcher, watching)]
    positions.changed(None, with_holder(ANNA, 2))
    positions.changed(with_holder(ANNA, 2), with_holder(ANNA, 2))
    positions.changed(with_holder(ANNA, 2), with_holder(Nobody(), 3))
    positions.changed(with_holder(Nobody(), 3), with_holder(BEN, 4))
    assert positions._task is None
    positions.changed(with_holder(BEN, 4), with_holder(ANNA, 5))
    await eventually(lambda: len(store.held) == 1)
    positions.note(C1, ANNA, 7, 1)
    positions.changed(with_holder(BEN, 6), with_holder(ANNA, 7))
    await eventually(lambda: len(store.held) == 2)
    assert store.held == [(C1, "agent:anna", 0), (C1, "agent:anna", 7)]


async def test_what_waits_is_written_when_a_node_ends(positions: ReadPositions, store: PositionStore) -> None:
    positions.note(C1, ANNA, 3, 1)
    await positions.flush()
    assert store.kept == [(C1, "agent:anna", 3)]
    await positions.flush()
    assert len(store.kept) == 1
