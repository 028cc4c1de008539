"""The public bot API. A bot imports this module and nothing else of Intervene; `docs/write-a-bot.md` shows how.

A bot is an async callable, called once for each turn. Name it in the setting `bot`, as `package.module:callable`.
"""

from intervene.bots.api import BotCallable, Briefing, HistoryEntry, Turn, Writer
from intervene.core.actors import Agent, Bot, Contact
from intervene.core.conversation.state import Cause
from intervene.core.conversation.turns import Answered, Ask, Finish, Outcome, Wait
from intervene.core.errors import BadText, Fenced, Unavailable

__all__ = [
    "Agent",
    "Answered",
    "Ask",
    "BadText",
    "Bot",
    "BotCallable",
    "Briefing",
    "Cause",
    "Contact",
    "Fenced",
    "Finish",
    "HistoryEntry",
    "Outcome",
    "Turn",
    "Unavailable",
    "Wait",
    "Writer",
]
