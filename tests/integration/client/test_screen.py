"""What a session shows: complete, in order, once, and the state that a fresh watch would answer, over a bad line."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from intervene.client.screen import KEPT_EVENTS, Change, ContactScreen, Gap, Reset, Screen, StaffScreen
from intervene.core.conversation.state import Running
from intervene.core.errors import Refusal
from intervene.core.events import Event, Message, Piece
from intervene.core.ids import ConversationId, EventId, MessageId
from intervene.core.wire import staff, views
from intervene.core.wire.common import OpenStream, PieceAdded, Position
from intervene.core.wire.contact import ContactEvent, ContactOut
from intervene.core.wire.views import contact_state, for_contact, open_stream, staff_state
from intervene.ports.log import Snapshot
from tests.unit.core import golden
from tests.unit.core.play import Act, Play

PAGE = 6  # events of one answer here, so that resumes come to be too far back


class Seat:
    """A session of one audience in front of a play."""

    def __init__(self, play: Play, *, is_staff: bool) -> None:
        self.play = play
        self.is_staff = is_staff
        id = play.state.id
        self.screen: Screen[Any, Any] = StaffScreen(id) if is_staff else ContactScreen(id)
        self.shown: list[Change] = []
        self.watches()

    def watches(self) -> None:
        """A new watch, from where we are, answered as the server does."""
        state = self.play.state
        pieces = [piece for piece in self.play.pieces if state.stream and piece.message == state.stream.message]
        page, more, reset = self._page(self.screen.position)
        snapshot = Snapshot(state=state, pieces=tuple(pieces), events=tuple(page), more=more)
        answer = views.watched(self.is_staff, snapshot, reset=reset)
        self._show(self.screen.show_watched(self._travelled(answer)))

    def receives(self, facts: Sequence[Event | Piece]) -> None:
        for fact in facts:
            try:
                self._receive(fact)
            except Gap:
                self.watches()

    def _receive(self, fact: Event | Piece) -> None:
        conversation = self.play.state.id
        if isinstance(fact, Piece):
            piece = PieceAdded(conversation=conversation, message=fact.message, n=fact.n, text=fact.text)
            self._show(self.screen.show_piece(self._travelled(piece)))
        elif self.is_staff:
            frame = self._travelled(staff.StaffEvent(conversation=conversation, event=fact))
            self._show(self.screen.show_event(frame.event))
        elif fact.pub and (shown := for_contact(conversation, fact)):
            self._show(self.screen.show_event(self._travelled(shown)))

    def _travelled(self, frame: Any) -> Any:
        kind: Any = staff.StaffOut if self.is_staff else ContactOut
        return msgspec.json.decode(msgspec.json.encode(frame), type=kind)

    def _page(self, after: Position | None) -> tuple[list[Event], bool, bool]:
        events = self.visible
        if after is None:
            return events[-PAGE:], len(events) > PAGE, False
        later = [event for event in events if self._number(event) > after.n]
        if len(later) > PAGE:
            return events[-PAGE:], True, True
        return later, len(events) > len(later), False

    def _show(self, changes: list[Change]) -> None:
        for change in changes:
            if isinstance(change, Reset):
                self.shown.clear()
            else:
                self.shown.append(change)

    @property
    def visible(self) -> list[Event]:
        """What this audience may see of the log."""
        return [event for event in self.play.log if self.is_staff or event.pub]

    def _number(self, event: Event) -> int:
        return event.seq if self.is_staff else event.pub

    # -- what must hold ------------------------------------------------------------------------------------------------

    def check(self) -> None:
        """[P5] No hole, no repetition, log order. [P2] Text is a prefix of the log's."""
        ids = [event.id for event in self.shown if isinstance(event, Event | ContactEvent)]
        log = [event.id for event in self.visible]
        start = log.index(ids[0]) if ids else 0
        assert ids == log[start : start + len(ids)]
        for message, text in self.texts().items():
            assert self.full_text(message).startswith(text)

    def check_current(self) -> None:
        """State before + events is the state read afresh."""
        state = self.play.state
        told = staff_state(state) if self.is_staff else contact_state(state)
        assert self.screen.state == told
        assert self.screen.stream == open_stream(state, self.play.reply)
        assert self.screen.so_far() == list(self.screen.events) + self._open_piece()

    def texts(self) -> dict[MessageId, str]:
        """What was shown piece by piece, of each message."""
        texts: dict[MessageId, str] = {}
        for change in self.shown:
            if isinstance(change, PieceAdded):
                texts[change.message] = texts.get(change.message, "") + change.text
        return texts

    def full_text(self, message: MessageId) -> str:
        bodies = [event.body for event in self.play.log if isinstance(event.body, Message)]
        final = [body.text for body in bodies if body.message == message]
        return final[0] if final else self.play.written

    def _open_piece(self) -> list[PieceAdded]:
        stream = open_stream(self.play.state, self.play.reply)
        if stream is None or not stream.text:
            return []
        return [PieceAdded(conversation=self.play.state.id, message=stream.message, n=stream.n, text=stream.text)]


