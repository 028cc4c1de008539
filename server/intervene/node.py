"""The composition root: the only file that knows everything. One node is one server process."""

import asyncio
import os
import secrets
import sys
from collections.abc import Mapping
from typing import Self

import anyio
import structlog
import uvloop
from prometheus_client import CollectorRegistry

from intervene import migrations
from intervene.adapters.local import AnchoredClock, LocalHub, LocalLeases
from intervene.adapters.sql.database import SqliteDatabase
from intervene.adapters.sql.directory import SqlDirectory
from intervene.adapters.sql.sqlite import SqliteLog
from intervene.bots.echo import echo
from intervene.bots.runner import Runner
from intervene.bots.scripted import SAMPLE, BadScript, parse, scripted
from intervene.config import Config, ConfigError
from intervene.core.control import Bot
from intervene.core.ids import BotId, NodeId, OrganisationId
from intervene.edge.auth import Tokens, load_keys
from intervene.edge.metrics import Metrics
from intervene.edge.routes import Settings, make_app
from intervene.edge.server import Server, bind
from intervene.edge.services import Services
from intervene.edge.sockets import Sockets
from intervene.engine import Engine
from intervene.feed import Feeds
from intervene.ports import BotCallable
from intervene.takeovers import Takeovers
from intervene.upkeep import Upkeep

log_ = structlog.get_logger(__name__)

KEYS = "keys.json"
AWAY_SECONDS = 2.0  # over which sessions are sent away at a shutdown
NAMES = {"echo": "Echo", "scripted": "Assistant"}


class Node:
    """Made by `start`. `drain`, then `close`, end it."""

    def __init__(self, config: Config, database: SqliteDatabase) -> None:
        self.config = config
        self.id = NodeId(f"{os.getpid()}-{secrets.token_hex(8)}")
        self.metrics = Metrics(CollectorRegistry())
        self._database = database
        self._tasks: list[asyncio.Task[None]] = []
        inbound = _inbound(config)
        clock = AnchoredClock()
        hub = LocalHub().connect(self.id)
        leases = LocalLeases()
        log, directory = SqliteLog(database), SqlDirectory(database)
        feeds = Feeds(log, hub)
        hub.take, hub.hear = feeds.take, feeds.hear
        self.takeovers = Takeovers(feeds=feeds, directory=directory, clock=clock, measured=self._measure)
        self.engine = Engine(
            node=self.id,
            log=log,
            feeds=feeds,
            hub=hub,
            leases=leases,
            clock=clock,
            inbound=inbound,
            claimant=lambda: self.runner.claimant(),
            taken=self.takeovers.begin,
        )
        self.runner = Runner(
            node=self.id,
            engine=self.engine,
            feeds=feeds,
            log=log,
            leases=leases,
            bots=_bots(config),
            stopped=self.takeovers.bot_stopped,
            max_turns=config.max_turns,
        )
        self._upkeep = Upkeep(
            node=self.id,
            engine=self.engine,
            log=log,
            clock=clock,
            claimant=self.runner.claimant,
            is_running=self.runner.is_running,
            is_gone=lambda node: node != self.id,  # the OS lock says that this process is alone
            anchor=clock.anchor,
        )
        feeds.observers += [self.runner, self._upkeep]
        self._watch()
        services = Services(
            engine=self.engine,
            feeds=feeds,
            log=log,
            directory=directory,
            takeovers=self.takeovers,
            tokens=Tokens(config.keys or load_keys(config.data / KEYS), lambda: clock.now() / 1000),
            clock=clock,
            metrics=self.metrics,
            make_id=self.engine.new_id,
            inbound=inbound,
            ready=lambda: "draining" if self.sockets.is_draining else "",
        )
        self.sockets = Sockets(services, config.max_sessions)
        self.app = make_app(
            self.sockets,
            Settings(
                organisation=OrganisationId(config.organisation),
                development=config.development,
                origins=config.origins,
            ),
        )

    @classmethod
    async def start(cls, config: Config) -> Self:
        """Raises `Unavailable`, `ConfigError` and `OSError`, each with a sentence for the person who starts it."""
        config.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        database = await SqliteDatabase.start(config.database, migrations.upgrade, durability=config.durability)
        try:
            node = cls(config, database)
        except BaseException:
            await database.close()
            raise
        node._tasks = [
            asyncio.create_task(node._upkeep.keep(), name="upkeep"),
            asyncio.create_task(node.takeovers.keep(), name="takeovers"),
        ]
        for task in node._tasks:
            task.add_done_callback(_complain)
        return node

    def _watch(self) -> None:
        stats, watch = self.engine.stats, self.metrics.watch
        watch("groups", "Group commits", lambda: stats.groups, is_counter=True)
        watch(
            "commits",
            "Commits of conversations, by group or under the row's lock",
            lambda: stats.commits,
            is_counter=True,
        )
        watch(
            "conflicts", "Commits that lost to another and were decided again", lambda: stats.conflicts, is_counter=True
        )
        watch("locked", "Batches decided under the row's lock", lambda: stats.locked, is_counter=True)
        watch("answered", "Commands answered", lambda: stats.answered, is_counter=True)
        watch("turns", "Bot turns running now", lambda: self.runner.turns)
        watch("turns_outliving_their_cancel", "Bot turns that were cancelled and go on", lambda: self.runner.zombies)

    def _measure(self, name: str, milliseconds: float) -> None:
        histograms = {
            "committed": self.metrics.takeover_committed,
            "written": self.metrics.takeover_written,
            "seen": self.metrics.takeover_seen,
            "bot_stopped": self.metrics.takeover_bot_stopped,
        }
        histograms[name].observe(milliseconds)

    async def drain(self) -> None:
        """No new turns; running ones may finish; sessions are sent away; what is left is owed to whoever comes next."""
        self.runner.is_draining = self.sockets.is_draining = True
        with anyio.move_on_after(self.config.drain_seconds):
            await self.runner.finished()
        await self.sockets.away(AWAY_SECONDS)
        await self.runner.give_back()

    async def close(self) -> None:
        for task in self._tasks:
            task.remove_done_callback(_complain)
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.takeovers.flush()
        await self._database.close()


