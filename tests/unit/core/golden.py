"""The golden frames: for each audience and way, for each type of frame, real examples of it.

`tests/frames/*.json` hold them as they travel, a JSON array with a frame a line, for the suites of every language.
A change there is a change of the protocol. `python -m tests.unit.core.golden` writes the files anew; look at the
difference before it is committed.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from intervene.core.access import Unseen
from intervene.core.actors import Agent, Bot, Contact, Nobody, Role, System
from intervene.core.codes import ErrorCode
from intervene.core.control import Move
from intervene.core.events import (
    AttributesKept,
    Body,
    Continued,
    ContinuedFrom,
    ControlChanged,
    Deleted,
    Edited,
    Event,
    FieldsSet,
    Identified,
    Message,
    MessageStarted,
    Note,
    Opened,
    QueueSet,
    Rated,
    StatusSet,
    TagsSet,
)  # fmt: skip
from intervene.core.ids import (
    DEFAULT_QUEUE,
    AgentId,
    BotId,
    CommandId,
    ContactId,
    ConversationId,
    EventId,
    FieldId,
    IdentityId,
    MessageId,
    OrganisationId,
    QueueId,
    StatusId,
)  # fmt: skip
from intervene.core.presence import Availability
from intervene.core.wire import common, staff, staff_words, views
from intervene.core.wire.contact import (
    AskForPerson,
    ContactAck,
    ContactError,
    ContactPage,
    ContactSay,
    ContactState,
    ContactTyping,
    ContactWatched,
    ContactWelcome,
    Open,
    OpenedConversation,
    Party,
    Rate,
)
from intervene.core.wire.presence import PersonPresence, StaffPresence
from tests.unit.core import golden_customers, golden_lists, golden_staff

FOLDER = Path(__file__).parents[2] / "frames"

ANA = Agent(id=AgentId("agent-ana"), name="Ana")
BEN = Agent(id=AgentId("agent-ben"), name="Ben")
MARIA = Contact(id=ContactId("visitor-8c21"), name="Maria")
ARIA = Bot(id=BotId("scripted"), name="Aria")
HERE = ConversationId("c-5kQ2vT")
NOON = 1_780_056_000_000
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZ2VudC1hbmEifQ.c2lnbmF0dXJl"

# -- one conversation, as the log tells it: Maria asks, Aria begins to answer, Ana takes over --------------------------


def event(seq: int, pub: int, author: Bot | Agent | Contact | System, epoch: int, body: Body, **more: object) -> Event:
    id, at = EventId(f"e{seq:02}x7"), NOON + 1500 * seq
    return msgspec.structs.replace(Event(seq=seq, pub=pub, id=id, at=at, epoch=epoch, author=author, body=body), **more)


def _to(move: Move, holder: Bot | Agent | Nobody, **more: object) -> ControlChanged:
    body = ControlChanged(move=move, holder=holder, reply_enabled=isinstance(holder, Agent))
    return msgspec.structs.replace(body, **more)


ASK, REPLY, ANSWER, REMARK, SECOND, THIRD, CALL = (
    MessageId(f"m-{n}") for n in ("ask1", "reply2", "answer3", "note4", "edited5", "deleted6", "note7")
)
CUT = "Hello Maria! Your bill of"

JOINED = Identified(identity=IdentityId("u-77f0"), contact=MARIA, vouched=True)
CAME = ContinuedFrom(conversation=ConversationId("c-older"), unanswered=True)

EVENTS = [
    event(1, 0, MARIA, 0, Opened(contact=MARIA, channel="webchat")),
    event(2, 1, System(), 1, _to(Move.START, ARIA)),
    event(3, 2, MARIA, 1, Message(message=ASK, text="Why is my bill so high? 😕"), command=CommandId("m1")),
    event(4, 3, ARIA, 1, MessageStarted(message=REPLY), turn=4),
    event(5, 4, ARIA, 1, Message(message=REPLY, text=CUT, interrupted=True), turn=4),
    event(6, 5, ANA, 2, _to(Move.INTERVENE, ANA), command=CommandId("take-1")),
    event(7, 0, BEN, 2, Note(message=REMARK, text="She called twice last week."), command=CommandId("note-1")),
    event(8, 6, ANA, 2, Message(message=ANSWER, text="Hi Maria, Ana here."), command=CommandId("say-1")),
    event(9, 7, ANA, 3, _to(Move.CLOSE, Nobody(), is_open=False), command=CommandId("close-1")),
    event(10, 8, System(), 4, _to(Move.ASK, Nobody(), reason="runaway")),
    event(11, 0, BEN, 4, QueueSet(queue=QueueId("billing"), name="Billing"), command=CommandId("queue-1")),
    event(12, 0, BEN, 4, StatusSet(status=StatusId("promised"), name="Promise to pay"), command=CommandId("status-1")),
    event(13, 0, BEN, 4, TagsSet(tags=("vip", "bill")), command=CommandId("tags-1")),
    event(14, 0, BEN, 4, FieldsSet(fields={FieldId("plan"): "pro"}), command=CommandId("fields-1")),
    event(15, 9, ANA, 4, Edited(message=ANSWER, n=8, text="Hi Maria, I am Ana."), command=CommandId("edit-1")),
    event(16, 10, ANA, 4, Deleted(message=ANSWER, n=8), command=CommandId("delete-1")),
    event(17, 11, ANA, 4, Message(message=SECOND, text="Hello!", edited=True), command=CommandId("say-3")),
    event(18, 12, ANA, 4, Message(message=THIRD, text="", deleted=True), command=CommandId("say-4")),
    event(19, 0, System(), 4, JOINED, command=CommandId("j1-identify")),
    event(20, 0, System(), 4, CAME, command=CommandId("j1-from")),
    event(21, 13, System(), 4, Continued(to=ConversationId("c-newer")), command=CommandId("j2-continue")),
    event(22, 14, ANA, 5, _to(Move.CLOSE, Nobody(), is_open=False, reason="paid", reason_name="Has paid")),
    event(23, 0, MARIA, 5, Rated(score=4, comment="Quick."), command=CommandId("rate-1")),
    event(24, 0, BEN, 5, golden_customers.BLOCKED, command=CommandId("block-1")),
    event(25, 0, BEN, 5, golden_customers.UNBLOCKED, command=CommandId("lift-1")),
    event(26, 0, BEN, 5, Note(message=CALL, text="@Ana, look", mentions=(ANA.id,)), command=CommandId("note-2")),
    event(27, 0, ARIA, 5, AttributesKept(values={"contract": "20-4471", "plan": ""}), turn=9),
]  # fmt: skip
SHOWN = [shown for one in EVENTS if one.pub and (shown := views.for_contact(HERE, one))]
STREAM = common.OpenStream(message=REPLY, n=2, text="Hello Maria! ")

STATE = staff.StaffState(
    contact=MARIA, channel="webchat", seq=4, epoch=1, holder=ARIA, is_open=True, reply_enabled=False, asked=3,
    queue=DEFAULT_QUEUE,
)  # fmt: skip

# -- what is sent ------------------------------------------------------------------------------------------------------

Examples = Mapping[str, Sequence[Struct]]


SHARED_IN: Examples = {
    "hello": [common.Hello(token=TOKEN), common.Hello(token=TOKEN, client="desk 1.4", claim=TOKEN)],
    "refresh": [common.Refresh(token=TOKEN)],
    "ping": [common.Ping()],
}

STAFF_IN: Examples = {
    **SHARED_IN,
    "watch": [
        staff.StaffWatch(conversation=HERE),
        staff.StaffWatch(conversation=HERE, after=common.Position(n=4, id="e04x7")),
        staff.StaffWatch(conversation=HERE, organisation="acme"),
    ],
    "unwatch": [staff.StaffUnwatch(conversation=HERE)],
    "get_page": [
        staff.StaffGetPage(conversation=HERE, before=51),
        staff.StaffGetPage(conversation=HERE, before=51, limit=500),
    ],
    "set_typing": [
        staff.StaffSetTyping(conversation=HERE, on=True),
        staff.StaffSetTyping(conversation=HERE, on=False),
    ],
    "set_read": [staff.StaffSetRead(conversation=HERE, n=6)],
    "seen": [staff.StaffSeen(conversation=HERE, n=6)],
    "say": [
        staff.StaffSay(id="say-1", conversation=HERE, text="Hi Maria, Ana here.", epoch=2, seen=7),
        staff.StaffSay(id="say-2", conversation=HERE, text="Let me look. 🔎", epoch=2, seen=7, confirmed=True),
    ],
    "add_note": [
        staff.AddNote(id="note-1", conversation=HERE, text="She called twice last week."),
        staff.AddNote(id="note-2", conversation=HERE, text="@Ana, look", mentions=["agent-ana"]),
    ],
    "intervene": [staff.Intervene(id="take-1", conversation=HERE, epoch=1)],
    "hand_back": [
        staff.HandBack(id="back-1", conversation=HERE, epoch=2),
        staff.HandBack(id="back-2", conversation=HERE, epoch=2, bot="scripted"),
        staff.HandBack(id="back-3", conversation=HERE, epoch=2, reason="She pays in December. 💶"),
    ],
    "release": [
        staff.Release(id="release-1", conversation=HERE, epoch=2),
        staff.Release(id="release-2", conversation=HERE, epoch=2, organisation="acme"),
        staff.Release(id="release-3", conversation=HERE, epoch=2, reason="She calls back at 4. ☎"),
    ],
    "close": [
        staff.CloseConversation(id="close-1", conversation=HERE, epoch=2, seen=8),
        staff.CloseConversation(id="close-2", conversation=HERE, epoch=2, seen=8, reason="paid"),
    ],
    "reopen": [staff.Reopen(id="reopen-1", conversation=HERE, epoch=3)],
    "set_queue": [staff.SetQueue(id="queue-1", conversation=HERE, epoch=2, queue="billing")],
    "set_status": [
        staff.SetStatus(id="status-1", conversation=HERE, epoch=2, status="promised"),
        staff.SetStatus(id="status-2", conversation=HERE, epoch=2, status=""),
    ],
    "set_tags": [staff.SetTags(id="tags-1", conversation=HERE, epoch=2, tags=["vip", "bill"])],
    "set_fields": [staff.SetFields(id="fields-1", conversation=HERE, epoch=2, fields={"plan": "pro", "since": ""})],
    **golden_staff.FRAMES_IN,
    **golden_lists.FRAMES_IN,
    **golden_customers.FRAMES_IN,
}

CONTACT_IN: Examples = {
    **SHARED_IN,
    "watch": [
        common.Watch(conversation=HERE),
        common.Watch(conversation=HERE, after=common.Position(n=3, id="e04x7")),
    ],
    "unwatch": [common.Unwatch(conversation=HERE)],
    "get_page": [common.GetPage(conversation=HERE, before=51), common.GetPage(conversation=HERE, before=51, limit=500)],
    "set_typing": [common.SetTyping(conversation=HERE, on=True), common.SetTyping(conversation=HERE, on=False)],
    "set_read": [common.SetRead(conversation=HERE, n=5)],
    "seen": [common.Seen(conversation=HERE, n=5)],
    "open": [Open(), Open(fresh=True)],
    **golden_customers.CONTACT_IN,
    "say": [ContactSay(id="m1", conversation=HERE, text="Why is my bill so high? 😕")],
    "ask_for_person": [AskForPerson(id="ask-1", conversation=HERE)],
    "rate": [
        Rate(id="rate-1", conversation=HERE, score=4, comment="Quick."),
        Rate(id="r-2", conversation=HERE, score=1),
    ],
}

FIRST_FIELDS = {
    "hello": {"token"}, "refresh": {"token"}, "ping": set(), "watch": {"conversation"}, "unwatch": {"conversation"},
    "get_page": {"conversation", "before"}, "set_typing": {"conversation", "on"}, "set_read": {"conversation", "n"},
    "seen": {"conversation", "n"}, "staff-in.say": {"id", "conversation", "text", "epoch", "seen"},
    "contact-in.say": {"id", "conversation", "text"}, "add_note": {"id", "conversation", "text"},
    "intervene": {"id", "conversation", "epoch"}, "hand_back": {"id", "conversation", "epoch"},
    "release": {"id", "conversation", "epoch"}, "close": {"id", "conversation", "epoch", "seen"},
    "set_queue": {"id", "conversation", "epoch", "queue"}, "set_status": {"id", "conversation", "epoch", "status"},
    "set_tags": {"id", "conversation", "epoch", "tags"}, "set_fields": {"id", "conversation", "epoch", "fields"},
    "reopen": {"id", "conversation", "epoch"}, "open": set(), "ask_for_person": {"id", "conversation"},
    "rate": {"id", "conversation", "score"},
    **golden_staff.FIRST_FIELDS,
    **golden_lists.FIRST_FIELDS,
    **golden_customers.FIRST_FIELDS,
}  # fmt: skip
"""Of each frame: what it must have, as its first release had it. A frame with one name for two audiences says which."""

SHARED_OUT: Examples = {
    "pong": [common.Pong()],
    "refreshed": [common.Refreshed(expires=NOON + 3_600_000)],
    "away": [common.Away(after_ms=1840)],
    "read": [common.ReadUpTo(conversation=HERE, n=6)],
    "piece": [common.PieceAdded(conversation=HERE, message=REPLY, n=3, text="Your bill of")],
}

STAFF_OUT: Examples = {
    **SHARED_OUT,
    "contact_read": [staff.ContactRead(conversation=HERE, pub=3)],
    "welcome": [
        staff.StaffWelcome(
            agent=ANA, role=Role.AGENT, expires=NOON + 3_600_000, ping_seconds=20.0, features=["read"], now=NOON
        ),
        staff.StaffWelcome(agent=ANA, role=Role.AGENT, expires=NOON + 3_600_000, ping_seconds=20.0),
    ],
    "error": [
        staff.Error(
            code=ErrorCode.TAKEN, message="Ana holds control.", id="take-2", conversation=HERE, by=ANA,
            at=NOON + 9000, epoch=2,
        ),
        staff.Error(
            code=ErrorCode.STALE, message="Control changed since. Look who holds it now, then try once more.",
            id="take-2", conversation=HERE, holder=Nobody(), epoch=2,
        ),
        staff.Error(
            code=ErrorCode.STALE_VIEW, message="The customer wrote since. Read it, then send again or confirm.",
            id="say-2", conversation=HERE, asked=9,
        ),
        staff.Error(
            code=ErrorCode.ILLEGAL_MOVE, message="Cannot release here: a bot holds control", id="release-1",
            conversation=HERE, move="release", place="bot",
        ),
        staff.Error(
            code=ErrorCode.TOO_FAST, message="Too fast. Try again in 0.5 s.", conversation=HERE, retry_after=0.5,
        ),
        staff.Error(code=ErrorCode.BAD_FRAME, message="The frame is not JSON."),
        staff.Error(code=ErrorCode.NOT_FOUND, message="No such view is open.", view="list=mine"),
    ],
    "watched": [
        staff.StaffWatched(conversation=HERE, events=EVENTS[:4], state=STATE, more=False, reset=False, stream=STREAM),
        staff.StaffWatched(
            conversation=HERE, events=EVENTS[3:4], state=STATE, more=True, reset=True, read=3, contact_read=2,
        ),
    ],
    "page": [staff.StaffPage(conversation=HERE, events=EVENTS[:2], more=False)],
    "event": [staff.StaffEvent(conversation=HERE, event=one) for one in EVENTS],
    "ack": [
        staff.StaffAck(id=CommandId("take-1"), conversation=HERE, seq=6, epoch=2, at=NOON + 9000),
        staff.StaffAck(id=CommandId("take-3"), conversation=HERE, epoch=2),
    ],
    "typing": [
        staff.StaffTyping(conversation=HERE, who=ARIA, on=True, epoch=1),
        staff.StaffTyping(conversation=HERE, who=MARIA, on=False, epoch=2),
    ],
    "presence": [
        StaffPresence(
            people=[
                PersonPresence(person=ANA, presence=Availability.AVAILABLE),
                PersonPresence(person=BEN, presence=Availability.AWAY),
            ],
            reset=True,
            more=3,
        ),
        StaffPresence(people=[PersonPresence(person=ANA, presence=Availability.BUSY)]),
        StaffPresence(people=[PersonPresence(person=BEN, presence=Availability.OFFLINE)]),
    ],
    "mentioned": [
        staff_words.Mentioned(
            organisation=OrganisationId("acme"), conversation=HERE, n=26, by=BEN, at=NOON + 36000
        ),
    ],
    "gone": [staff.Gone(conversation=HERE, why=Unseen.QUEUE)],
    "here": [
        staff.Here(conversation=HERE, agents=[ANA, BEN], contact=True),
        staff.Here(conversation=HERE, agents=[ANA, BEN], contact=False, count=41),
    ],
    "takeover": [
        staff.TakeoverTimes(conversation=HERE, epoch=2, by=ANA, committed_ms=1.5),
        staff.TakeoverTimes(
            conversation=HERE, epoch=2, by=ANA, committed_ms=1.5, written=3, written_ms=1.75, seen=3, seen_ms=4.25,
            bot_stopped_ms=2.5,
        ),
    ],
    **golden_lists.FRAMES_OUT,
}  # fmt: skip

_BOT, _AGENT = Party(kind="bot", name="Aria"), Party(kind="agent", name="Ana")

CONTACT_OUT: Examples = {
    **SHARED_OUT,
    **golden_customers.CONTACT_OUT,
    "welcome": [
        ContactWelcome(name="Maria", expires=NOON + 3_600_000, ping_seconds=20.0, features=["read"], now=NOON),
        ContactWelcome(name="Maria", expires=NOON + 3_600_000, ping_seconds=20.0),
        ContactWelcome(name="Maria", expires=NOON + 3_600_000, ping_seconds=20.0, claimed=True),
    ],
    "error": [
        ContactError(code=ErrorCode.NOT_FOUND, message="There is no such conversation.", conversation="c-other"),
        ContactError(
            code=ErrorCode.TOO_FAST, message="Too fast. Try again in 0.5 s.", id="m9", conversation=HERE,
            retry_after=0.5,
        ),
    ],
    "opened": [OpenedConversation(conversation=HERE)],
    "watched": [
        ContactWatched(
            conversation=HERE, events=SHOWN[:3], state=ContactState(pub=3, holder=_BOT, is_open=True), more=False,
            reset=False, stream=STREAM,
        ),
        ContactWatched(
            conversation=HERE, events=SHOWN[6:7],
            state=ContactState(pub=7, holder=Party(kind="nobody"), is_open=False), more=True, reset=True,
            read=6,
        ),
    ],
    "page": [ContactPage(conversation=HERE, events=SHOWN[:1], more=False)],
    "event": SHOWN,
    "ack": [
        ContactAck(id=CommandId("m1"), conversation=HERE, pub=2, at=NOON + 4500),
        ContactAck(id=CommandId("ask-1"), conversation=HERE),
    ],
    "typing": [
        ContactTyping(conversation=HERE, who=_AGENT, on=True),
        ContactTyping(conversation=HERE, who=_BOT, on=False),
    ],
}  # fmt: skip

GOLDEN: Mapping[str, Examples] = {
    "staff-in": STAFF_IN, "staff-out": STAFF_OUT, "contact-in": CONTACT_IN, "contact-out": CONTACT_OUT,
}  # fmt: skip


def files() -> dict[str, str]:
    """What stands in `tests/frames`, by file name."""
    return {
        f"{union}.{kind}.json": "[\n" + ",\n".join(msgspec.json.encode(frame).decode() for frame in examples) + "\n]\n"
        for union, kinds in GOLDEN.items()
        for kind, examples in kinds.items()
    }


def lines(union: str, kind: str) -> list[bytes]:
    """The frames of one file, byte for byte."""
    text = (FOLDER / f"{union}.{kind}.json").read_text("utf-8")
    return [line.removesuffix(",").encode() for line in text.splitlines()[1:-1]]


if __name__ == "__main__":
    for old in FOLDER.glob("*.json"):
        old.unlink()
    for name, text in files().items():
        (FOLDER / name).write_text(text, "utf-8")
