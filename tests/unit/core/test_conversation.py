"""The state of a conversation: packed and unpacked, folded from its log, and its open stream's text."""

from typing import get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import astuple, replace

from intervene.core.actors import Nobody
from intervene.core.control import Place
from intervene.core.conversation.decide import RULES
from intervene.core.conversation.packing import pack
from intervene.core.conversation.state import Conversation, Idle, evolve, has_same_turn, open_reply
from intervene.core.errors import CorruptLog, Refusal
from intervene.core.events import Body, ControlChanged, Event, Piece
from tests.kit.examples import examples
from tests.unit.core.cast import ACME, CLARA, N2
from tests.unit.core.play import Act, Person, Play
from tests.unit.core.promises import bare

# -- packed ------------------------------------------------------------------------------------------------------------


def test_a_state_is_packed_without_the_text_of_its_stream(play: Play) -> None:
    """[P2] That text is rows of its own, and stands beside the state."""
    play.bot.streams("only in the pieces")
    assert b"only in the pieces" not in b"".join(filter(None, astuple(pack(play.state))[:3]))
    assert play.written == "only in the pieces"
    assert open_reply(play.state, play.pieces) == play.reply


def test_a_packed_state_is_small(play: Play) -> None:
    """[P7] Over 2 KB a row gets dear in PostgreSQL; what grows with use is bounded elsewhere."""
    play.customer.says("hi" * 1000)
    play.bot.streams("Hel" * 1000)
    assert sum(len(column or b"") for column in astuple(pack(play.state))[:3]) < 800


# -- what it says of itself --------------------------------------------------------------------------------------------


def test_a_turn_goes_on_over_messages_and_pieces_until_control_or_its_claim_changes(play: Play, anna: Person) -> None:
    """[P4] Parts of a node that react to turns are not called while it does."""
    play.customer.says("hi")
    play.bot.streams("Hel")
    claimed = play.state
    play.bot.streams("lo")
    play.customer.says("and?")
    anna.notes("hm")
    assert has_same_turn(claimed, play.state)
    play.upkeep.gives_back(play.bot.number)
    owed = play.state
    play.upkeep.takes_up()
    again = play.state
    anna.intervenes()
    taken = play.state
    anna.says("hello", confirmed=True)
    assert has_same_turn(taken, play.state)
    for before, after in ((claimed, owed), (owed, again), (claimed, again), (again, taken), (claimed, taken)):
        assert not has_same_turn(before, after)


def test_a_state_says_who_runs_its_turn_and_whether_a_person_may_reply(play: Play, anna: Person) -> None:
    assert (play.state.runner, play.state.reply_enabled, play.state.place) == ("n1", False, Place.BOT)
    assert play.state.key == (ACME, "c1")
    play.upkeep.gives_back(play.bot.number)
    assert play.state.runner == "owed"
    play.upkeep.takes_up()
    play.bot.is_done()
    assert (play.state.runner, play.state.turn, play.state.stream) == ("", Idle(), None)
    anna.intervenes()
    assert (play.state.runner, play.state.reply_enabled, play.state.place) == ("", True, Place.AGENT)
    assert (play.state.turn, play.state.stream) == (Idle(), None)


# -- folded ------------------------------------------------------------------------------------------------------------


def one_of_each() -> dict[str, Act]:
    """For each kind of event, by each kind of author, what makes it."""
    return {
        "opened": lambda play: None,
        "note": lambda play: play.agent("Anna").notes("hm"),
        "message of a customer": lambda play: play.customer.says("hi"),
        "message of a bot": lambda play: play.bot.says("hello"),
        "message_started": lambda play: play.bot.streams("Hel"),
        "message that was streamed": lambda play: play.bot.finishes("Hello"),
        "message that was interrupted": lambda play: (play.bot.streams("Hel"), play.bot.is_done()),
        "message of an agent": lambda play: (play.agent("Anna").intervenes(), play.agent("Anna").says("hello")),
        "attributes_kept": lambda play: play.bot.says_of_the_contact(plan="pro"),
        "control to nobody": lambda play: play.customer.asks_for_a_person(),
        "control to an agent": lambda play: play.agent("Anna").intervenes(),
        "control to a bot": lambda play: (play.agent("Anna").intervenes(), play.agent("Anna").hands_back()),
        "control closed": lambda play: play.bot.is_finished(close=True),
        "control reopened": lambda play: (play.bot.is_finished(close=True), play.customer.says("hi")),
    }