def serve(config: Config) -> int:
    """Run one node until it is told to stop. The exit status."""
    return uvloop.run(_serve(config))


async def _serve(config: Config) -> int:
    listening = bind(config.host, config.port)
    node = await Node.start(config)
    server = Server(node.app, node.sockets.wheel, node.drain)
    _greet(config, listening.getsockname()[1])
    await server.serve([listening])
    await node.close()
    if node.runner.zombies:
        # A bot that swallows every cancel would keep the loop, and so the process, for ever.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
    return 0


def _greet(config: Config, port: int) -> None:
    url = f"http://{f'[{config.host}]' if ':' in config.host else config.host}:{port}"
    log_.info("serving", url=url, data=str(config.data.resolve()), bot=config.bot)
    if config.development and config.log_format == "console":
        print(f"\n  Try it:   {url}/  (a customer and an agent, side by side)")
        print(f"  Watch it: .venv/bin/intervene demo --url {url}")
        print("  Check it: .venv/bin/intervene verify\n", flush=True)


def _inbound(config: Config) -> Bot | None:
    return None if config.bot == "none" else Bot(id=BotId(config.bot), name=NAMES[config.bot])


def _bots(config: Config) -> Mapping[BotId, BotCallable]:
    script = config.script or SAMPLE
    try:
        blocks = parse(script.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, BadScript) as problem:
        raise ConfigError(f"script: {script} cannot be played: {problem}") from problem
    return {BotId("echo"): echo, BotId("scripted"): scripted(blocks)}


def _complain(task: "asyncio.Task[None]") -> None:
    """A task that should last for ever has ended."""
    problem = None if task.cancelled() else task.exception()
    log_.critical("a part of the node stopped", part=task.get_name(), exc_info=problem)
