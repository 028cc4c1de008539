"""How states are stored: in both formats, in few bytes where they are written with every piece."""

import msgspec
import pytest
from msgspec.structs import astuple, replace

from intervene.core.conversation.card import NO_CARD
from intervene.core.conversation.decide import decide
from intervene.core.conversation.last import NO_LAST
from intervene.core.conversation.packing import (
    FIRST_FORMAT,
    FORMAT,
    INBOX_FORMAT,
    Flat,
    Row,
    is_open,
    pack,
    unpack,
    unpack_turn,
)
from intervene.core.conversation.state import Conversation, Running, streamed
from intervene.core.conversation.turns import RaiseFormat
from intervene.core.events import Piece
from tests.unit.core.play import Person, Play
from tests.unit.core.promises import bare

FORMER = (
    b'{"organisation":"default","id":"44854b5a20ba6bb1db72e4d9","contact":{"type":"contact","id":"v-326d97e1d77058cb",'
    b'"name":"Maria"},"channel":"webchat","version":4,"seq":3,"pub":2,"epoch":1,"holder":{"type":"bot","id":"scripted",'
    b'"name":"Sam"},"held_since":1700000000000,"last_at":1700000000000,"run":{"turn":{"type":"running",'
    b'"node":"fa51b880be17ab5957695f78","number":1,"cause":"start","spoke":true,"stream":{"message":'
    b'"7d411f3b41b8ded3f6a7b18a","pieces":3,"size":144}},"answered":0}}'
)
"""As the release before format 2 has packed it, in the middle of a reply."""


def row(state: Conversation, before: Row | None = None, former: Conversation | None = None) -> Row:
    """The row of `state`, where `before` has been that of `former`."""
    packed = pack(state, former)
    kept = before.base if before and packed.base is None else packed.base
    return Row(
        state.organisation, state.id, state.version, state.seq, state.pub, state.epoch, state.runner, state.format,
        state.last_at, packed.state, kept, packed.card or (before and before.card),
    )  # fmt: skip


def in_format(state: Conversation, format: int) -> Conversation:
    """As a row of that format keeps it."""
    if format >= INBOX_FORMAT:
        return replace(state, format=format)
    counters = replace(state.counters, unanswered_since=0)
    return replace(state, format=format, counters=counters, last=NO_LAST, card=NO_CARD)


@pytest.fixture
def long_play(play: Play, anna: Person) -> Play:
    """Every place and every kind of turn."""
    play.customer.says("hi")
    play.bot.streams("Hel", "lo")
    play.upkeep.gives_back(play.bot.number)
    play.upkeep.takes_up()
    play.bot.waits(60, cursor="step 2")
    play.customer.says("still there?")
    play.bot.says("yes")
    play.bot.is_done()
    anna.intervenes()
    anna.hands_back()
    play.customer.asks_for_a_person()
    play.supervisor("Sara").closes()
    return play


@pytest.mark.parametrize("format", range(FIRST_FORMAT, FORMAT + 1))
def test_each_state_is_unpacked_from_its_row_as_it_was_packed(long_play: Play, format: int) -> None:
    """[P5] Also where a commit has left the column `base` as it stood."""
    before: Row | None = None
    former: Conversation | None = None
    kept = 0
    for commit in long_play.commits:
        state = in_format(commit.after, format)
        before, former = row(state, before, former), state
        assert unpack(before) == state
        assert unpack_turn(format, before.state) == (state.turn.number if isinstance(state.turn, Running) else 0)
        assert is_open(format, before.state, before.base) == state.is_open
        kept += pack(state, former).base is None
    assert kept == len(long_play.commits)


def test_a_row_goes_from_a_former_format_to_the_newest_with_all_that_its_log_says(long_play: Play) -> None:
    """[P5] What the former one has not kept comes from the fold of the log."""
    for commit in long_play.commits:
        for format in range(FIRST_FORMAT, FORMAT):
            old = in_format(commit.after, format)
            raised = decide(old.next(), RaiseFormat(folded=bare(commit.after)), long_play.moment()).state
            assert unpack(row(raised, row(old), old)) == raised == commit.after.next()


