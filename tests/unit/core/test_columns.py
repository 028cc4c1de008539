"""What lists of conversations show and are ordered by: waiting times, the last message, and the columns of a row."""

import pytest

from intervene.core.control import Place
from intervene.core.conversation.columns import PLACES, QUARTER, Columns
from intervene.core.conversation.last import Last
from intervene.core.conversation.packing import pack
from intervene.core.limits import LAST_BYTES, NAME_CHARS
from intervene.core.wire.views import row
from tests.unit.core.cast import CLARA
from tests.unit.core.play import Person, Play

MINUTE = 60_000


@pytest.fixture
def waiting() -> Play:
    """Without a bot."""
    return Play(inbound=None)


def test_a_customer_waits_since_the_first_message_that_nobody_has_answered(waiting: Play) -> None:
    """[P5] Also over a change of the holder."""
    anna = waiting.agent("Anna")
    began = waiting.now
    assert waiting.state.waiting_since == began
    waiting.now += MINUTE
    wrote = waiting.now
    waiting.customer.says("hi")
    waiting.now += MINUTE
    waiting.customer.says("hello?")
    assert waiting.state.waiting_since == wrote
    anna.intervenes()
    assert (waiting.state.waiting_since, waiting.state.counters.unanswered_since) == (0, wrote)
    waiting.now += MINUTE
    anna.releases()
    assert waiting.state.waiting_since == wrote
    anna.intervenes()
    anna.says("here I am", confirmed=True)
    assert waiting.state.counters.unanswered_since == 0
    waiting.now += MINUTE
    anna.releases()
    assert waiting.state.waiting_since == waiting.now


def test_a_whole_message_of_a_bot_is_an_answer_and_one_that_was_cut_is_none(play: Play, anna: Person) -> None:
    play.customer.says("hi")
    wrote = play.now
    play.now += MINUTE
    play.bot.streams("Hel")
    assert play.state.counters.unanswered_since == wrote
    anna.intervenes()
    assert play.state.counters.unanswered_since == wrote
    anna.hands_back()
    play.bot.says("Hello")
    assert play.state.counters.unanswered_since == 0


def test_what_was_closed_unanswered_does_not_count_when_the_customer_comes_back(waiting: Play) -> None:
    waiting.customer.says("thanks")
    waiting.supervisor("Sara").closes()
    assert (waiting.state.waiting_since, waiting.state.counters.unanswered_since) == (0, 0)
    waiting.now += 60 * MINUTE
    waiting.customer.says("me again")
    assert waiting.state.waiting_since == waiting.now


def test_the_last_message_is_one_line_of_what_customers_see(play: Play, anna: Person) -> None:
    """[P6] A note is not among them."""
    play.customer.says('so\n\tI "asked": ' + "\N{GREEK SMALL LETTER GAMMA}" * LAST_BYTES)
    last = play.state.last
    assert (last.by, last.text[:14]) == ("contact", 'so I "asked": ')
    assert len(last.text.encode()) <= LAST_BYTES
    anna.notes("hm")
    assert play.state.last is last
    play.bot.says("Hello")
    assert play.state.last == Last("bot", "Hello", play.state.last.message, "echo", "Echo")


def test_the_last_message_names_the_agent_who_wrote_it_whoever_holds_control_by_now(play: Play, anna: Person) -> None:
    anna.intervenes()
    anna.says("Hi Clara")
    anna.releases()
    assert (play.state.last.id, play.state.last.name) == (anna.who.id, "Anna")
    line = row(play.state).last
    assert line is not None
    assert (line.by, line.id, line.name) == ("agent", anna.who.id, "Anna")


def test_a_row_that_is_listed_stays_small(play: Play) -> None:
    """[P7] At its longest: a reply is open, and every character of the last line is escaped."""
    wordy = play.agent("\N{CUNEIFORM SIGN A}" * NAME_CHARS)
    wordy.intervenes()
    wordy.says('"' * 1000)
    wordy.hands_back()
    play.bot.streams("Hel")
    packed = pack(play.state)
    assert len(packed.state) < 800
    assert len(packed.card or b"") < 1024


def test_a_message_moves_its_row_in_the_index_once_a_quarter_of_an_hour(play: Play, anna: Person) -> None:
    """[P7] Where the columns are the same, the append does not write them."""
    play.now -= play.now % QUARTER
    play.customer.says("hi")
    moved = []
    for _ in range(30):
        play.now += MINUTE
        before = play.state
        anna.notes("hm")
        assert (pack(play.state, before).columns is None) == (Columns.of(before) == Columns.of(play.state))
        moved.append(pack(play.state, before).columns is not None)
    assert moved.count(True) == 2


def test_a_move_leaves_the_contact_of_its_row_alone(play: Play, anna: Person) -> None:
    """[P7] SQLite writes the index of a column anew that is named, also where its value stays."""
    play.customer.says("hi")
    before = play.state
    anna.intervenes()
    columns = pack(play.state, before).columns
    assert columns is not None
    assert (columns.holder, columns.contact) == ("anna", None)
    assert pack(play.state).columns == Columns.of(play.state)


def test_the_columns_say_where_a_conversation_is_and_since_when(play: Play, anna: Person) -> None:
    play.now += QUARTER + 1
    play.customer.says("hi")
    assert Columns.of(play.state) == (2, play.now - play.now % QUARTER, "", CLARA.id, "default", "")
    anna.intervenes()
    assert Columns.of(play.state)[:3] == (1, play.now - play.now % QUARTER, "anna")
    anna.releases()
    assert Columns.of(play.state)[:3] == (0, play.state.waiting_since, "")
    play.now += MINUTE
    play.supervisor("Sara").closes()
    assert Columns.of(play.state)[:3] == (3, play.now, "")
    assert set(PLACES) == set(Place)
