"""The bots of a node, by id, as the settings name them."""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import replace

from intervene import files
from intervene.bots.api import BotCallable
from intervene.bots.kinds.echo import echo
from intervene.bots.kinds.scripted import SAMPLE, BadScript, parse, scripted
from intervene.config import Config, ConfigError
from intervene.core.actors import Bot
from intervene.core.ids import BotId
from intervene.core.text import name_text

NAMES = {"echo": "Echo", "scripted": "Assistant"}


class Bots(NamedTuple):
    """`inbound`: the bot of organisations that have set none; `named`: all that a policy may name."""

    inbound: Bot | None
    named: Mapping[BotId, Bot]
    by_id: Mapping[BotId, BotCallable]


def given(bots: Mapping[Bot, BotCallable]) -> Bots:
    """These, of which the first is the inbound one."""
    named = [replace(bot, name=name_text(bot.name)) for bot in bots]
    by_id = {bot.id: play for bot, play in zip(named, bots.values(), strict=True)}
    return Bots(named[0], {bot.id: bot for bot in named}, by_id)


def from_settings(config: Config) -> Bots:
    """Raises `ConfigError`."""
    script = config.script or SAMPLE
    try:
        blocks = parse(files.read_text(script))
    except OSError as problem:
        raise ConfigError(f"script: {script} cannot be read: {files.why(problem)}.") from problem
    except BadScript as problem:
        raise ConfigError(f"script: {script} cannot be played: {problem}") from problem
    except ValueError as problem:
        raise ConfigError(f"script: {script} cannot be played: it is not text.") from problem
    named = {BotId(id): Bot(id=BotId(id), name=name) for id, name in NAMES.items()}
    return Bots(named.get(BotId(config.bot)), named, {BotId("echo"): echo, BotId("scripted"): scripted(blocks)})
