"""The bots of a node, by id, as the settings name them."""

import importlib
import inspect
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from intervene import files
from intervene.bots.api import BotCallable
from intervene.bots.kinds.echo import echo
from intervene.bots.kinds.llm import PROMPT, Llm, LlmBot
from intervene.bots.kinds.scripted import SAMPLE, BadScript, parse, scripted
from intervene.config import Config, ConfigError
from intervene.core.actors import Bot
from intervene.core.ids import BotId
from intervene.core.text import name_text

NAME = "Assistant"
NAMES = {"echo": "Echo"}


class Bots(NamedTuple):
    """`inbound`: the bot of organisations that have set none; `named`: all that a policy may name. `close` ends what
    they keep open."""

    inbound: Bot | None
    named: Mapping[BotId, Bot]
    by_id: Mapping[BotId, BotCallable]
    close: Callable[[], Awaitable[None]]


def given(bots: Mapping[Bot, BotCallable]) -> Bots:
    """These, of which the first is the inbound one."""
    named = [replace(bot, name=name_text(bot.name)) for bot in bots]
    by_id = {bot.id: play for bot, play in zip(named, bots.values(), strict=True)}
    return Bots(named[0], {bot.id: bot for bot in named}, by_id, _nothing)


def from_settings(config: Config) -> Bots:
    """Raises `ConfigError`."""
    by_id = {BotId("echo"): echo, BotId("scripted"): _scripted(config)}
    close = _nothing
    if config.llm_url:
        llm = LlmBot(_llm(config))
        by_id[BotId("llm")] = llm.play
        close = llm.close
    if ":" in config.bot:
        by_id[BotId(config.bot)] = _imported(config.bot)
    inbound = BotId(config.bot)
    named = {id: Bot(id=id, name=NAMES.get(id, NAME)) for id in by_id}
    if inbound in named and config.bot_name:
        named[inbound] = Bot(id=inbound, name=name_text(config.bot_name))
    return Bots(named.get(inbound), named, by_id, close)


async def _nothing() -> None:
    pass


def _scripted(config: Config) -> BotCallable:
    script = config.script or SAMPLE
    try:
        return scripted(parse(_text("script", script)))
    except BadScript as problem:
        raise ConfigError(f"script: {script} cannot be played: {problem}") from problem


def _llm(config: Config) -> Llm:
    assert config.llm_url is not None, "both are set, or neither"
    assert config.llm_model is not None, "both are set, or neither"
    prompt = _text("llm_prompt_file", config.llm_prompt_file) if config.llm_prompt_file else config.llm_prompt
    return Llm(
        url=config.llm_url,
        model=config.llm_model,
        key=config.llm_key or "",
        prompt=prompt or PROMPT,
        history=config.llm_history,
        history_bytes=config.llm_history_bytes,
        connect_seconds=config.llm_connect_seconds,
        first_seconds=config.llm_first_seconds,
        next_seconds=config.llm_next_seconds,
    )


def _imported(name: str) -> BotCallable:
    """`package.module:callable`, from what is installed or else from the working directory."""
    module, _, attribute = name.partition(":")
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.append(here)
    try:
        play = getattr(importlib.import_module(module), attribute)
    except Exception as problem:
        raise ConfigError(f"bot: {name} cannot be imported: {type(problem).__name__}: {problem}.") from problem
    if not callable(play) or not (
        inspect.iscoroutinefunction(play) or inspect.iscoroutinefunction(type(play).__call__)
    ):
        raise ConfigError(f"bot: {name} is not a bot: write it as `async def {attribute}(turn)`.")
    found: BotCallable = play
    return found


def _text(setting: str, file: Path) -> str:
    try:
        return files.read_text(file)
    except OSError as problem:
        raise ConfigError(f"{setting}: {file} cannot be read: {files.why(problem)}.") from problem
    except ValueError as problem:
        raise ConfigError(f"{setting}: {file} cannot be read: it is not text.") from problem
