"""What takeovers come to for each bot and hour."""

from typing import Any

from intervene.core.actors import Bot, Nobody
from intervene.core.ids import BotId, ConversationId
from intervene.core.takeover_sums import HOUR_MS, TakeoverLine, TakeoverSum, takeover_sums
from tests.contract.build import ANNA
from tests.unit.core.cast import ECHO

PARROT = Bot(id=BotId("parrot"), name="Parrot")


def line(**more: Any) -> TakeoverLine:
    given: dict[str, Any] = {
        "conversation": ConversationId("c1"), "epoch": 2, "seq": 3, "at": 5 * HOUR_MS, "by": ANNA, "taken_from": ECHO,
        "late": 0, "committed_ms": 1.0, "written": 1, "written_ms": 1.0, "seen": 1, "seen_ms": 2.0,
        "bot_stopped_ms": 3.0,
    }  # fmt: skip
    return TakeoverLine(**given | more)


def test_each_bot_and_hour_has_a_sum() -> None:
    """[P8]"""
    lines = [
        line(at=5 * HOUR_MS + 7), line(at=6 * HOUR_MS - 1, late=2, committed_ms=9.0, seen_ms=-1.0),
        line(at=6 * HOUR_MS), line(taken_from=PARROT), line(taken_from=Nobody()), line(taken_from=None),
    ]  # fmt: skip
    found = takeover_sums(lines)
    assert [(sum.hour // HOUR_MS, sum.bot, sum.takeovers, sum.late) for sum in found] == [
        (5, "", 2, 0), (5, "echo", 2, 2), (5, "parrot", 1, 0), (6, "echo", 1, 0)
    ]  # fmt: skip
    assert found[1] == TakeoverSum(
        bot=ECHO.id, hour=5 * HOUR_MS, takeovers=2, late=2, longest_committed_ms=9.0, longest_seen_ms=2.0,
        longest_bot_stopped_ms=3.0,
    )  # fmt: skip


def test_what_is_not_known_of_any_is_not_known_of_the_sum() -> None:
    """[P8]"""
    [found] = takeover_sums([line(seen_ms=-1.0, bot_stopped_ms=-1.0)])
    assert (found.longest_seen_ms, found.longest_bot_stopped_ms) == (-1.0, -1.0)