# -- whatever happens ------------------------------------------------------------------------------------------------

ACTS: dict[str, Act] = {
    "customer writes": lambda play: play.customer.says("hi"),
    "customer asks for a person": lambda play: play.customer.asks_for_a_person(),
    "bot streams": lambda play: play.bot.streams("Hel", "lo "),
    "bot finishes": lambda play: play.bot.finishes("you."),
    "bot says": lambda play: play.bot.says("Hello."),
    "agent intervenes": lambda play: play.agent("Ana").intervenes(),
    "agent says": lambda play: play.agent("Ana").says("Ana here."),
    "agent notes": lambda play: play.agent("Ben").notes("secret"),
    "agent hands back": lambda play: play.agent("Ana").hands_back(),
    "agent closes": lambda play: play.agent("Ana").closes(),
}


def happens(play: Play, act: str) -> Sequence[Event | Piece]:
    """What comes of it: nothing, when it may not be or the bot has no turn."""
    before = len(play.facts)
    if not act.startswith("bot") or isinstance(play.state.turn, Running):
        with suppress(Refusal):
            ACTS[act](play)
    return play.facts[before:]


FAULTS = [
    "none",
    "none",
    "one is lost",
    "all are lost",
    "one comes twice",
    "they come in reverse",
    "connection is lost",
]


def spoiled(facts: Sequence[Event | Piece], fault: str) -> Sequence[Event | Piece]:
    match fault:
        case "one is lost":
            return facts[1:]
        case "all are lost":
            return []
        case "one comes twice":
            return [*facts[:1], *facts]
        case "they come in reverse":
            return facts[::-1]
        case _:
            return facts


@given(st.lists(st.tuples(st.sampled_from(sorted(ACTS)), st.sampled_from(FAULTS)), max_size=30))
def test_whatever_a_line_does_a_session_shows_the_log_and_its_state(story: list[tuple[str, str]]) -> None:
    """[P2] [P5]"""
    play = Play()
    seats = [Seat(play, is_staff=True), Seat(play, is_staff=False)]
    for act, fault in story:
        facts = happens(play, act)
        for seat in seats:
            if fault == "connection is lost":
                seat.watches()
            seat.receives(spoiled(facts, fault))
            seat.check()
    for seat in seats:
        seat.watches()
        seat.check()
        seat.check_current()


@given(st.lists(st.sampled_from(sorted(ACTS)), max_size=30))
def test_on_a_good_line_nothing_is_ever_asked_again(story: list[str]) -> None:
    """[P5] State before + event = state read afresh, for each kind of event."""
    play = Play()
    seats = [Seat(play, is_staff=True), Seat(play, is_staff=False)]
    for act in story:
        facts = happens(play, act)
        for seat in seats:
            seat.receives(facts)
            seat.check_current()
            assert (seat.screen.gaps, seat.screen.doubled, seat.screen.late) == (0, 0, 0)


# -- what the two rules say ------------------------------------------------------------------------------------------


def staff_screen(upto: int = 4) -> StaffScreen:
    screen = StaffScreen(golden.HERE)
    state = msgspec.structs.replace(golden.STATE, seq=upto)
    events = golden.EVENTS[:upto]
    stream = golden.STREAM if upto == 4 else None
    page = staff.StaffWatched(
        conversation=golden.HERE, events=events, state=state, more=False, reset=False, stream=stream
    )
    screen.show_watched(page)
    return screen


def piece(n: int, text: str = "x") -> PieceAdded:
    return PieceAdded(conversation=golden.HERE, message=golden.REPLY, n=n, text=text)


