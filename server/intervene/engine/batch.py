"""Deciding a batch: one commit, encoded, of all its commands that are accepted, and an answer for each. Pure, so under
the row's lock it may run on the log's thread.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from msgspec import Struct
from msgspec.structs import replace

from intervene.core.amendments import amend
from intervene.core.conversation.commit import Change, Context
from intervene.core.conversation.decide import check_giver, decide
from intervene.core.conversation.packing import pack
from intervene.core.conversation.state import Conversation, OpenReply
from intervene.core.conversation.timers import timers_set
from intervene.core.errors import IdReused, NotFound, PeerError, Unavailable
from intervene.core.events import Event, Piece
from intervene.core.ids import CommandId, NodeId
from intervene.core.policy import Policy
from intervene.core.wire import framing
from intervene.engine.queue import Answer, PendingCommand
from intervene.engine.visible import is_stranger
from intervene.ports.log import Ahead, CommandKey, Commit, Locked, Receipt

NOTHING_KNOWN: Mapping[CommandKey, Event] = {}
NOTHING_NAMED: Mapping[int, Event] = {}


class Batch(Struct, frozen=True):
    before: Conversation
    commit: Commit | None
    """None when no command was accepted."""
    answers: list[Answer]
    """In the order of the commands."""
    is_firm: list[bool]
    """Whether the answer stands once the commit is in the log; a refusal's command id must be looked up first."""

    @property
    def version(self) -> int:
        """What a node must have shown before the answers."""
        state = self.before if self.commit is None else self.commit.state
        return state.counters.version

    def answers_with(
        self, commands: Sequence[PendingCommand], known: Mapping[CommandKey, Event] | Unavailable
    ) -> list[Answer]:
        """The answers, where those that are not firm were looked up: `known` is what the log has of their ids."""
        return [
            answer if is_firm else _looked_up(pending, answer, known)
            for pending, answer, is_firm in zip(commands, self.answers, self.is_firm, strict=True)
        ]


def decide_batch(
    state: Conversation,
    reply: OpenReply | None,
    commands: Sequence[PendingCommand],
    known: Mapping[CommandKey, Event],
    *,
    node: NodeId,
    make_context: Callable[[], Context],
    named: Mapping[int, Event] = NOTHING_NAMED,
) -> Batch:
    """`reply`: the open reply, if there is one. `known`: what the log has of the commands' ids, as far as it was asked,
    `named`: the events that commands name. `node` commits; each command gets a context of its own. Raises what cannot
    be encoded: it cannot be committed."""
    working = begun = state.next()
    facts: list[Event | Piece] = []
    logged: list[CommandKey] = []
    answers: list[Answer] = []
    is_firm: list[bool] = []
    seen = dict(named)
    for pending in commands:
        identity = pending.identity
        first = pending.first(known) if known else None
        try:
            if first:
                answers.append(_first_answer(pending, first, working, make_context().policy))
                is_firm.append(True)
                continue
            context = make_context()
            if seen:
                context = replace(context, named=seen)
            change = decide(working, pending.command, context, reply)
        except PeerError as problem:
            answers.append(problem)
            is_firm.append(identity is None or is_stranger(pending.command, working, make_context().policy))
            continue
        is_firm.append(change.state is not working or identity is None)
        working, reply = change.state, change.reply
        facts += change.facts
        if seen:
            amend(seen, change.facts)
        if identity and (event := _event_of(identity.id, change)):
            logged += [key for key in pending.keys if key not in known] if known else pending.keys
            answers.append(Receipt.of(event))
        else:
            answers.append(Receipt(epoch=working.control.epoch))
    if working is begun:
        return Batch(state, None, answers, is_firm)
    return Batch(state, make_commit(node, state, working, facts, logged, reply), answers, is_firm)


def decide_locked_batch(
    locked: Locked, commands: Sequence[PendingCommand], *, node: NodeId, make_context: Callable[[], Context]
) -> Batch:
    """The same, on what was read under the row's lock."""
    read, held = locked.snapshot, locked.held

    def make() -> Context:
        context = make_context()
        return replace(context, latest=held.latest, blocked_until=held.blocked_until) if held else context

    return decide_batch(
        read.state, read.reply, commands, locked.known, node=node, make_context=make, named=locked.named
    )


def decide_ahead(
    state: Conversation,
    reply: OpenReply | None,
    commands: Sequence[PendingCommand],
    *,
    node: NodeId,
    make_context: Callable[[], Context],
) -> tuple[list[Batch], Ahead | None]:
    """The same, on what is remembered, before the lock is there. Nothing, where the answer of one would rest on that
    alone or has to be read, and where none can be made."""
    with suppress(Exception):  # under the lock it shows again
        if not any(pending.number for pending in commands):
            batch = decide_batch(state, reply, commands, NOTHING_KNOWN, node=node, make_context=make_context)
            if batch.commit is not None and all(batch.is_firm):
                return [batch], Ahead(state, batch.commit)
    return [], None


def make_commit(
    node: NodeId,
    before: Conversation | None,
    after: Conversation,
    facts: Sequence[Event | Piece],
    logged: Sequence[CommandKey],
    reply: OpenReply | None = None,
) -> Commit:
    """From `before`, None for a new conversation, to `after`, whose open reply is `reply`. `logged`: the commands that
    an event carries, by all keys under which they may be there already."""
    frames, events = framing.encode_facts(after.id, facts)
    pieces = tuple([fact for fact in facts if isinstance(fact, Piece)]) if len(events) < len(facts) else ()
    return Commit(
        key=after.key,
        node=node,
        state=after,
        pieces=pieces,
        frames=frames,
        reply=reply,
        keeps_card=before is not None and after.card is before.card,
        expected=before.counters.version if before else 0,
        row=pack(after, before),
        events=tuple(events),
        commands=tuple(logged),
        timers=timers_set(before, after),
        # Whatever else changes a state beside a piece has an event, but for the format.
        is_streamed=bool(pieces) and not events and before is not None and before.format == after.format,
    )


def reused() -> IdReused:
    return IdReused("Another command of yours has this id. Send this one with an id of its own.")


def _looked_up(pending: PendingCommand, answer: Answer, known: Mapping[CommandKey, Event] | Unavailable) -> Answer:
    if isinstance(known, Unavailable):
        return known
    first = pending.first(known)
    if first is None:
        return answer
    if pending.effect.has_done(pending.command, first.body):
        return Receipt.of(first)
    return answer if isinstance(answer, NotFound) else reused()


def _first_answer(pending: PendingCommand, event: Event, state: Conversation, policy: Policy) -> Answer:
    """To a command whose id is in the log: what it got the first time, if it was this one. So it is also for staff who
    have lost sight of the conversation since, as by what they did: it shows nothing that they were not told."""
    if not is_stranger(pending.command, state, policy) and pending.effect.has_done(pending.command, event.body):
        return Receipt.of(event)
    check_giver(state, pending.command, policy)
    return reused()


def _event_of(command: CommandId, change: Change) -> Event | None:
    """The event that carries the command's id."""
    for fact in change.facts:
        if isinstance(fact, Event) and fact.command == command:
            return fact
    return None
