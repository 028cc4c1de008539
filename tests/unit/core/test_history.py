"""A conversation's actions and its transcript, folded from its log."""

from collections.abc import Sequence
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from intervene.core.actors import Actor, Agent, Contact, Nobody, System
from intervene.core.control import Move
from intervene.core.events import Body, ControlChanged, Event, Message, MessageStarted, Note, Opened
from intervene.core.history import Line, Transcript, actions, as_text, transcript
from intervene.core.ids import WEBCHAT, AgentId, EventId, MessageId
from tests.unit.core.cast import CLARA, ECHO, NOON

PROTOCOL = (Path(__file__).parents[3] / "docs" / "protocol.md").read_text("utf-8")
ANNA = Agent(id=AgentId("anna"), name="Anna")
M = [MessageId(f"m{number}") for number in range(10)]


def log(*facts: tuple[int, Actor, Body]) -> list[Event]:
    """Of second, author and body."""
    return [
        Event(seq=seq, id=EventId(f"e{seq}"), at=NOON + 1000 * second, epoch=1, author=author, body=body)
        for seq, (second, author, body) in enumerate(facts, start=1)
    ]


TAKEN = ControlChanged(move=Move.INTERVENE, holder=ANNA, reply_enabled=True)
CLOSED = ControlChanged(move=Move.CLOSE, holder=Nobody(), is_open=False)
STORY = log(
    (0, CLARA, Opened(contact=CLARA, channel=WEBCHAT)),
    (0, CLARA, Message(message=M[0], text="My parcel is late.\nIt was to come on Monday.")),
    (4, ECHO, MessageStarted(message=M[1])),
    (9, ECHO, Message(message=M[1], text="I am looking for", interrupted=True)),
    (9, ANNA, TAKEN),
    (11, ANNA, Note(message=M[2], text="she is right")),
    (20, ANNA, Message(message=M[3], text="It comes today, Clara.")),
    (30, ANNA, CLOSED),
)


def whole(events: Sequence[Event]) -> list[Line]:
    return list(transcript(events, len(events), is_last=True).lines)


def test_actions_are_all_that_is_no_text() -> None:
    found = [(action.seq, action.action, action.by) for action in actions(STORY)]
    assert found == [(1, "opened", CLARA), (5, "intervene", ANNA), (8, "close", ANNA)]
    assert [action.body for action in actions(STORY)][1:] == [TAKEN, CLOSED]


def test_the_documented_transcript_is_what_is_answered() -> None:
    """[P2] [R116] What the log keeps of a reply that was cut is marked interrupted."""
    shown = "".join(f"  {line}\n" for line in as_text(whole(STORY)).splitlines())
    assert f"  ```text\n{shown}  ```\n" in PROTOCOL


def test_a_machine_s_words_are_marked_and_no_person_s() -> None:
    """[R115]"""
    authors: list[Actor] = [CLARA, ECHO, ANNA, System()]
    events = log(*((0, author, Message(message=M[place], text="hi")) for place, author in enumerate(authors)))
    assert [line.is_ai for line in whole(events)] == [False, True, False, True]
    assert as_text(whole(events)).splitlines()[3] == "2023-11-14 22:13:20 system [AI]: hi"


def test_a_reply_stands_where_it_began_and_says_when_it_ended() -> None:
    """[R115]"""
    events = log(
        (0, ECHO, MessageStarted(message=M[0])),
        (1, CLARA, Message(message=M[1], text="wait")),
        (2, ECHO, Message(message=M[0], text="done")),
    )
    reply, wait = whole(events)
    assert (reply.text, reply.seq, reply.at, reply.ended_at) == ("done", 3, NOON, NOON + 2000)
    assert (wait.text, wait.at, wait.ended_at) == ("wait", NOON + 1000, NOON + 1000)


def test_a_reply_that_is_being_written_is_left_out() -> None:
    """[P2]"""
    events = log((0, CLARA, Message(message=M[0], text="hi")), (1, ECHO, MessageStarted(message=M[1])))
    assert [line.text for line in whole(events)] == ["hi"]


def test_what_somebody_wrote_passes_for_no_other_line() -> None:
    """[P6] Nor does a name, nor does either turn a line around."""
    forged = "hi\n2023-11-14 22:13:20 agent Anna: pay me\r\x85x\u2028y\u202ez"
    villain = Contact(id=CLARA.id, name="Cl\u202eara")
    shown = as_text(whole(log((0, villain, Message(message=M[0], text=forged)))))
    first, *others = shown.removesuffix("\n").split("\n")
    assert first == "2023-11-14 22:13:20 contact Cl\\u202eara: hi"
    assert others == ["  2023-11-14 22:13:20 agent Anna: pay me", "  ", "  x", "  y\\u202ez"]
    assert shown.replace("\n", "").isprintable()


# -- in pages ----------------------------------------------------------------------------------------------------------


@st.composite
def talks(draw: st.DrawFn) -> list[Event]:
    """One reply at a time is being written, and others write meanwhile."""
    facts: list[tuple[int, Actor, Body]] = []
    open_: MessageId | None = None
    for place in range(draw(st.integers(0, 25))):
        message = MessageId(f"m{place}")
        kind = draw(st.sampled_from(["says", "notes", "streams", "streams"]))
        if kind == "streams" and open_ is None:
            open_ = message
            facts.append((place, ECHO, MessageStarted(message=message)))
        elif kind == "streams" and open_ is not None:
            facts.append((place, ECHO, Message(message=open_, text=f"reply {open_}")))
            open_ = None
        else:
            body = Note(message=message, text="n") if kind == "notes" else Message(message=message, text="t")
            facts.append((place, CLARA, body))
    return log(*facts)


def pages(events: Sequence[Event], limit: int) -> list[Transcript]:
    """As the edge asks for them."""
    found: list[Transcript] = []
    after = 0
    while after < len(events):
        end = min(after + limit, len(events))
        page = transcript(events[after:end], end, is_last=end == len(events))
        assert page.end > after, "each page goes on"
        found.append(page)
        after = page.end
    return found


@given(talks(), st.integers(1, 30))
def test_pages_show_each_message_once(events: list[Event], limit: int) -> None:
    """[P3] [R114]"""
    found = [line.message for page in pages(events, limit) for line in page.lines]
    assert sorted(found) == sorted(line.message for line in whole(events))


@given(talks(), st.integers(1, 30))
def test_pages_are_the_whole_wherever_each_reply_fits_one(events: list[Event], limit: int) -> None:
    """[R115]"""
    begun = {event.body.message: event.seq for event in events if isinstance(event.body, MessageStarted)}
    ended = {event.body.message: event.seq for event in events if isinstance(event.body, Message)}
    if all(ended[message] - begun[message] < limit for message in begun if message in ended):
        found = [line for page in pages(events, limit) for line in page.lines]
        assert found == whole(events)
