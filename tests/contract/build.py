"""Commits for a log, made as the engine makes them: by `core.decide`, one commit each.

talk = Talk("c1")
await talk.opens_in(log)
await append(log, talk.customer_says("hi"), other.bot_streams("Hel"))
"""

import asyncio
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from intervene.core.access import Staff, Visitor
from intervene.core.actors import Agent, Bot, Contact
from intervene.core.amendments import amend
from intervene.core.control import Place
from intervene.core.conversation.commit import Change, Context
from intervene.core.conversation.decide import Command, Owner, decide, open_conversation
from intervene.core.conversation.lapses import Lapse, Why
from intervene.core.conversation.moves import Close, HandBack, Intervene, Open
from intervene.core.conversation.packing import FORMAT, pack
from intervene.core.conversation.speech import AddNote, AgentSay, ContactSay, DeleteMessage, EditMessage
from intervene.core.conversation.state import Conversation, OpenReply, Running
from intervene.core.conversation.timers import timers_set
from intervene.core.conversation.turns import AddPiece, BotSay, EndTurn, FinishMessage, Outcome
from intervene.core.events import Event, Piece, author_key
from intervene.core.ids import (
    WEBCHAT,
    Address,
    AgentId,
    BotId,
    CommandId,
    ContactId,
    ConversationId,
    EventId,
    IdentityId,
    Key,
    MessageId,
    NodeId,
    OrganisationId,
)  # fmt: skip
from intervene.core.limits import PAGE_EVENTS
from intervene.core.policy import Policy
from intervene.core.text import message_text, piece_text
from intervene.core.wire import framing
from intervene.ports.inbox import Inbox
from intervene.ports.log import Ahead, CommandKey, Commit, IdentityKey, Locked, Log, Opening, Range, Snapshot, Verdict
from tests.unit.core.cast import as_staff, as_visitor

ACME = OrganisationId("acme")
NODE = NodeId("n1")
ECHO = Bot(id=BotId("echo"), name="Echo")
ANNA = Agent(id=AgentId("anna"), name="Anna")
BEN = Agent(id=AgentId("ben"), name="Ben")
NOON = 1_700_000_000_000
STAFF = Range(is_staff=True, limit=PAGE_EVENTS)


def commit_of(before: Conversation | None, change: Change) -> Commit:
    """The commit that takes the row from that state to the change."""
    frames, kept = framing.encode_facts(change.state.id, change.facts)
    return Commit(
        key=change.state.key,
        node=NODE,
        state=change.state,
        frames=frames,
        expected=before.version if before else 0,
        row=pack(change.state, before),
        events=tuple(kept),
        pieces=tuple(fact for fact in change.facts if isinstance(fact, Piece)),
        commands=tuple(CommandKey(author_key(event.author), event.command) for event, _ in kept if event.command),
        timers=timers_set(before, change.state),
    )


def forged(state: Conversation, *facts: Event | Piece) -> Commit:
    """What a broken engine might write over `state`: facts that no `decide` has made."""
    events = [fact for fact in facts if isinstance(fact, Event)]
    pub = max([state.pub, *(event.pub for event in events)])
    counters = replace(state.next().counters, seq=state.seq + len(events), pub=pub)
    return commit_of(state, Change(replace(state, counters=counters), facts))


def spoiled(commit: Commit, id: str = "") -> Commit:
    """What no database takes: half of a surrogate pair where UTF-8 is wanted."""
    (event, data), *rest = commit.events
    return replace(commit, events=((replace(event, id=EventId(f"{id}\ud800")), data), *rest))


