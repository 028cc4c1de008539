"""The contract of `ports.Inbox`, on every adapter."""

from msgspec.structs import replace

from intervene.adapters.sql.inbox import IDS
from intervene.core.actors import Role
from intervene.core.control import Place
from intervene.core.conversation.columns import QUARTER
from intervene.core.conversation.desk import SetQueue
from intervene.core.ids import CommandId, ConversationId, NodeId, QueueId
from intervene.core.limits import PAGE_EVENTS
from intervene.core.policy import Queue
from intervene.ports.inbox import At, Inbox, InLine
from intervene.ports.log import Log, Range
from tests.contract.build import ACME, ANNA, ECHO, NOON, Talk, talks, win
from tests.unit.core.cast import as_staff

CUSTOMER = Range(is_staff=False, limit=PAGE_EVENTS)
OTHER_NODE = NodeId("n2")


async def ids(inbox: Inbox, place: Place, limit: int = 2) -> list[ConversationId]:
    """Page by page, as the contract says: versions are of the same conversations."""
    found: list[ConversationId] = []
    after: At | None = None
    while page := await inbox.page(ACME, place, after, limit):
        versions = await inbox.versions(ACME, place, after, limit)
        assert [(it.id, it.version) for it in versions] == [(state.id, state.version) for state in page]
        found += [state.id for state in page]
        after = versions[-1].at
    return found


async def test_places_are_paged_in_their_orders(log: Log, inbox: Inbox) -> None:
    """What waits, the oldest first; all else the newest first, and at one time in the order of ids."""
    group = [await Talk(f"c{n}", bot=ECHO if n % 2 else None).opens_in(log) for n in range(8)]
    for number, talk in enumerate(group):
        talk.now = NOON + 10 * QUARTER * (number // 2)
        await win(log, talk.customer_says())
    assert await ids(inbox, Place.NOBODY) == ["c0", "c2", "c4", "c6"]
    assert await ids(inbox, Place.BOT) == ["c7", "c5", "c3", "c1"]
    for number in (2, 3, 6, 7):
        await win(log, group[number].intervenes())
    group[2].now = group[7].now = NOON + 99 * QUARTER
    for number in (7, 2):
        await win(log, group[number].agent_says("hello"))
    assert await ids(inbox, Place.AGENT) == ["c2", "c7", "c6", "c3"]
    await win(log, group[3].closes())
    await win(log, group[2].closes())
    assert await ids(inbox, Place.CLOSED) == ["c2", "c3"]
    assert await ids(inbox, Place.NOBODY, 50) == ["c0", "c4"]


async def test_the_line_is_all_that_waits_with_its_queues_the_oldest_first(log: Log, inbox: Inbox) -> None:
    """Of one organisation, and no more than was asked for."""
    group = [await Talk(f"c{n}", bot=None).opens_in(log) for n in range(4)]
    await Talk("rival", organisation="rival", bot=None).opens_in(log)
    for talk, minutes in zip(group, (3, 1, 2, 0), strict=True):
        talk.now = NOON + 60_000 * minutes
        await win(log, talk.customer_says())
    await win(log, group[3].intervenes())
    moved, sales = group[2], QueueId("sales")
    moved.policy = replace(moved.policy, queues={**moved.policy.queues, sales: Queue(id=sales, name="Sales")})
    by = as_staff(ANNA, Role.SUPERVISOR)
    await win(log, moved.commits(SetQueue(id=CommandId("q-1"), by=by, epoch=moved.state.epoch, queue=sales)))
    line = [
        InLine(ConversationId(id), QueueId(queue))
        for id, queue in (("c1", "default"), ("c2", sales), ("c0", "default"))
    ]
    assert await inbox.line(ACME, 10) == line
    assert await inbox.line(ACME, 2) == line[:2]


async def test_conversations_are_found_by_id_wherever_they_are(log: Log, inbox: Inbox) -> None:
    """[P6] Those of another organisation are not."""
    group = await talks(log, IDS + 5)
    rival = await Talk("rival", organisation="rival").opens_in(log)
    await win(log, group[1].intervenes())
    await win(log, group[1].closes())
    wanted = [talk.state.id for talk in (*group, rival)]
    found = {state.id: state for state in await inbox.find(ACME, [*wanted, ConversationId("none")])}
    assert found == {talk.state.id: talk.state for talk in group}
    assert await inbox.find(ACME, []) == []
