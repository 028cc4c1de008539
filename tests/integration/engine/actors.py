"""The people and bots of a room, as tests speak of them: what each says becomes a command to their node's engine."""

import asyncio
from collections.abc import Callable, Generator
from itertools import count
from typing import TYPE_CHECKING, Any

import anyio
import msgspec
from msgspec.structs import asdict

from intervene.core.access import Principal, Staff, Visitor
from intervene.core.actors import Agent, Bot, Role
from intervene.core.conversation.decide import Command
from intervene.core.conversation.moves import AskForPerson, Close, HandBack, Intervene, Release, Reopen
from intervene.core.conversation.speech import AddNote, AgentSay, ContactSay
from intervene.core.conversation.state import Conversation
from intervene.core.conversation.turns import AddPiece, Answered, BotSay, EndTurn, FinishMessage, Outcome, TakeUpTurn
from intervene.core.errors import InterveneError
from intervene.core.ids import CommandId, ConversationId, MessageId
from intervene.core.text import message_text, piece_text
from intervene.core.wire import views
from intervene.engine.queue import Answer
from intervene.ports.log import Receipt
from tests.integration.engine.screen import Screen, Session
from tests.kit.limits import WAIT, eventually
from tests.unit.core.cast import ECHO

if TYPE_CHECKING:
    from tests.integration.engine.cluster import Node
    from tests.integration.engine.room import Room

numbers = count(1)


class Display(Screen):
    """A screen in a room: it can be connected to a node, and to another later."""

    def __init__(self, whose: Staff | Visitor, room: "Room") -> None:
        super().__init__(whose, room.cluster.broken, room.key.conversation)
        self.room = room
        self.node: Node | None = None

    def joins(self, node: "Node") -> None:
        """From where it is, or with the newest page."""
        self.leaves()
        self.node = node
        self.session = Session(self)
        node.feeds.join(self.room.key, self.session, self.position)

    async def is_shown(self) -> None:
        """Returns once the page is there."""
        await eventually(lambda: not self.is_joining)
        assert self.missed is None, self.missed

    def leaves(self) -> None:
        session, node = self.session, self.node
        super().leaves()
        if session and node:
            node.feeds.leave(self.room.key, session)


class Asked:
    """A command on its way. Awaited it gives its receipt or raises the refusal."""

    def __init__(self, command: Command, name: str, session: Session | None, record: Callable[[Answer], None]) -> None:
        self.command = command
        self.name = name
        self.session = session
        self._record = record
        self.answers: list[Answer] = []
        self._answered = asyncio.Event()

    @property
    def answer(self) -> Answer | None:
        return self.answers[0] if self.answers else None

    def settle(self, answer: Answer) -> None:
        self.answers.append(answer)
        self._record(answer)
        self._answered.set()
        if self.session and self.session.is_open:
            self.session.screen.answered(self.name, answer)

    def __await__(self) -> Generator[Any, None, Receipt]:
        return self._receipt().__await__()

    async def _receipt(self) -> Receipt:
        with anyio.fail_after(WAIT):
            await self._answered.wait()
        assert len(self.answers) == 1, "a command is answered once"
        answer = self.answers[0]
        if isinstance(answer, InterveneError):
            raise answer
        return answer

    async def refusal(self) -> InterveneError:
        """It must be refused: the refusal."""
        try:
            receipt = await self
        except InterveneError as problem:
            return problem
        raise AssertionError(f"{self.name} was accepted: {receipt}")


