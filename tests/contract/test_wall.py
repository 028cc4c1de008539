"""The second wall: what the schema itself refuses, whatever an engine may believe."""

from msgspec.structs import replace

from intervene.core.conversation.commit import Change
from intervene.core.conversation.state import Conversation
from intervene.core.events import Event, Message, Piece
from intervene.core.ids import CommandId, EventId, MessageId
from intervene.ports.log import Log, Verdict
from tests.contract.build import (
    ANNA,
    ECHO,
    Talk,
    append,
    commit_of,
    decide_locked,
    forged,
    read,
    texts,
    win,
)  # fmt: skip


def bot_message(state: Conversation, *, epoch: int, text: str = "too late") -> Event:
    return Event(
        seq=state.seq + 1,
        pub=state.pub + 1,
        id=EventId("forged"),
        at=state.last_at,
        epoch=epoch,
        author=ECHO,
        body=Message(message=MessageId("forged"), text=text),
        turn=1,
    )


async def refuses(log: Log, talk: Talk, *facts: Event | Piece) -> None:
    """The facts are refused, nothing of them is in the log, and whoever shares their group wins."""
    neighbour = await Talk("neighbour").opens_in(log)
    commit = forged(talk.state, *facts)
    assert await append(log, commit, neighbour.customer_says("hi")) == [Verdict.REFUSED, Verdict.WON]
    assert await decide_locked(log, talk.key, lambda _: commit) == (None, Verdict.REFUSED)
    assert (await read(log, talk)).state == talk.state


async def test_a_bot_s_words_after_a_takeover_meet_the_wall(log: Log) -> None:
    """[P1]"""
    talk = await Talk().opens_in(log)
    await win(log, talk.intervenes())
    await refuses(log, talk, bot_message(talk.state, epoch=1))


async def test_a_bot_s_words_behind_the_takeover_in_one_commit_meet_the_wall(log: Log) -> None:
    """[P1]"""
    talk = await Talk().opens_in(log)
    before = talk.state
    [(control, _)] = talk.intervenes().events
    after, talk.state = talk.state, before
    await refuses(log, talk, control, bot_message(after, epoch=1))


async def test_a_new_run_of_the_bot_passes_the_wall(log: Log) -> None:
    talk = await Talk().opens_in(log)
    await win(log, talk.intervenes(), talk.hands_back(), talk.bot_says("I am back"), talk.bot_streams("and"))
    assert (await read(log, talk)).reply == talk.reply


async def test_takeover_of_a_bot_in_mid_stream_passes_the_wall(log: Log) -> None:
    """[P1] The takeover itself writes the bot's last words, after it moved the row to the next epoch."""
    talk = await Talk().opens_in(log)
    await win(log, talk.bot_streams("Hel"), talk.bot_streams("lo"), talk.intervenes())
    snapshot = await read(log, talk)
    assert texts(snapshot.events)[-2:] == ["Hello", "control"]
    assert snapshot.state.holder == ANNA
    message = snapshot.events[-2].body
    assert isinstance(message, Message)
    assert message.interrupted


async def test_a_piece_and_what_ends_its_stream_may_share_a_commit(log: Log) -> None:
    talk = await Talk().opens_in(log)
    await win(log, talk.bot_finishes("whole"), talk.bot_streams("Hel"))
    await win(log, talk.commits(talk.add_piece("lo"), talk.intervene()))
    assert texts((await read(log, talk)).events)[2:] == [
        "message_started",
        "whole",
        "message_started",
        "Hello",
        "control",
    ]


async def test_a_piece_after_a_takeover_meets_the_wall(log: Log) -> None:
    """[P1]"""
    talk = await Talk().opens_in(log)
    await win(log, talk.bot_streams("Hel"))
    message = talk.add_piece("lo").message
    await win(log, talk.intervenes())
    await refuses(log, talk, Piece(message=message, n=2, text="lo"))


async def test_a_piece_after_a_takeover_meets_the_wall_even_if_nobody_ended_its_message(log: Log) -> None:
    """[P1]"""
    talk = await Talk().opens_in(log)
    await win(log, talk.bot_streams("Hel"))
    message, before = talk.add_piece("lo").message, talk.state
    *_, (control, _) = talk.intervenes().events
    talk.state = before
    takeover = forged(before, replace(control, seq=before.seq + 1, pub=before.pub + 1))
    await win(log, takeover)
    talk.state = takeover.state
    await refuses(log, talk, Piece(message=message, n=2, text="lo"))


async def test_a_piece_of_a_finished_message_meets_the_wall(log: Log) -> None:
    """[P2]"""
    talk = await Talk().opens_in(log)
    await win(log, talk.bot_streams("Hel"))
    message = talk.add_piece("lo").message
    await win(log, talk.bot_finishes())
    await refuses(log, talk, Piece(message=message, n=2, text="lo"))


async def test_a_piece_of_a_message_that_never_began_meets_the_wall(log: Log) -> None:
    """[P2]"""
    talk = await Talk().opens_in(log)
    await refuses(log, talk, Piece(message=MessageId("never"), n=1, text="lo"))


async def test_two_changes_of_control_in_one_epoch_meet_the_wall(log: Log) -> None:
    """[P3]"""
    talk = await Talk().opens_in(log)
    before = talk.state
    [(control, _)] = talk.intervenes().events
    await win(log, commit_of(before, Change(talk.state, (control,))))
    again = replace(control, seq=control.seq + 1, pub=control.pub + 1, id=EventId("again"), command=CommandId("again"))
    await refuses(log, talk, again)
