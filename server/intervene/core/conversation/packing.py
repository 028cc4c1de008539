"""How a conversation's state is stored in its row, and in which format.

Format 1 packs all of it into the column `state`, with every commit. Format 2 says nothing twice: what has a column is
read from it; `state` holds the rest of what commits move, and `base` what only moves change, which a commit that
leaves it alone does not write. Format 3 adds what lists of conversations show: to `state`, and in `card` what staff
keep beside control. A node reads all, and writes the newest that every living node reads (decision 0014).
"""

from typing import NamedTuple, Self

import msgspec
from msgspec import Struct

from intervene.core.actors import Contact, Holder, Nobody
from intervene.core.conversation.card import NO_CARD, decode_card, encode_card
from intervene.core.conversation.columns import Columns
from intervene.core.conversation.last import NO_LAST, Last
from intervene.core.conversation.lineage import NO_LINEAGE, Lineage
from intervene.core.conversation.state import (
    Cause,
    Control,
    Conversation,
    Counters,
    Idle,
    Owed,
    Run,
    Running,
    Stream,
    Turn,
)  # fmt: skip
from intervene.core.ids import WEBCHAT, ConversationId, IdentityId, MessageId, NodeId, OrganisationId

FIRST_FORMAT = 1
INBOX_FORMAT = 3
"""The first that keeps the card, and all else that follows from the log."""
FORMAT = 3
"""The newest that this release reads and writes. A node never writes over a newer one than its own."""


class Row(NamedTuple):
    """The columns of a conversation's row that are its state."""

    organisation: str
    id: str
    version: int
    seq: int
    pub: int
    epoch: int
    runner: str
    format: int
    changed_at: int
    state: bytes
    base: bytes | None
    card: bytes | None = None


COLUMNS = Row._fields


class Packed(Struct, frozen=True, gc=False):
    """What no other column has, and the columns of lists. None: as it stands in the row."""

    state: bytes
    base: bytes | None
    card: bytes | None = None
    columns: Columns | None = None


def pack(after: Conversation, before: Conversation | None = None) -> Packed:
    """`before`: the state that the row has now, None for a new row."""
    if after.format == FIRST_FORMAT:
        return Packed(_encode(Flat.of(after)), None, None, Columns.of(after))
    counters, run, last = after.counters, after.run, after.last
    moving = (counters.asked, counters.answered, counters.streak, _running(run) if run else None)
    if after.format >= INBOX_FORMAT:
        by = (last.by, last.id, last.name) if last.id or last.name else last.by
        since, away_at, amended = counters.unanswered_since, counters.away_at, counters.amended
        state = _encode((moving, since, by, last.text, last.message, away_at, amended))
    else:
        state = _encode(moving)
    if before is None or before.format != after.format:
        return Packed(state, _encode(_base(after)), _card(after), Columns.of(after))
    base = None if _has_base_of(after, before) else _encode(_base(after))
    card = None if after.card is before.card else _card(after)
    is_listed_so = after.format >= INBOX_FORMAT and Columns.are_those_of(after, before)
    return Packed(state, base, card, None if is_listed_so else Columns.of(after, before))


