"""How often people step in, of the control events of conversations."""

from intervene.core.actors import Bot, Nobody
from intervene.core.bot_shares import BotShare, bot_shares
from intervene.core.control import Move
from intervene.core.events import ControlChanged, Event
from intervene.core.ids import BotId, EventId
from tests.contract.build import ANNA
from tests.unit.core.cast import ECHO

PARROT = Bot(id=BotId("parrot"), name="Parrot")
START, TAKE, BACK, ASK = Move.START, Move.INTERVENE, Move.HAND_BACK, Move.ASK


def controls(*moves: tuple[int, Move, Bot | None]) -> list[Event]:
    """When, what, and the bot that has it then; without one a person, or after `ASK` nobody."""
    return [
        Event(
            seq=n, pub=n, id=EventId(f"e-{n}"), at=at, epoch=n, author=ANNA,
            body=ControlChanged(move=move, holder=bot or (Nobody() if move is ASK else ANNA)),
        )
        for n, (at, move, bot) in enumerate(moves, start=1)
    ]  # fmt: skip


def shares(*conversations: list[Event], since: int = 0) -> dict[str, tuple[int, int]]:
    return {each.bot: (each.conversations, each.taken) for each in bot_shares(conversations, since)}


def test_a_conversation_counts_once_for_each_bot_however_often_it_was_taken() -> None:
    """[P8]"""
    twice = controls((1, START, ECHO), (2, TAKE, None), (3, BACK, ECHO), (4, TAKE, None))
    assert shares(twice, controls((1, START, ECHO))) == {"echo": (2, 1)}
    other = controls((1, START, ECHO), (2, TAKE, None), (3, BACK, PARROT))
    assert shares(other, controls((1, START, PARROT))) == {"parrot": (2, 0), "echo": (1, 1)}


def test_what_a_bot_gave_away_by_itself_was_not_taken() -> None:
    assert shares(controls((1, START, ECHO), (2, ASK, None), (3, TAKE, None))) == {"echo": (1, 0)}


def test_what_ended_before_the_time_is_not_of_it() -> None:
    events = controls((1, START, ECHO), (5, TAKE, None), (6, BACK, PARROT))
    assert shares(events, since=5) == {"echo": (1, 1), "parrot": (1, 0)}
    assert shares(events, since=6) == {"parrot": (1, 0)}
    assert shares(events, since=99) == {"parrot": (1, 0)}, "it has it still"


def test_a_conversation_that_no_bot_had_is_of_none() -> None:
    assert bot_shares([[], controls((1, TAKE, None))], 0) == []
    found = bot_shares([controls((1, START, ECHO)), controls((1, START, PARROT)), controls((1, START, PARROT))], 0)
    assert found[0] == BotShare(bot=PARROT.id, name="Parrot", conversations=2), "those with most come first"