class Talk:
    """One conversation. What is said answers its commit and takes for granted that it will win."""

    format = FORMAT
    state: Conversation
    reply: OpenReply | None = None

    def __init__(self, id: str = "c1", *, organisation: str = ACME, bot: Bot | None = ECHO) -> None:
        self.contact = Contact(id=ContactId(f"contact of {id}"), name="Clara")
        self.organisation = OrganisationId(organisation)
        self.opening = Open(
            conversation=ConversationId(id), contact=self.contact, address=Address(WEBCHAT, self.contact.id)
        )
        self.policy = Policy(bot=bot)
        self.now = NOON
        self.node: NodeId | None = NODE
        self._made = 0
        self._named: dict[int, Event] = {}

    @property
    def key(self) -> Key:
        return Key(self.organisation, self.opening.conversation)

    def begins(self, whose: Owner | None = None) -> Commit:
        owner = whose or Owner(IdentityId(self.opening.address.address), self.opening.contact.id)
        change = open_conversation(self.opening, self.organisation, owner, self._context())
        self.state, self.reply = change.state, change.reply
        return commit_of(None, change)

    async def opens_in(self, log: Log) -> "Talk":
        _, commit = await self.asks_to_open(log)
        assert commit is not None, "it is new"
        return self

    async def asks_to_open(self, log: Log) -> tuple[ConversationId, Commit | None]:
        """Its conversation, and the commit that has created it, if there was none."""

        def begin(opening: Opening) -> Commit | None:
            return None if opening.latest else self.begins(opening.whose)

        opening, commit = await log.open(
            self.opening.address.within(self.organisation), self.opening.conversation, begin
        )
        return commit.state.id if commit else opening.latest.id, commit  # type: ignore[union-attr]

    def commits(self, *commands: Command) -> Commit:
        """One commit that the commands share."""
        before = self.state
        change = Change(before.next(), (), self.reply)
        for command in commands:
            made = decide(change.state, command, self._context(), change.reply)
            change = Change(made.state, change.facts + made.facts, made.reply)
            self._named |= {fact.seq: fact for fact in made.facts if isinstance(fact, Event)}
            amend(self._named, made.facts)
        self.state, self.reply = change.state, change.reply
        return commit_of(before, change)

    def forgets(self, commit: Commit, before: Conversation, reply: OpenReply | None = None) -> None:
        """The commit did not win: go on from the state before it."""
        assert commit.expected == before.version
        self.state, self.reply = before, reply

    # -- what is said --------------------------------------------------------------------------------------------------

    def customer_says(self, text: str = "hello", *, id: str = "") -> Commit:
        return self.commits(
            ContactSay(
                id=self._command(id),
                by=self._visitor,
                message=self._message(),
                text=message_text(text),
            )
        )

    def agent_says(self, text: str, *, who: Agent = ANNA) -> Commit:
        state = self.state
        return self.commits(
            AgentSay(
                id=self._command(),
                by=self._staff(who),
                message=self._message(),
                text=message_text(text),
                epoch=state.epoch,
                seen=state.seq,
            )
        )

    def edits(self, n: int, text: str, *, who: Agent = ANNA) -> Commit:
        """The message of event number `n`."""
        by, epoch = self._staff(who), self.state.epoch
        return self.commits(EditMessage(id=self._command(), by=by, n=n, text=message_text(text), epoch=epoch))

    def deletes(self, n: int, *, who: Agent = ANNA) -> Commit:
        return self.commits(DeleteMessage(id=self._command(), by=self._staff(who), n=n, epoch=self.state.epoch))

    def notes(self, text: str, *, who: Agent = ANNA) -> Commit:
        return self.commits(
            AddNote(
                id=self._command(),
                by=self._staff(who),
                message=self._message(),
                text=message_text(text),
            )
        )

    def intervenes(self, who: Agent = ANNA, *, id: str = "") -> Commit:
        return self.commits(self.intervene(who, id=id))

    def intervene(self, who: Agent = ANNA, *, id: str = "") -> Intervene:
        return Intervene(id=self._command(id), by=self._staff(who), epoch=self.state.epoch)

    def hands_back(self, who: Agent = ANNA) -> Commit:
        return self.commits(
            HandBack(
                id=self._command(),
                by=self._staff(who),
                bot=ECHO.id,
                epoch=self.state.epoch,
            )
        )

    def closes(self, who: Agent = ANNA) -> Commit:
        state = self.state
        return self.commits(Close(id=self._command(), by=self._staff(who), epoch=state.epoch, seen=state.seq))

    def lapses(self, why: Why) -> Commit:
        """From the agent who holds it."""
        state = self.state
        assert isinstance(state.holder, Agent), "an agent holds it"
        found = Lapse(epoch=state.epoch, holder=state.holder.id, asked=state.asked, why=why, at=self.now)
        return self.commits(found)

    def bot_says(self, text: str) -> Commit:
        epoch, turn = self.state.epoch, self._turn.number
        message = self._message()
        return self.commits(
            BotSay(id=self._command(), author=ECHO, epoch=epoch, turn=turn, message=message, text=message_text(text))
        )

    def bot_streams(self, text: str) -> Commit:
        """The next piece; the first one starts a message."""
        return self.commits(self.add_piece(text))

    def add_piece(self, text: str) -> AddPiece:
        stream = self._turn.stream
        return AddPiece(
            author=ECHO,
            epoch=self.state.epoch,
            turn=self._turn.number,
            message=stream.message if stream else self._message(),
            n=stream.pieces + 1 if stream else 1,
            text=piece_text(text),
        )

    def bot_finishes(self, text: str = "") -> Commit:
        """The end of the open message; if there is none, a message of one piece."""
        stream = self._turn.stream
        return self.commits(
            FinishMessage(
                id=self._command(),
                author=ECHO,
                epoch=self.state.epoch,
                turn=self._turn.number,
                message=stream.message if stream else self._message(),
                n=stream.pieces + 1 if stream else 1,
                text=piece_text(text),
            )
        )

    def bot_ends(self, outcome: Outcome) -> Commit:
        state = self.state
        return self.commits(
            EndTurn(author=ECHO, epoch=state.epoch, turn=self._turn.number, answered=state.seq, outcome=outcome)
        )

    @property
    def _visitor(self) -> Visitor:
        return as_visitor(self.contact, organisation=self.organisation)

    def _staff(self, who: Agent) -> Staff:
        return as_staff(who, organisation=self.organisation)

    @property
    def _turn(self) -> Running:
        turn = self.state.turn
        assert isinstance(turn, Running), "a turn runs"
        return turn

    def _context(self) -> Context:
        self.now += 1
        return Context(
            now=self.now, nonce=f"{self.opening.conversation}-{self._next()}-", node=self.node, policy=self.policy,
            format=self.format, named=self._named,
        )  # fmt: skip

    def _command(self, id: str = "") -> CommandId:
        return CommandId(id or f"k{self._next()}")

    def _message(self) -> MessageId:
        return MessageId(f"m{self._next()}")

    def _next(self) -> int:
        self._made += 1
        return self._made


