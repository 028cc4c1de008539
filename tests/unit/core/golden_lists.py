"""The golden frames about lists of conversations, which `golden.py` is made of."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from intervene.core.actors import Agent, Bot, Contact, Nobody
from intervene.core.ids import (
    DEFAULT_QUEUE,
    AgentId,
    BotId,
    ContactId,
    ConversationId,
    OrganisationId,
    QueueId,
    StatusId,
)
from intervene.core.wire import inbox

NOON = 1_700_000_000_000
ACME = OrganisationId("acme")
WAITING = inbox.View(list=inbox.Listed.WAITING, queue="billing")
UNREAD = inbox.View(list=inbox.Listed.MINE, unread=True)
BELOW = inbox.View(list=inbox.Listed.CLOSED, organisation="acme", below=True, status="promised", tag="vip")

ROWS = [
    inbox.Row(
        organisation=ACME, id=ConversationId("c-5kQ2vT"), epoch=2, seq=7,
        contact=Contact(id=ContactId("v-8fJ2"), name="Maria"), channel="webchat", holder=Nobody(), is_open=True,
        since=NOON, asked=3, answered=0, last_at=NOON + 9000, waiting_since=NOON + 1000, unanswered_since=NOON + 1000,
        queue=QueueId("billing"), status=StatusId("promised"), tags=("vip",),
        last=inbox.LastLine(by="contact", text="Why is my bill so high?"),
    ),
    inbox.Row(
        organisation=ACME, id=ConversationId("c-9xB4mR"), epoch=1, seq=4,
        contact=Contact(id=ContactId("v-2dK9"), name=""), channel="webchat",
        holder=Bot(id=BotId("aria"), name="Aria"), is_open=True, since=NOON, asked=0, answered=0, last_at=NOON,
        queue=DEFAULT_QUEUE,
    ),
    inbox.Row(
        organisation=ACME, id=ConversationId("c-3nL7wZ"), epoch=5, seq=20,
        contact=Contact(id=ContactId("v-6hP1"), name="Tom"), channel="webchat",
        holder=Agent(id=AgentId("ana"), name="Ana"), is_open=True, since=NOON, asked=18, answered=19, last_at=NOON,
        queue=DEFAULT_QUEUE, last=inbox.LastLine(by="agent", text="Thank you", id="ben", name="Ben"),
    ),
]  # fmt: skip

FRAMES_IN: Mapping[str, Sequence[Struct]] = {
    "open_view": [inbox.OpenView(view=view) for view in (inbox.View(), WAITING, UNREAD, BELOW)],
    "more_rows": [inbox.MoreRows(view=WAITING.name)],
    "close_view": [inbox.CloseView(view=UNREAD.name)],
    "look": [inbox.Look(view=WAITING.name, conversations=["c-5kQ2vT"]), inbox.Look(view="list=all", conversations=[])],
}
FIRST_FIELDS = {
    "open_view": {"view"}, "more_rows": {"view"}, "close_view": {"view"}, "look": {"view", "conversations"},
}  # fmt: skip
FRAMES_OUT: Mapping[str, Sequence[Struct]] = {
    "view": [
        inbox.ViewShown(view=WAITING.name, filter=WAITING, rows=ROWS[:1], read={ConversationId("c-5kQ2vT"): 4}),
        inbox.ViewShown(view="list=all", filter=inbox.View(), rows=ROWS, more=True, truncated=True, complete=False),
        inbox.ViewShown(view="list=all", filter=inbox.View(), rows=ROWS[1:2], continued=True),
    ],
    "rows": [
        inbox.RowsChanged(view=WAITING.name, changed=ROWS[:1]),
        inbox.RowsChanged(view="list=all", left=[ConversationId("c-9xB4mR")], more=True),
    ],
    "counts": [
        inbox.Counts(organisation=ACME),
        inbox.Counts(
            organisation=ACME, below=True, mine=1, unread=1, waiting=1, agent=1, bot=1, truncated=True,
            queues={QueueId("billing"): inbox.Sum(waiting=1), QueueId("default"): inbox.Sum(agent=1, bot=1)},
            statuses={StatusId("promised"): 1},
        ),
    ],
    "tails": [inbox.Tails(tails={ConversationId("c-9xB4mR"): "Your bill of", ConversationId("c-3nL7wZ"): ""})],
}  # fmt: skip