def test_the_first_format_is_what_the_former_release_reads_and_writes() -> None:
    """[P5] Byte for byte: nodes of both run side by side."""
    state = unpack(Row("default", "44854b5a20ba6bb1db72e4d9", 4, 3, 2, 1, "", 1, 0, FORMER, None))
    assert (state.version, state.epoch, state.format) == (4, 1, FIRST_FORMAT)
    assert state.stream is not None
    assert state.stream.pieces == 3
    assert astuple(pack(state))[:3] == (FORMER, None, None)
    assert msgspec.json.encode(Flat.of(state)) == FORMER


def test_what_a_newer_release_of_the_same_format_adds_is_passed_over(play: Play) -> None:
    """New values have defaults: in arrays they stand at the end."""
    first = msgspec.json.decode(pack(in_format(play.state, FIRST_FORMAT)).state)
    first["mood"] = first["run"]["turn"]["mood"] = "sunny"
    old = row(in_format(play.state, FIRST_FORMAT))
    assert unpack(old._replace(state=msgspec.json.encode(first))) == in_format(play.state, FIRST_FORMAT)
    now = row(play.state)
    state, base = msgspec.json.decode(now.state), msgspec.json.decode(now.base or b"")
    state[0][3][0].append("sunny")
    state[0][3].append("sunny")
    state[0].append("sunny")
    state.append("sunny")
    base["mood"] = "sunny"
    newer = now._replace(state=msgspec.json.encode(state), base=msgspec.json.encode(base), card=b'{"mood":"sunny"}')
    assert unpack(newer) == play.state


def test_what_a_piece_writes_to_its_row_is_a_third_of_what_it_was() -> None:
    """[P7] The column with all that moves, and seven numbers of eight bytes; the rest is not written."""
    first = unpack(
        Row("default", "44854b5a20ba6bb1db72e4d9", 4, 3, 2, 1, "fa51b880be17ab5957695f78", 1, 0, FORMER, None)
    )
    before = in_format(first, FORMAT)
    assert before.stream is not None
    after = streamed(before, [Piece(message=before.stream.message, n=4, text="x" * 48)])
    assert after is not None
    packed = pack(after, before)
    assert packed.base is None
    columns = 7 * 8 + len(after.runner)
    assert 3 * (columns + len(packed.state)) < columns + len(FORMER)


def test_a_row_is_not_raised_by_a_fold_that_its_log_has_outgrown(play: Play) -> None:
    """[P5] What came since would be left out for ever."""
    folded = bare(play.state)
    play.customer.says("hi")
    old = in_format(play.state, FORMAT - 1)
    assert decide(old.next(), RaiseFormat(folded=folded), play.moment()).state.format == FORMAT - 1


# -- a commit of pieces ------------------------------------------------------------------------------------------------


def test_a_commit_of_pieces_is_derived_from_the_state_before(play: Play) -> None:
    """[P2] By the very function that the node that committed it compares with."""
    play.bot.streams("a")
    before = play.state
    with play.one_commit():
        play.bot.streams("b", "\N{GREEK SMALL LETTER GAMMA}")
    assert streamed(before, play.pieces[1:]) == play.state
    assert streamed(before, play.pieces) is None
    assert streamed(before, play.pieces[2:]) is None
    play.bot.finishes()
    assert streamed(play.state, play.pieces[1:]) is None


def test_whatever_else_a_commit_does_is_not_derived_from_its_pieces(play: Play, anna: Person) -> None:
    """[P5] Such a commit travels whole."""
    play.bot.streams("a")
    before = play.state
    with play.one_commit():
        play.bot.streams("b")
        anna.notes("hm")
    assert streamed(before, play.pieces[1:]) != play.state