async def talks(log: Log, count: int) -> list[Talk]:
    return [await Talk(f"c{number}").opens_in(log) for number in range(count)]


async def append(log: Log, *commits: Commit) -> list[Verdict]:
    """The verdicts of a group."""
    future: asyncio.Future[Sequence[Verdict]] = asyncio.get_running_loop().create_future()
    log.append(commits, future.set_result)
    return list(await future)


async def win(log: Log, *commits: Commit) -> None:
    """Append one after another, each to be won."""
    for commit in commits:
        assert await append(log, commit) == [Verdict.WON]


async def decide_locked(
    log: Log,
    key: Key,
    decide: Callable[[Locked], Commit | None],
    *,
    since: int | None = None,
    commands: Sequence[CommandKey] = (),
    numbers: Sequence[int] = (),
    identity: IdentityKey | None = None,
    ahead: Ahead | None = None,
) -> tuple[Snapshot | None, Verdict]:
    future: asyncio.Future[tuple[Snapshot | None, Verdict]] = asyncio.get_running_loop().create_future()
    log.decide_locked(
        key,
        since,
        commands,
        decide,
        lambda snapshot, verdict: future.set_result((snapshot, verdict)),
        numbers,
        identity,
        ahead,
    )
    return await future


async def read(log: Log, talk: Talk, range: Range = STAFF, since: int | None = None) -> Snapshot:
    snapshot = await log.read(talk.key, range, since)
    assert snapshot is not None
    return snapshot


def texts(events: Sequence[Event]) -> list[str]:
    """What was said, and the kind of everything else."""
    return [str(getattr(event.body, "text", event.body.__struct_config__.tag)) for event in events]


async def listed(inbox: Inbox, organisation: OrganisationId, limit: int = 100) -> list[Conversation]:
    """The first of each place."""
    return [state for place in Place for state in await inbox.page(organisation, place, None, limit)]
