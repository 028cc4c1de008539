"""An organisation's settings: as they are stored, and as the rules see them."""

from collections.abc import Mapping

from msgspec import Struct

from intervene.core.actors import Bot
from intervene.core.ids import BotId

NO_BOT = "none"


class Settings(Struct, frozen=True, kw_only=True, gc=False):
    """What an organisation has set. `bot`: the id of the bot that its conversations start with, `none` for none; empty:
    as the server's own settings say. Types never change and new fields have defaults: nodes of two releases read it."""

    bot: str = ""


class Policy(Struct, frozen=True, kw_only=True, gc=False):
    """The settings of one organisation at one version, as `decide` is given them. `evolve` never is: an event holds all
    that follows from it. `version` counts the changes; 0: the organisation has set nothing.

    `bot`: conversations start with it, and are handed back to it; None: they wait for a person.
    """

    version: int = 0
    bot: Bot | None = None


def policy_of(version: int, settings: Settings, default: Bot | None, bots: Mapping[BotId, Bot]) -> Policy:
    """`default`: the bot where the organisation has set none; `bots`: those that there are. A bot that there is not is
    none: customers then wait for a person, and not for what nobody runs."""
    match settings.bot:
        case "":
            return Policy(version=version, bot=default)
        case id:
            return Policy(version=version, bot=None if id == NO_BOT else bots.get(BotId(id)))