def test_an_event_is_shown_when_it_has_the_next_number() -> None:
    screen = staff_screen()
    assert screen.show_event(golden.EVENTS[4]) == [golden.EVENTS[4]]
    assert screen.position == Position(n=5, id=golden.EVENTS[4].id)


def test_an_event_that_was_shown_is_dropped() -> None:
    screen = staff_screen()
    assert screen.show_event(golden.EVENTS[2]) == []
    assert (screen.doubled, len(screen.events)) == (1, 4)


def test_an_event_that_skips_a_number_is_a_gap_and_shows_nothing() -> None:
    screen = staff_screen()
    with pytest.raises(Gap):
        screen.show_event(golden.EVENTS[5])
    assert len(screen.events) == 4


def test_a_piece_is_shown_when_it_has_the_next_number_of_the_open_message() -> None:
    screen = staff_screen()
    assert screen.show_piece(piece(2)) == []
    assert screen.show_piece(piece(3, "Your")) == [piece(3, "Your")]
    assert screen.stream is not None
    assert screen.stream.text == "Hello Maria! Your"
    with pytest.raises(Gap):
        screen.show_piece(piece(5))


def test_a_piece_that_comes_after_its_message_is_not_shown() -> None:
    """[P2]"""
    screen = staff_screen()
    screen.show_event(golden.EVENTS[4])
    assert screen.show_piece(piece(3)) == []
    screen = staff_screen()
    assert screen.show_piece(msgspec.structs.replace(piece(3), message=MessageId("m-before"))) == []
    assert screen.late == 1


def test_a_reset_forgets_what_was_shown() -> None:
    screen = staff_screen()
    fresh = staff.StaffWatched(
        conversation=golden.HERE, events=golden.EVENTS[6:8], state=msgspec.structs.replace(golden.STATE, seq=8),
        more=True, reset=True,
    )  # fmt: skip
    assert screen.show_watched(fresh) == [Reset(), *golden.EVENTS[6:8]]
    assert (screen.events, screen.stream, screen.more) == (golden.EVENTS[6:8], None, True)


def test_a_resume_that_does_not_connect_is_followed_by_a_fresh_start() -> None:
    screen = staff_screen()
    hole = staff.StaffWatched(
        conversation=golden.HERE, events=golden.EVENTS[5:6], state=msgspec.structs.replace(golden.STATE, seq=6),
        more=True, reset=False,
    )  # fmt: skip
    with pytest.raises(Gap):
        screen.show_watched(hole)
    assert screen.position is None, "asking for the same again would get the same"
    assert screen.show_watched(hole) == [Reset(), golden.EVENTS[5]]


def test_text_that_the_database_forgot_is_taken_back_by_a_reset() -> None:
    screen = staff_screen()
    shorter = OpenStream(message=golden.REPLY, n=1, text="Hello")
    back = staff.StaffWatched(
        conversation=golden.HERE, events=[], state=golden.STATE, more=False, reset=False, stream=shorter
    )
    changes = screen.show_watched(back)
    assert changes[0] == Reset()
    assert changes[-1] == piece(1, "Hello")
    assert changes[1:-1] == golden.EVENTS[:4]


def test_an_ack_beyond_what_is_shown_is_a_gap() -> None:
    screen = staff_screen()
    screen.check_complete(4)
    with pytest.raises(Gap):
        screen.check_complete(5)


def test_an_older_page_goes_before_what_is_shown_if_it_connects() -> None:
    screen = StaffScreen(golden.HERE)
    for event in golden.EVENTS[4:6]:
        screen.number = event.seq - 1
        screen.show_event(event)
    screen.show_older(golden.EVENTS[0:3], more=False)
    assert screen.events == golden.EVENTS[4:6], "the page was of another time"
    screen.show_older(golden.EVENTS[2:4], more=True)
    assert (screen.events, screen.more) == (golden.EVENTS[2:6], True)


def test_a_screen_forgets_its_oldest_events_and_can_page_back_to_them() -> None:
    """[P7]"""
    screen = ContactScreen(ConversationId("c1"))
    for n in range(1, KEPT_EVENTS + 2000):
        screen.show_event(msgspec.structs.replace(golden.SHOWN[0], pub=n, id=EventId(f"e{n}")))
    assert KEPT_EVENTS <= len(screen.events) <= KEPT_EVENTS * 1.1
    assert screen.more
