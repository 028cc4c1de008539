"""What an organisation has behind it: conversations as the product's own rules make them, each in one commit.

Of a hundred conversations two wait, three are held by agents, fifteen by the bot, and eighty are closed.
"""

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

from intervene.core.access import Staff, Visitor
from intervene.core.actors import Agent, Bot, Contact, Role
from intervene.core.conversation.commit import Context
from intervene.core.conversation.decide import Command, Owner, decide, open_conversation
from intervene.core.conversation.desk import SetStatus, SetTags
from intervene.core.conversation.moves import AskForPerson, Close, Intervene, Open
from intervene.core.conversation.speech import AgentSay, ContactSay
from intervene.core.conversation.state import Conversation
from intervene.core.conversation.turns import Answered, BotSay, EndTurn
from intervene.core.events import Event, Piece, author_key
from intervene.core.ids import (
    Address,
    AgentId,
    BotId,
    CommandId,
    ContactId,
    ConversationId,
    MessageId,
    NodeId,
    StatusId,
)
from intervene.core.policy import Policy
from intervene.core.text import message_text
from intervene.engine.batch import make_commit
from intervene.ports.log import CommandKey, Commit
from tests.bench.people import ORGANISATION, TEXT

NODE = NodeId("bench")
BOT = Bot(id=BotId("scripted"), name="Assistant")
QUEUES, AGENTS_OF_QUEUE, LEADERS = 5, 20, 20
STATUSES = ("new", "in-review", "customer", "solved")
TAGS = ("plan", "fee", "letter", "address", "complaint")
MINUTE_MS, DAY_MS = 60_000, 24 * 3600 * 1000
DAYS = 30  # that closed conversations are old, at most; open ones are of the last
BEFORE_END = 2  # events at the end of what an agent does, at least: status and tags


def queue_of(number: int) -> str:
    return f"queue-{number % QUEUES}"


def channel_of(queue: str) -> str:
    return f"page-of-{queue}"


def agents_of(queue: str) -> Sequence[Staff]:
    return [_staff(f"{queue}-agent-{n}", Role.AGENT) for n in range(AGENTS_OF_QUEUE)]


def leaders() -> Sequence[Staff]:
    return [_staff(f"leader-{n}", Role.SUPERVISOR) for n in range(LEADERS)]


def _staff(name: str, role: Role) -> Staff:
    return Staff(organisation=ORGANISATION, agent=Agent(id=AgentId(name), name=name), role=role)


class Told(NamedTuple):
    address: Address
    commit: Commit


class Past:
    """The same each time. `now` in milliseconds since 1970; `events` of each conversation, at least."""

    def __init__(self, policy: Policy, now: int, events: int) -> None:
        self._policy = policy
        self._now = now
        self._events = events

    def tell(self, number: int) -> Told:
        return _Telling(number, self._policy, self._now, self._events).told()


class _Telling:
    def __init__(self, number: int, policy: Policy, now: int, events: int) -> None:
        self._random = random.Random(number)
        self._number = number
        self._policy = policy
        self._count = events
        self._queue = queue_of(self._random.randrange(QUEUES))
        contact = Contact(id=ContactId(f"contact-{number}"), name=f"Maria {number}")
        self._address = Address(channel_of(self._queue), contact.id)
        self._customer = Visitor(organisation=ORGANISATION, contact=contact, address=self._address)
        self._agent = self._random.choice(agents_of(self._queue))
        self._end = number % 100
        days = 1 if self._end < 20 else DAYS
        self._at = now - self._random.randrange(MINUTE_MS * events, max(DAY_MS * days, 2 * MINUTE_MS * events))
        self._facts: tuple[Event | Piece, ...] = ()
        self._keys: list[CommandKey] = []
        command = Open(conversation=ConversationId(f"{number:024x}"), contact=contact, address=self._address)
        opened = open_conversation(command, ORGANISATION, Owner.of(self._address), self._context())
        self._state: Conversation = opened.state
        self._facts += opened.facts

    def told(self) -> Told:
        self._end_turn()
        if self._end < 2:
            self._talk(self._with_bot, self._count - 2)
            self._do(AskForPerson(id=self._id(), by=self._customer))
            self._customer_says()
        elif 5 <= self._end < 20:
            self._talk(self._with_bot, self._count)
        else:
            self._talk(self._with_bot, self._count // 3)
            self._customer_says()
            self._do(Intervene(id=self._id(), by=self._agent, epoch=self._state.epoch))
            self._talk(self._with_agent, self._count - BEFORE_END)
            self._file()
            if self._end >= 20:
                close = Close(id=self._id(), by=self._agent, epoch=self._state.epoch, seen=self._state.seq)
                self._do(close)
        commit = make_commit(NODE, None, self._state, self._facts, self._keys)
        return Told(self._address, commit)

    # -- what is said and done -----------------------------------------------------------------------------------------

    def _talk(self, step: Callable[[], None], until: int) -> None:
        while self._state.seq < until:
            step()

    def _with_bot(self) -> None:
        self._customer_says()
        say = BotSay(
            id=self._id(), author=BOT, epoch=self._state.epoch, turn=self._state.version, message=self._message(),
            text=message_text(TEXT),
        )  # fmt: skip
        self._do(say)
        self._end_turn()

    def _with_agent(self) -> None:
        say = AgentSay(
            id=self._id(), by=self._agent, message=self._message(), text=message_text(TEXT),
            epoch=self._state.epoch, seen=self._state.seq,
        )  # fmt: skip
        self._do(say)
        if self._random.random() < 0.7:
            self._customer_says()

    def _customer_says(self) -> None:
        say = ContactSay(id=self._id(), by=self._customer, message=self._message(), text=message_text(TEXT))
        self._do(say)

    def _end_turn(self) -> None:
        state = self._state
        self._do(
            EndTurn(author=BOT, epoch=state.epoch, turn=state.version, answered=state.asked, outcome=Answered())
        )  # fmt: skip

    def _file(self) -> None:
        status, tags = self._random.choice(STATUSES), tuple(self._random.sample(TAGS, 2))
        self._do(SetStatus(id=self._id(), by=self._agent, status=StatusId(status), epoch=self._state.epoch))
        self._do(SetTags(id=self._id(), by=self._agent, tags=tags, epoch=self._state.epoch))

    def _do(self, command: Command) -> None:
        self._at += self._random.randrange(MINUTE_MS)
        change = decide(self._state, command, self._context())
        self._state = change.state
        self._facts += change.facts
        self._keys += [
            CommandKey(author_key(fact.author), fact.command)
            for fact in change.facts
            if isinstance(fact, Event) and fact.command
        ]

    def _context(self) -> Context:
        return Context(now=self._at, nonce=f"{self._random.getrandbits(64):016x}", node=NODE, policy=self._policy)

    def _id(self) -> CommandId:
        return CommandId(f"{self._random.getrandbits(64):016x}")

    def _message(self) -> MessageId:
        return MessageId(f"{self._random.getrandbits(64):016x}")