class Actor:
    """Somebody in a room, at a node."""

    def __init__(self, room: "Room", node: "Node") -> None:
        self.room = room
        self.node = node

    @property
    def known(self) -> Conversation:
        """What their node believes."""
        state = self.node.feeds.state(self.room.key)
        assert state is not None, f"{self.node.id} does not know the conversation"
        return state

    @property
    def known_text(self) -> str:
        """Of the open reply, as their node believes."""
        reply = self.node.feeds.reply(self.room.key)
        return reply.text if reply else ""

    def submit(self, command: Command, name: str, display: Display | None = None) -> Asked:
        session = display.session if display else None
        asked = Asked(command, name, session, self._records(command))
        self.node.engine.submit(self.room.key, command, asked.settle, session)
        return asked

    def _records(self, command: Command) -> Callable[[Answer], None]:
        """What bots and nodes ask for is not in the history of people."""
        return lambda answer: None


class Human(Actor):
    """Whoever they are, what they ask and are told is written down as it would go over a socket."""

    def __init__(self, room: "Room", node: "Node", screen: Display) -> None:
        super().__init__(room, node)
        self.screen = screen

    def _records(self, command: Command) -> Callable[[Answer], None]:
        who, history, id = author_of(self.screen.whose), self.room.history, getattr(command, "id", CommandId(""))
        history.invoke(who, self.node.id, _frame(command, self.room.key.conversation))

        def record(answer: Answer) -> None:
            history.answer(who, _answer_frame(answer, self.screen.is_staff, id, self.room.key.conversation))

        return record

    async def watches(self) -> None:
        """Joins, or resumes where the screen is, and waits for the page."""
        self.screen.joins(self.node)
        await self.screen.is_shown()

    def repeats(self, asked: Asked) -> Asked:
        """The very command, once more."""
        return self.submit(asked.command, asked.name, self.screen)

    def goes_to(self, node: "Node") -> None:
        self.screen.leaves()
        self.node = node


class Customer(Human):
    def says(self, text: str, id: str = "") -> Asked:
        command = ContactSay(id=_command(id), by=self._by, message=_message(), text=message_text(text))
        return self.submit(command, f"says {text}", self.screen)

    def asks_for_a_person(self) -> Asked:
        return self.submit(AskForPerson(id=_command(), by=self._by), "asks for a person", self.screen)

    @property
    def _by(self) -> Visitor:
        return self.room.visitor


class Person(Human):
    """An agent. Unless said otherwise they act in the epoch that their node knows, and have seen what it has."""

    def __init__(self, room: "Room", node: "Node", screen: Display, who: Agent, role: Role) -> None:
        super().__init__(room, node, screen)
        self.who = who
        self.by = Staff(organisation=room.key.organisation, agent=who, role=role)

    def says(self, text: str, *, epoch: int | None = None, seen: int | None = None, confirmed: bool = False) -> Asked:
        command = AgentSay(
            id=_command(), by=self.by, message=_message(), text=message_text(text), epoch=self._epoch(epoch),
            seen=self._seen(seen), confirmed=confirmed,
        )  # fmt: skip
        return self.submit(command, f"says {text}", self.screen)

    def notes(self, text: str) -> Asked:
        command = AddNote(id=_command(), by=self.by, message=_message(), text=message_text(text))
        return self.submit(command, f"notes {text}", self.screen)

    def intervenes(self, *, epoch: int | None = None) -> Asked:
        command = Intervene(id=_command(), by=self.by, epoch=self._epoch(epoch))
        return self.submit(command, "intervenes", self.screen)

    def hands_back(self, bot: Bot = ECHO, *, epoch: int | None = None, reason: str = "") -> Asked:
        command = HandBack(id=_command(), by=self.by, bot=bot.id, epoch=self._epoch(epoch), reason=reason)
        return self.submit(command, "hands back", self.screen)

    def releases(self, *, epoch: int | None = None) -> Asked:
        command = Release(id=_command(), by=self.by, epoch=self._epoch(epoch))
        return self.submit(command, "releases", self.screen)

    def closes(self, *, epoch: int | None = None, seen: int | None = None) -> Asked:
        command = Close(
            id=_command(), by=self.by, epoch=self._epoch(epoch), seen=self._seen(seen)
        )  # fmt: skip
        return self.submit(command, "closes", self.screen)

    def reopens(self, *, epoch: int | None = None) -> Asked:
        command = Reopen(id=_command(), by=self.by, epoch=self._epoch(epoch))
        return self.submit(command, "reopens", self.screen)

    def _epoch(self, epoch: int | None) -> int:
        return self.known.epoch if epoch is None else epoch

    def _seen(self, seen: int | None) -> int:
        return self.known.seq if seen is None else seen


