"""A world of conversations, a board that gets what happens in it badly, and readers with their screens."""

from collections.abc import Sequence
from random import Random

from msgspec.structs import replace

from intervene.core.access import Staff, unseen_by_staff
from intervene.core.actors import Agent, Bot, Contact, Holder, Nobody, Role
from intervene.core.ids import AgentId, BotId, ContactId, ConversationId, OrganisationId, QueueId, StatusId
from intervene.core.policy import Policy, Queue
from intervene.core.settings import Visibility
from intervene.core.wire.inbox import Listed, Row, View, matches, place
from intervene.inbox.board import Board, Change
from intervene.inbox.views import List, Page, Peers, difference, list_of, own_rows, peers_of

ACME = OrganisationId("acme")
BEN, CLEO, DORA, SUE, REX = (
    Agent(id=AgentId(name), name=name.title()) for name in ("ben", "cleo", "dora", "sue", "rex")
)
ECHO = Bot(id=BotId("echo"), name="Echo")
NOBODY = Nobody()
HOLDERS: list[Holder] = [NOBODY, BEN, CLEO, DORA, SUE, ECHO, ECHO]
QUEUES = [QueueId(name) for name in ("default", "billing", "disputes")]

PEOPLE = [
    *(Staff(organisation=ACME, agent=agent, role=Role.AGENT) for agent in (BEN, CLEO, DORA)),
    Staff(organisation=ACME, agent=SUE, role=Role.SUPERVISOR),
    Staff(organisation=OrganisationId("holding"), agent=SUE, role=Role.ADMIN),
    Staff(organisation=OrganisationId("rival"), agent=REX, role=Role.ADMIN),
]
VIEWS = [
    *(View(list=listed) for listed in Listed if listed is not Listed.CLOSED),
    View(queue="billing"),
    View(list=Listed.WAITING, status="new"),
    View(tag="vip"),
]


def policy_of(random: Random) -> Policy:
    """Ben serves billing, Cleo billing and disputes, Dora what nobody was put into. What is held is now and then for
    its holder alone."""
    members = {"billing": frozenset({BEN.id, CLEO.id}), "disputes": frozenset({CLEO.id})}
    queues = {
        id: Queue(
            id=id, name=id, members=members.get(id, frozenset()),
            visibility=random.choice([Visibility.TEAM, Visibility.HOLDER]),
        )
        for id in QUEUES
    }  # fmt: skip
    assigned = frozenset({BEN.id, CLEO.id})
    return Policy(queues=queues, assigned=assigned, ancestors=(OrganisationId("holding"),))


def row_of(random: Random, id: str, *, now: int = 0) -> Row:
    is_open = random.random() < 0.8
    holder = random.choice(HOLDERS) if is_open else NOBODY
    return Row(
        organisation=ACME, id=ConversationId(id), epoch=random.randrange(3), seq=random.randrange(9), channel="webchat",
        contact=Contact(id=ContactId(f"of-{id}"), name=""), holder=holder, is_open=is_open, since=now,
        asked=random.randrange(5), answered=0, last_at=now + random.randrange(3),
        waiting_since=random.randrange(1, 9) if is_open and holder == NOBODY else 0,
        unanswered_since=random.choice([0, 3, 4]), queue=random.choice([*QUEUES, QueueId("forgotten")]),
        status=StatusId(random.choice(["", "new"])), tags=random.choice([(), ("vip",)]),
    )  # fmt: skip


class Screen:
    """What a client has of a view: it folds what it is sent."""

    def __init__(self, page: Page) -> None:
        self.rows = {row.id: row for row in page.rows}

    def receive(self, before: Page, after: Page) -> None:
        changed, left, entered = difference(before, after)
        assert {row.id for row in entered} <= {row.id for row in changed} - {*self.rows}
        self.rows |= {row.id: row for row in changed}
        for id in left:
            del self.rows[id]

    @property
    def shown(self) -> list[Row]:
        return sorted(self.rows.values(), key=place)


class Reader:
    """One open view, of so many rows."""

    def __init__(self, by: Staff, view: View, count: int) -> None:
        self.by, self.view, self.count = by, view, count

    def open(self, node: "Node") -> None:
        self.page = self._page(node, None)
        self.screen = Screen(self.page)

    def follow(self, node: "Node") -> None:
        page = self._page(node, self.page)
        self.screen.receive(self.page, page)
        self.page = page

    def _page(self, node: "Node", former: Page | None) -> Page:
        own = own_rows(self.view, self.by, node.policy, node.board.held_by(self.by.agent.id))
        return node.list(self.by, self.view).page(self.count, own, former)

    def expected(self, rows: Sequence[Row], policy: Policy) -> list[Row]:
        """By the one rule of visibility, for each row."""
        seen = [
            row
            for row in rows
            if matches(self.view, row, self.by.agent.id) and unseen_by_staff(self.by, row.placement, policy) is None
        ]
        return sorted(seen, key=place)[: self.count]


class Node:
    """A board, its lists, and those who read them."""

    def __init__(self, policy: Policy, readers: Sequence[Reader]) -> None:
        self.readers = readers
        self.start_over(policy)

    def start_over(self, policy: Policy, board: Board | None = None) -> None:
        """With other settings, or with nothing: all views are sent anew."""
        self.policy, self.board = policy, board or Board()
        self._lists: dict[tuple[Peers | AgentId, str], List] = {}
        for reader in self.readers:
            reader.open(self)

    def list(self, by: Staff, view: View) -> List:
        """One for all peers."""
        key = by.agent.id if view.list is Listed.MINE else peers_of(by, ACME, self.policy)
        if (key, view.name) not in self._lists:
            self._lists[key, view.name] = list_of(view, by, lambda _: self.policy, self.board)
        return self._lists[key, view.name]

    def take(self, changes: Sequence[Change]) -> None:
        for change in changes:
            for one in self._lists.values():
                one.take(change)

    def tick(self) -> None:
        for reader in self.readers:
            reader.follow(self)


class World:
    """What the database has."""

    def __init__(self, random: Random, conversations: int) -> None:
        self._random = random
        self._now = 0
        self.rows = {ConversationId(f"c{n}"): (1, row_of(random, f"c{n}")) for n in range(conversations)}

    def write(self) -> tuple[int, Row]:
        """Some conversation changes, or changes nothing that is shown."""
        self._now += 1
        id, (version, row) = self._random.choice(list(self.rows.items()))
        after = row if self._random.random() < 0.2 else row_of(self._random, id, now=self._now)
        self.rows[id] = (version + 1, replace(after, last_at=row.last_at) if after is row else after)
        return self.rows[id]

    @property
    def open(self) -> dict[ConversationId, tuple[int, Row]]:
        return {id: it for id, it in self.rows.items() if it[1].is_open}