def unpack(row: Row) -> Conversation:
    """Raises `msgspec.MsgspecError` for what no server has packed."""
    if row.format == FIRST_FORMAT:
        return _decode_flat(row.state).state()
    if row.format >= INBOX_FORMAT:
        shown = _decode_shown(row.state)
        by, *author = (shown.by,) if isinstance(shown.by, str) else shown.by
        moving, last = shown.moving, Last(by, shown.text, shown.message, *author)
        unanswered_since, away_at, amended = shown.unanswered_since, shown.away_at, shown.amended
    else:
        moving, last, unanswered_since, away_at, amended = _decode_moving(row.state), NO_LAST, 0, 0, 0
    base = _decode_base(row.base or b"")
    return Conversation(
        organisation=OrganisationId(row.organisation), id=ConversationId(row.id), contact=base.contact,
        channel=WEBCHAT if base.channel == WEBCHAT else base.channel, format=row.format,
        control=Control(
            epoch=row.epoch, holder=base.holder, is_open=base.is_open, held_since=base.held_since,
            wants_person=base.wants_person, blocked_until=base.blocked_until,
        ),
        counters=Counters(
            version=row.version, seq=row.seq, pub=row.pub, asked=moving.asked, answered=moving.answered,
            streak=moving.streak, last_at=row.changed_at, unanswered_since=unanswered_since,
            away_at=away_at, amended=amended,
        ),
        run=_run(moving.run, base.cursor, row.runner) if moving.run else None,
        last=last, card=decode_card(row.card) if row.card else NO_CARD, lineage=base.lineage(),
    )  # fmt: skip


def unpack_turn(format: int, state: bytes) -> int:
    """The number of the turn that runs, 0 for none, from the column `state` alone."""
    if format == FIRST_FORMAT:
        turn = _decode_flat(state).state().turn
        return turn.number if isinstance(turn, Running) else 0
    run = (_decode_shown(state).moving if format >= INBOX_FORMAT else _decode_moving(state)).run
    return run.turn.number if run and isinstance(run.turn, _Running) else 0


def is_open(format: int, state: bytes, base: bytes | None) -> bool:
    """Whether the conversation is, from these two columns alone."""
    return (_decode_flat(state) if format == FIRST_FORMAT else _decode_base(base or b"")).is_open


# -- formats 2 and 3 --------------------------------------------------------------------------------------------------
# Arrays: a new value goes to the end and has a default. `pack` writes them as tuples, which are made in half the time.


class _Idle(Struct, frozen=True, array_like=True, tag="idle", gc=False):
    pass


class _Owed(Struct, frozen=True, array_like=True, tag="owed", gc=False):
    cause: Cause
    losses: int


class _Running(Struct, frozen=True, array_like=True, tag="running", gc=False):
    """Its node is the column `runner`."""

    number: int
    cause: Cause
    restarts: int
    losses: int
    spoke: bool
    stream: tuple[MessageId, int, int] | None
    finished: MessageId | str


class _Run(Struct, frozen=True, array_like=True, gc=False):
    turn: _Idle | _Owed | _Running
    answered: int
    ended: int
    due: int


class _Moving(Struct, frozen=True, array_like=True, gc=False):
    """The column `state` in format 2."""

    asked: int
    answered: int
    streak: int
    run: _Run | None


class _Shown(Struct, frozen=True, array_like=True, gc=False):
    """The column `state` in format 3."""

    moving: _Moving
    unanswered_since: int
    by: str | tuple[str, str, str]
    """Of an agent or bot with its id, and with what it was called."""
    text: str
    message: MessageId
    away_at: int = 0
    amended: int = 0


class _Base(Struct, frozen=True, omit_defaults=True, gc=False):
    """The column `base`."""

    contact: Contact
    channel: str
    holder: Holder = Nobody()
    is_open: bool = True
    held_since: int = 0
    wants_person: bool = False
    cursor: str = ""
    """The bot's, which it sets as a turn ends."""
    identity: IdentityId = IdentityId("")
    begun_by_agent: bool = False
    next: ConversationId = ConversationId("")
    blocked_until: int = 0

    def lineage(self) -> Lineage:
        if not (self.identity or self.begun_by_agent or self.next):
            return NO_LINEAGE
        return Lineage(identity=self.identity, begun_by_agent=self.begun_by_agent, next=self.next)


def _base(state: Conversation) -> _Base:
    control, lineage = state.control, state.lineage if state.format >= INBOX_FORMAT else NO_LINEAGE
    return _Base(
        state.contact, state.channel, control.holder, control.is_open, control.held_since, control.wants_person,
        _cursor(state.run), lineage.identity, lineage.begun_by_agent, lineage.next, control.blocked_until,
    )  # fmt: skip


