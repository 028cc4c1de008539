"""How often people step in: of the conversations that each bot had, those in which somebody took control from it."""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from intervene.core.actors import Bot
from intervene.core.control import Move
from intervene.core.events import ControlChanged, Event
from intervene.core.ids import BotId


class BotShare(Struct, frozen=True, kw_only=True, gc=False):
    """A conversation counts once, however often the bot had it and people took it."""

    bot: BotId
    name: str
    conversations: int = 0
    taken: int = 0


def bot_shares(conversations: Iterable[Sequence[Event]], since: int) -> list[BotShare]:
    """Of the control events of each conversation, in their order: what happened from `since` on, in milliseconds since
    1970. The bots with most conversations first."""
    shares: dict[BotId, BotShare] = {}
    for events in conversations:
        had, taken = _had_and_taken(events, since)
        for bot in had.values():
            share = shares.get(bot.id) or BotShare(bot=bot.id, name=bot.name)
            shares[bot.id] = replace(
                share, conversations=share.conversations + 1, taken=share.taken + (bot.id in taken)
            )
    return sorted(shares.values(), key=lambda share: (-share.conversations, share.bot))


def _had_and_taken(events: Sequence[Event], since: int) -> tuple[dict[BotId, Bot], set[BotId]]:
    """The bots that held control from then on, and those from which a person took it."""
    had: dict[BotId, Bot] = {}
    taken: set[BotId] = set()
    holder: Bot | None = None
    for event in events:
        if not isinstance(event.body, ControlChanged):
            continue
        if holder is not None and event.at >= since:
            had[holder.id] = holder
            if event.body.move is Move.INTERVENE:
                taken.add(holder.id)
        holder = event.body.holder if isinstance(event.body.holder, Bot) else None
    if holder is not None:
        had[holder.id] = holder
    return had, taken