@pytest.mark.parametrize("what", one_of_each())
def test_the_state_before_and_an_event_make_the_state_after(what: str) -> None:
    """[P5] For each kind of event; without what is no fact of the log: who runs the turn."""
    play = Play()
    one_of_each()[what](play)
    folded = Conversation(organisation=ACME, id=play.state.id, contact=CLARA, channel="webchat")
    for commit in play.commits:
        for fact in commit.facts:
            if isinstance(fact, Event):
                folded = evolve(folded, fact)
        assert bare(folded) == bare(commit.after)
        assert (folded.run is None) == (commit.after.run is None)


def test_every_kind_of_event_is_among_them() -> None:
    """Those that a command leaves under its id are folded for each command in `test_rules.py`."""
    left = {rule.effect.event.__struct_config__.tag for rule in RULES.values() if rule.effect}
    assert {what.split()[0] for what in one_of_each()} | left == {kind.__struct_config__.tag for kind in get_args(Body)}


@pytest.mark.parametrize("what", one_of_each())
def test_an_event_is_read_from_its_stored_form_as_it_was(what: str) -> None:
    play = Play()
    one_of_each()[what](play)
    for event in play.log:
        assert msgspec.json.decode(msgspec.json.encode(event), type=Event) == event


def test_a_log_with_a_hole_cannot_be_folded(play: Play) -> None:
    """[P5]"""
    play.customer.says("hi")
    last = play.log[-1]
    for seq in (last.seq - 1, last.seq, last.seq + 2):
        with pytest.raises(CorruptLog, match="no gaps"):
            evolve(play.state, replace(last, seq=seq))


@pytest.mark.parametrize("epoch", [1, 3])
def test_a_change_of_control_that_does_not_add_one_to_the_epoch_cannot_be_folded(play: Play, epoch: int) -> None:
    """[P3]"""
    change = replace(play.log[-1], seq=3, epoch=epoch, body=ControlChanged(move=play.last_change.move, holder=Nobody()))
    with pytest.raises(CorruptLog, match="adds one"):
        evolve(play.state, change)


# -- the open stream's text --------------------------------------------------------------------------------------------

ACTS: dict[str, Act] = {
    "begins or goes on": lambda play: play.bot.streams("ab"),
    "goes on twice": lambda play: play.bot.streams("c", "d"),
    "finishes": lambda play: play.bot.finishes("e"),
    "finishes without a word": lambda play: play.bot.finishes(),
    "says": lambda play: play.bot.says("f"),
    "is lost": lambda play: play.upkeep.takes_up(lost=play.state.runner),
    "is given back": lambda play: play.upkeep.gives_back(play.turn.number),
    "is taken up": lambda play: play.upkeep.takes_up(),
    "ends": lambda play: play.bot.is_done(),
    "customer": lambda play: play.customer.says("hi"),
    "note": lambda play: play.agent("Anna").notes("hm"),
    "taken": lambda play: play.agent("Anna").intervenes(),
    "handed back": lambda play: play.agent("Anna").hands_back(),
}


def happens(play: Play, act: str) -> None:
    """The act, if it can be done now."""
    try:
        ACTS[act](play)
    except Refusal:
        pass
    except AssertionError as problem:
        if "no turn runs" not in str(problem):
            raise


@settings(deadline=None, max_examples=examples(200))
@given(st.lists(st.lists(st.sampled_from(list(ACTS)), min_size=1, max_size=5), max_size=12))
def test_a_node_that_gets_only_states_and_pieces_knows_the_open_stream_s_text(commits: list[list[str]]) -> None:
    """[P2] After any commits, however much is in one."""
    play = Play(node=N2)
    for acts in commits:
        with play.one_commit():
            for act in acts:
                happens(play, act)
    known = None
    for commit in play.commits:
        pieces = [fact for fact in commit.facts if isinstance(fact, Piece)]
        known = open_reply(commit.after, pieces, known)
        assert known == commit.reply


def test_pieces_of_a_stream_that_ended_in_the_same_commit_are_not_part_of_the_next(play: Play) -> None:
    """[P2]"""
    play.bot.streams("a")
    before = play.reply
    with play.one_commit():
        play.bot.streams("b")
        play.bot.finishes("c")
        play.bot.streams("d", "e")
    assert open_reply(play.state, play.pieces[1:], before) == play.reply
    assert play.written == "de"