class Port(Actor):
    """A bot in one turn, played by hand and without the runner's port: only the fence stands in its way."""

    def __init__(self, room: "Room", node: "Node", who: Bot, epoch: int, number: int, told: int) -> None:
        super().__init__(room, node)
        self.who = who
        self.epoch = epoch
        self.number = number
        self.told = told
        self.message = MessageId("")
        self.n = 0

    def says(self, text: str, *, message: str = "") -> Asked:
        command = BotSay(
            id=_command(), author=self.who, epoch=self.epoch, turn=self.number,
            message=MessageId(message) or _message(), text=message_text(text),
        )  # fmt: skip
        return self.submit(command, f"says {text}")

    def writes(self, text: str) -> Asked:
        """The next piece; the first one starts a message."""
        self.message = self.message or _message()
        self.n += 1
        return self.adds(self.n, text)

    def adds(self, n: int, text: str) -> Asked:
        command = AddPiece(
            author=self.who, epoch=self.epoch, turn=self.number, message=self.message, n=n, text=piece_text(text)
        )  # fmt: skip
        return self.submit(command, f"writes {text}")

    async def streams(self, *pieces: str) -> None:
        """One commit each."""
        for text in pieces:
            await self.writes(text)

    def finishes(self, text: str = "") -> Asked:
        command = FinishMessage(
            id=_command(), author=self.who, epoch=self.epoch, turn=self.number, message=self.message, n=self.n + 1,
            text=piece_text(text),
        )  # fmt: skip
        self.message, self.n = MessageId(""), 0
        return self.submit(command, "finishes")

    def ends(self, outcome: Outcome | None = None, *, answered: int | None = None) -> Asked:
        command = EndTurn(
            author=self.who, epoch=self.epoch, turn=self.number, outcome=outcome or Answered(),
            answered=self.told if answered is None else answered,
        )  # fmt: skip
        return self.submit(command, "ends")


def takes_up(node: "Node", room: "Room", *, lost: str = "") -> Asked:
    """Housekeeping of `node` takes up the turn that is owed, or that a lost node ran."""
    return Actor(room, node).submit(TakeUpTurn(lost=lost), "takes up")


def author_of(whose: Principal) -> str:
    return f"agent:{whose.agent.id}" if isinstance(whose, Staff) else f"contact:{whose.contact.id}"


def _frame(command: Command, conversation: ConversationId) -> dict[str, Any]:
    """As a client would have sent it."""
    fields = {name: value for name, value in asdict(command).items() if name not in ("by", "message")}
    return {"type": _KINDS[type(command)], "conversation": conversation, **fields}


def _answer_frame(answer: Answer, is_staff: bool, id: CommandId, conversation: ConversationId) -> dict[str, Any]:
    """As it would have come back."""
    if isinstance(answer, InterveneError):
        frame: Any = views.error(answer, id=id, conversation=conversation)
    else:
        frame = views.ack(is_staff, conversation, id, answer)
    return dict(msgspec.json.decode(msgspec.json.encode(frame)))


_KINDS: dict[type[Command], str] = {
    ContactSay: "say", AgentSay: "say", AddNote: "add_note", Intervene: "intervene", HandBack: "hand_back",
    Release: "release", Close: "close", Reopen: "reopen", AskForPerson: "ask_for_person",
}  # fmt: skip


def _command(id: str = "") -> CommandId:
    return CommandId(id or f"k{next(numbers)}")


def _message() -> MessageId:
    return MessageId(f"m{next(numbers)}")
