"""Takeovers, and what they come to for each bot and hour."""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from intervene.core.actors import Agent, Bot, Holder
from intervene.core.ids import BotId, ConversationId

HOUR_MS = 3_600_000


class TakeoverLine(Struct, frozen=True, kw_only=True, gc=False):
    """One takeover. `seq` is that of its control event, 0 if the log has none, `taken_from` who held control before,
    and `late` how many events after it carry an earlier epoch, counted in the log. `at` in milliseconds since 1970; the
    times are in milliseconds since the click reached the server, -1 while unknown."""

    conversation: ConversationId
    epoch: int
    seq: int
    at: int
    by: Agent
    taken_from: Holder | None
    late: int
    committed_ms: float
    written: int
    written_ms: float
    seen: int
    seen_ms: float
    bot_stopped_ms: float


class TakeoverSum(Struct, frozen=True, kw_only=True, gc=False):
    """Of the takeovers from one bot ("" where none held control) in the hour that began at `hour`. Sums of pages add
    up; of the longest times the longer one counts, -1 while none is known."""

    bot: BotId
    hour: int
    takeovers: int = 0
    late: int = 0
    longest_committed_ms: float = -1.0
    longest_seen_ms: float = -1.0
    longest_bot_stopped_ms: float = -1.0


def takeover_sums(lines: Iterable[TakeoverLine]) -> list[TakeoverSum]:
    """By hour, then by bot."""
    sums: dict[tuple[int, BotId], TakeoverSum] = {}
    for line in lines:
        bot = line.taken_from.id if isinstance(line.taken_from, Bot) else BotId("")
        hour = line.at - line.at % HOUR_MS
        sums[hour, bot] = _with(sums.get((hour, bot)) or TakeoverSum(bot=bot, hour=hour), line)
    return [sums[key] for key in sorted(sums)]


def _with(sum: TakeoverSum, line: TakeoverLine) -> TakeoverSum:
    return replace(
        sum,
        takeovers=sum.takeovers + 1,
        late=sum.late + line.late,
        longest_committed_ms=max(sum.longest_committed_ms, line.committed_ms),
        longest_seen_ms=max(sum.longest_seen_ms, line.seen_ms),
        longest_bot_stopped_ms=max(sum.longest_bot_stopped_ms, line.bot_stopped_ms),
    )