def _card(state: Conversation) -> bytes | None:
    return encode_card(state.card) if state.format >= INBOX_FORMAT and state.card is not NO_CARD else None


def _has_base_of(after: Conversation, before: Conversation) -> bool:
    """By identity, for a microsecond in every commit: what only moves change is the very value unless one did."""
    return (
        after.control is before.control
        and after.lineage is before.lineage
        and (after.run is before.run or _cursor(after.run) == _cursor(before.run))
    )


def _cursor(run: Run | None) -> str:
    return run.cursor if run else ""


def _running(run: Run) -> tuple[object, ...]:
    turn: tuple[object, ...]
    match run.turn:
        case Running() as it:  # first, for pieces
            stream = it.stream
            open_ = (stream.message, stream.pieces, stream.size) if stream else None
            turn = ("running", it.number, it.cause, it.restarts, it.losses, it.spoke, open_, it.finished)
        case Idle():
            turn = ("idle",)
        case Owed(cause=cause, losses=losses):
            turn = ("owed", cause, losses)
    return (turn, run.answered, run.ended, run.due)


def _run(run: _Run, cursor: str, runner: str) -> Run:
    turn: Turn
    match run.turn:
        case _Idle():
            turn = Idle()
        case _Owed(cause=cause, losses=losses):
            turn = Owed(cause=cause, losses=losses)
        case _Running(stream=open_) as it:
            turn = Running(
                node=NodeId(runner), number=it.number, cause=it.cause, restarts=it.restarts, losses=it.losses,
                spoke=it.spoke, stream=Stream(message=open_[0], pieces=open_[1], size=open_[2]) if open_ else None,
                finished=it.finished,
            )  # fmt: skip
    return Run(turn=turn, answered=run.answered, ended=run.ended, cursor=cursor, due=run.due)


# -- format 1 ----------------------------------------------------------------------------------------------------------


class Flat(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A state as format 1 has it, in rows and between nodes: without groups."""

    organisation: OrganisationId
    id: ConversationId
    contact: Contact
    channel: str
    version: int = 0
    seq: int = 0
    pub: int = 0
    epoch: int = 0
    holder: Holder = Nobody()
    is_open: bool = True
    held_since: int = 0
    wants_person: bool = False
    asked: int = 0
    answered: int = 0
    streak: int = 0
    last_at: int = 0
    run: Run | None = None

    @classmethod
    def of(cls, state: Conversation) -> Self:
        control, counters = state.control, state.counters
        return cls(
            organisation=state.organisation, id=state.id, contact=state.contact, channel=state.channel,
            version=counters.version, seq=counters.seq, pub=counters.pub, epoch=control.epoch, holder=control.holder,
            is_open=control.is_open, held_since=control.held_since, wants_person=control.wants_person,
            asked=counters.asked, answered=counters.answered, streak=counters.streak, last_at=counters.last_at,
            run=state.run,
        )  # fmt: skip

    def state(self) -> Conversation:
        return Conversation(
            organisation=self.organisation, id=self.id, contact=self.contact, channel=self.channel,
            control=Control(
                epoch=self.epoch, holder=self.holder, is_open=self.is_open, held_since=self.held_since,
                wants_person=self.wants_person,
            ),
            counters=Counters(
                version=self.version, seq=self.seq, pub=self.pub, asked=self.asked, answered=self.answered,
                streak=self.streak, last_at=self.last_at,
            ),
            run=self.run,
        )  # fmt: skip


_encode = msgspec.json.Encoder().encode
_decode_flat = msgspec.json.Decoder(Flat).decode
_decode_moving = msgspec.json.Decoder(_Moving).decode
_decode_shown = msgspec.json.Decoder(_Shown).decode
_decode_base = msgspec.json.Decoder(_Base).decode
