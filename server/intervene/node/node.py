"""The composition root: the only file that imports every part. One node is one server process."""

import asyncio
import os
import secrets
import shlex
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, Self

import anyio
import structlog
import uvloop
from msgspec.structs import replace
from prometheus_client import CollectorRegistry

from intervene import __version__, files, loopback, migrations
from intervene.adapters.memory import AnchoredClock, LocalHub, LocalHubSide, LocalLeases
from intervene.adapters.postgres.database import PostgresDatabase
from intervene.adapters.postgres.log import PostgresLog
from intervene.adapters.redis.connections import Connections
from intervene.adapters.redis.hub import RedisHub
from intervene.adapters.redis.leases import RedisLeases
from intervene.adapters.sql.nodes import SqlNodes
from intervene.adapters.sql.store import Store
from intervene.adapters.sqlite.database import SqliteDatabase
from intervene.adapters.sqlite.log import SqliteLog
from intervene.bots.api import BotCallable
from intervene.bots.kinds.echo import echo
from intervene.bots.kinds.scripted import SAMPLE, BadScript, parse, scripted
from intervene.bots.runner import Runner
from intervene.cluster.exit_locks import FileLocks
from intervene.cluster.membership import Neighbours
from intervene.cluster.node_info import About, encode_about, fingerprint
from intervene.config import Config, ConfigError, is_loopback
from intervene.core.actors import Bot
from intervene.core.conversation.packing import FORMAT
from intervene.core.errors import Unavailable
from intervene.core.ids import BotId, ChannelId, NodeId, OrganisationId
from intervene.core.text import name_text
from intervene.core.timing import LARGEST_FACTOR
from intervene.edge.auth import Tokens, load_keys
from intervene.edge.http.api import Settings
from intervene.edge.http.app import make_figures, make_front
from intervene.edge.metrics import Metrics
from intervene.edge.server import Server, bind
from intervene.edge.services import Services
from intervene.edge.socket.registry import Sockets
from intervene.edge.token_refusals import TokenRefusals
from intervene.engine.engine import Engine
from intervene.feed.feeds import Feeds
from intervene.feed.reading import Readers, Sources
from intervene.host_keys import load_host_keys
from intervene.housekeeping.upkeep import Upkeep
from intervene.ids import Ids
from intervene.node.deliveries import Deliveries
from intervene.policies.cache import PolicyCache
from intervene.ports.leases import Leases
from intervene.ports.messages import Spent
from intervene.takeovers import Takeovers
from intervene.terminal import say

log_ = structlog.get_logger(__name__)

KEYS = "keys.json"
LOCKS = "nodes"
NO_BOTS: Mapping[Bot, BotCallable] = MappingProxyType({})
NAMES = {"echo": "Echo", "scripted": "Assistant"}


class Ground(NamedTuple):
    """What a node stands on: the log and what stands beside it, and the way to other nodes."""

    store: Store
    database: SqliteDatabase | PostgresDatabase
    redis: Connections | None


class Node:
    """Made by `start`. `drain`, then `close`, end it."""

    def __init__(self, config: Config, ground: Ground, bots: Mapping[Bot, BotCallable]) -> None:
        self.config = config
        self.id = NodeId(f"{os.getpid()}-{secrets.token_hex(8)}")
        self.metrics = Metrics(CollectorRegistry())
        self.metrics.about = {"node": self.id, "release": __version__}
        self._ground = ground
        self._keys = config.keys or load_keys(config.data / KEYS)
        organisation = OrganisationId(config.organisation)
        hosts = load_host_keys(config.host_keys, organisation, self._keys) if config.host_keys else {}
        self._tasks: list[asyncio.Task[None]] = []
        self._locks: FileLocks | None = None
        store, log = ground.store, ground.store.log
        bots = {replace(bot, name=name_text(bot.name)): callable for bot, callable in bots.items()}
        inbound = next(iter(bots)) if bots else _inbound(config)
        clock = self._clock = AnchoredClock()
        timing = self._timing = config.timing
        self._hub, self._leases = self._connect()
        self.readers = Readers(Sources(log, store.inbox, store.addresses), ground.database.readers, timing)
        self.feeds = Feeds(self.readers, self._hub, timing)
        self.takeovers = Takeovers(
            node=self.id,
            feeds=self.feeds,
            hub=self._hub,
            times=store.takeover_times,
            clock=clock,
            measured=self._measure,
        )
        self.policies = PolicyCache(
            stored=store.policies, hub=self._hub, default=inbound, timing=timing,
            bots={bot.id: bot for bot in bots or _named_bots()},
        )  # fmt: skip
        self.engine = Engine(
            node=self.id,
            log=log,
            feeds=self.feeds,
            hub=self._hub,
            leases=self._leases,
            clock=clock,
            policies=self.policies,
            claimant=lambda: self.runner.claimant(),
            taken=self.takeovers.begin,
            make_id=Ids().make,
            timing=timing,
        )
        self.runner = Runner(
            node=self.id,
            engine=self.engine,
            feeds=self.feeds,
            log=log,
            leases=self._leases,
            bots={bot.id: callable for bot, callable in bots.items()} or _bots(config),
            stopped=self.takeovers.bot_stopped,
            max_turns=config.max_turns,
        )
        self.neighbours = Neighbours(
            node=self.id,
            nodes=ground.store.nodes,
            log=log,
            feeds=self.feeds,
            clock=clock,
            about=self._about,
            agents=lambda: self.sockets.agents(),
            died=self._died,
            went_back=self._find_older_database,
            is_hub_up=lambda: not isinstance(self._hub, RedisHub) or self._hub.is_up,
            hub_is_silent_for=lambda: self._hub.silent_seconds if isinstance(self._hub, RedisHub) else 0.0,
            has_ended=lambda node: self._locks is not None and self._locks.has_ended(node),
            timing=timing,
        )
        self._upkeep = Upkeep(
            node=self.id,
            engine=self.engine,
            schedule=store.schedule,
            retention=store.retention,
            clock=clock,
            claimant=self.runner.claimant,
            is_running=self.runner.is_running,
            is_gone=self._is_gone,
            knows=self.neighbours.knows,
            others=lambda: () if self.is_alone else self.neighbours.peers(),
            anchor=clock.anchor,
            timing=timing,
        )
        self.feeds.observers += [self.runner, self._upkeep, self.takeovers]
        self._watch()
        services = Services(
            engine=self.engine,
            feeds=self.feeds,
            readers=self.readers,
            read_positions=store.read_positions,
            takeovers=self.takeovers,
            tokens=Tokens(self._keys, lambda: clock.now() / 1000, TokenRefusals(self.metrics), hosts),
            spend=self._spend,
            clock=clock,
            metrics=self.metrics,
            make_id=self.engine.new_id,
            ready=self._why_not_ready,
            timing=timing,
        )
        self.sockets = Sockets(
            services, config.max_sessions, None if config.development else config.sessions_per_address
        )
        self.feeds.observers.append(self.sockets.reads)
        self._hub.connect(Deliveries(self.feeds, self.takeovers, self.neighbours, self.sockets.visitors, self.policies))
        self.front = make_front(
            self.sockets,
            Settings(
                organisation=organisation,
                development=config.development,
                origins=config.origins,
                proxies=config.proxies,
                desk_token_url=config.desk_token_url or "",
            ),
        )

    @classmethod
    async def start(cls, config: Config, bots: Mapping[Bot, BotCallable] = NO_BOTS) -> Self:
        """`bots`: instead of those that the settings name; conversations start with the first. Raises `Unavailable`,
        `ConfigError` and `OSError`, each with a sentence for the person who starts it."""
        if config.database_url and config.keys:
            with suppress(OSError):  # only locks are kept in it, which say themselves what they lack
                config.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        else:
            files.prepare_directory("data:", config.data)
        ground = await _ground(config)
        try:
            node = cls(config, ground, bots)
            await node._begin()
        except BaseException:
            await ground.database.close()
            raise
        return node

    async def _begin(self) -> None:
        keepers = [("upkeep", self._upkeep.keep), ("takeovers", self.takeovers.keep), ("policies", self.policies.keep)]
        database, store = self._ground.database, self._ground.store
        if isinstance(database, PostgresDatabase):
            await database.reserve(is_alone=self.is_alone)
            self._locks = FileLocks(self.config.data / LOCKS, self.id)
            await self.neighbours.beat()  # a node is known to be alive before it claims a turn
            database.as_left = lambda: SqlNodes.has(self.id, self.neighbours.written)
            database.went_back = self._went_back
            keepers += [
                ("neighbours", self.neighbours.keep),
                (
                    "visitors",
                    partial(self.sockets.visitors.keep, store.addresses, store.schedule),
                ),
                ("reservation", partial(database.keep, is_alone=self.is_alone)),
                ("cut off", self._keep_sessions_where_a_database_is),
            ]
        else:
            keepers.append(("database", database.keep))
        if isinstance(self._hub, RedisHub):
            keepers.append(("hub", self._hub.keep))
        for name, keep in keepers:
            task = asyncio.create_task(keep(), name=name)
            task.add_done_callback(_complain)
            self._tasks.append(task)

    # -- beside other nodes --------------------------------------------------------------------------------------------

    @property
    def is_alone(self) -> bool:
        """An OS lock or the database says that no other process uses it."""
        return self._ground.redis is None

    def _connect(self) -> tuple[LocalHubSide | RedisHub, Leases]:
        if self._ground.redis is None:
            return LocalHub().side(self.id), LocalLeases(timing=self._timing)
        hub = RedisHub(self._ground.redis, node=self.id, keys=[key.encode() for key in self._keys])
        return hub, RedisLeases(self._ground.redis, node=self.id, stats=hub.stats)

    def _died(self, nodes: Sequence[NodeId]) -> None:
        self._upkeep.wake()
        self.feeds.lose(nodes)

    async def _spend(self, channel_id: ChannelId) -> None:
        await self._ground.store.addresses.spend(channel_id)
        self._hub.publish(Spent(channel_id))

    def _is_gone(self, node: NodeId) -> bool:
        return node != self.id if self.is_alone else self.neighbours.is_gone(node)

    def _find_older_database(self) -> None:
        """Our beats say so; a new connection would have said it too, but for a pooler that hides it."""
        if isinstance(self._ground.database, PostgresDatabase):
            self._ground.database.start_over()

    def _went_back(self) -> None:
        self.neighbours.start_over()
        self.feeds.forget()

    def _about(self) -> str:
        """For `intervene doctor`: one JSON object."""
        return encode_about(
            About(
                release=__version__,
                format=FORMAT,
                host=socket.gethostname(),
                address=f"{self.config.host}:{self.config.port}",
                keys=[fingerprint(key) for key in self._keys],
                hub=self._hub.is_up if isinstance(self._hub, RedisHub) else None,
                unheard=list(self.neighbours.unheard),
                clock_ms=int(time.time() * 1000) - self._clock.now(),
                sessions=len(self.sockets),
                turns=self.runner.turns,
                timing_factor=self.config.timing_factor,
            )
        )

    def _why_not_ready(self) -> str:
        database = self._ground.database
        if not (self.neighbours.is_ready if isinstance(database, PostgresDatabase) else database.is_up):
            return "the database does not answer"
        if self.sockets.is_cut_off:
            return "the database has just come back"
        return ""

    async def _keep_sessions_where_a_database_is(self) -> None:
        """A node that alone has lost the database sends its sessions to the others, and takes none until it is back.
        One that reaches neither database nor hub does so later and slowly: it cannot know that it is alone, and if it
        is not, there is no node to reconnect to."""
        neighbours, sockets = self.neighbours, self.sockets
        was_lost = False
        while True:
            await asyncio.sleep(self._timing.cut_off_check)
            is_lost = neighbours.is_cut_off or neighbours.is_stranded
            if is_lost and was_lost and not sockets.is_cut_off:  # one look, after a freeze, says nothing
                if neighbours.is_cut_off:
                    log_.error("this node has lost the database and others have it: sessions are sent there")
                    await sockets.elsewhere(self._timing.away)
                else:
                    log_.error("this node reaches neither the database nor Redis: sessions are sent away")
                    await sockets.elsewhere(self._timing.stranded_away, lambda: neighbours.is_stranded)
            elif sockets.is_cut_off and neighbours.is_writing:
                sockets.is_cut_off = False
            was_lost = is_lost

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
        watch(
            "reads_running",
            "Reads of the log for sessions and requests, and of what feeds miss",
            lambda: self.readers.running,
        )
        watch("reads_waiting", "Reads that wait for one of the database's readers", lambda: self.readers.waiting)
        watch(
            "reads_dropped",
            "Reads that never ran: the session left, or asked anew",
            lambda: self.readers.dropped,
            is_counter=True,
        )
        watch("http_connections", "Connections that speak HTTP, sockets not among them", lambda: self.front.open)
        watch("turns", "Bot turns running now", lambda: self.runner.turns)
        database = self._ground.database
        if isinstance(database, PostgresDatabase):
            self._watch_neighbours()
        else:
            watch("database_up", "1 while the database takes what this node writes", lambda: database.is_up)
        if isinstance(self._hub, RedisHub):
            self._watch_hub(self._hub)
        watch("turns_outliving_their_cancel", "Bot turns that were cancelled and go on", lambda: self.runner.zombies)

    def _watch_neighbours(self) -> None:
        neighbours, watch = self.neighbours, self.metrics.watch
        watch("database_up", "1 while the database takes what this node writes", lambda: neighbours.is_writing)
        watch("nodes_alive", "Nodes that are alive, this one included", lambda: 1 + len(neighbours.alive()))
        watch("polling", "1 while the hub is down, or a living node is missing on it", lambda: neighbours.is_polling)
        watch("comparisons", "Comparisons of versions with the log", lambda: neighbours.comparisons, is_counter=True)

    def _watch_hub(self, hub: RedisHub) -> None:
        stats, watch = hub.stats, self.metrics.watch
        watch("hub_up", "1 while what this node publishes arrives", lambda: hub.is_up)
        watch("hub_echo_ms", "Milliseconds to Redis and back, of the last beat", lambda: stats.echo_ms)
        watch("hub_waiting", "Messages that have not left yet", lambda: hub.waiting)
        watch("hub_channels", "Conversations that are listened to", lambda: hub.channels)
        for name, meaning in (
            ("published", "Commits that Redis took"),
            ("received", "Messages received, our own included"),
            ("lost", "Commits that may not have reached other nodes"),
            ("whispers_dropped", "Typing that was dropped"),
            ("forged", "Messages without our seal, dropped"),
            ("unreadable", "Messages of a newer format, dropped"),
            ("gaps", "Subscriptions that began, so that something may have been missed"),
            ("publisher_falls", "Connections for publishing that ended"),
            ("listener_falls", "Connections for listening that ended"),
            ("leases_late", "Leases that Redis did not answer in time"),
            ("leases_skipped", "Leases not asked for while Redis is slow"),
        ):
            watch(f"hub_{name}", meaning, partial(getattr, stats, name), is_counter=True)

    def _measure(self, name: str, milliseconds: float) -> None:
        histograms = {
            "committed": self.metrics.takeover_committed,
            "written": self.metrics.takeover_written,
            "seen": self.metrics.takeover_seen,
            "bot_stopped": self.metrics.takeover_bot_stopped,
        }
        histograms[name].observe(milliseconds)

    async def drain(self) -> None:
        """No new turns; running ones may finish; sessions are sent away; claims that are left are released."""
        self.runner.is_draining = self.sockets.is_draining = True
        with anyio.move_on_after(self.config.drain_seconds):
            await self.runner.finished()
        await self.sockets.away(self._timing.away)
        await self.runner.give_back()

    async def close(self) -> None:
        for task in self._tasks:
            task.remove_done_callback(_complain)
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.policies.stop()
        self.engine.stop()
        await self.takeovers.flush()
        await self.sockets.reads.flush()
        if isinstance(self._ground.database, PostgresDatabase):
            try:
                await self._ground.store.nodes.leave(self.id)
            except Unavailable:
                pass  # others will find that it counts no longer
        if self._locks is not None:
            self._locks.close()
        if isinstance(self._leases, RedisLeases):
            await self._leases.close()
        if self._ground.redis is not None:
            await self._ground.redis.close()
        await self._ground.database.close()


async def _ground(config: Config) -> Ground:
    if config.database_url is None:
        local = await SqliteDatabase.start(
            config.database, migrations.upgrade, durability=config.durability, timing=config.timing
        )
        return Ground(Store.of(SqliteLog(local), local), local, None)
    try:
        redis = Connections(config.redis_url, config.timing) if config.redis_url else None
    except ValueError as problem:
        # Not its own words: they may be a piece of the password.
        raise ConfigError(
            "redis_url is no URL of a Redis: redis://, rediss://, unix:// or redis+sentinel://."
        ) from problem
    shared = await PostgresDatabase.start(config.database_url, migrations.upgrade_postgres, config.timing)
    return Ground(Store.of(PostgresLog(shared), shared), shared, redis)


def serve(config: Config, listening: socket.socket | None = None, bots: Mapping[Bot, BotCallable] = NO_BOTS) -> int:
    """Run one node until it is stopped. The exit status. `listening`: a bound socket, else one is made; `bots` as
    in `Node.start`."""
    return uvloop.run(_serve(config, listening, bots))


async def _serve(config: Config, listening: socket.socket | None, bots: Mapping[Bot, BotCallable]) -> int:
    listening = listening or bind(config.host, config.port)
    figures = bind(config.metrics_host, config.metrics_port)
    if config.timing_factor != LARGEST_FACTOR:
        log_.warning("timing is scaled, as for a test suite", timing_factor=config.timing_factor)
    node = await Node.start(config, bots)
    is_local = config.development and is_loopback(config.metrics_host)
    beside = {figures: make_figures(node.metrics, is_local=is_local)}
    server = Server(node.front, node.sockets.wheel, node.drain, beside)
    if config.workers == 1:  # else the parent does
        _greet(config, listening.getsockname()[1])
    log_.info("metrics", url=f"{_url(config.metrics_host, figures.getsockname()[1])}/metrics")
    await server.serve([listening])
    await node.close()
    if node.runner.zombies:
        # A bot that swallows every cancel would keep the loop, and so the process, for ever.
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):
                stream.flush()
        os._exit(0)
    return 0


def _greet(config: Config, port: int) -> None:
    url = _url(config.host, port)
    log_.info("serving", url=url, data=str(config.data.resolve()), bot=config.bot)
    if config.development and config.log_format == "console":
        with suppress(OSError):  # the reader has gone, or the disk is full
            say(f"\n  Open it:  {url}/  (the chat), {url}/desk  (the agents' desk)", lines=True)
            say(f"  Try it:   {url}/demo  (a customer and an agent, side by side)")
            say(f"  Watch it: {_program()} demo --url {url}")
            say(f"  Check it: {_program()} verify\n", lines=True)


def _program() -> str:
    """How this command is called in the working directory."""
    started = Path(sys.argv[0])
    if started.suffix == ".py":
        return shlex.join([_from_here(Path(sys.executable)), "-m", "intervene"])
    return shlex.quote(_from_here(started))


def _from_here(path: Path) -> str:
    absolute = path.absolute()
    return str(absolute.relative_to(Path.cwd())) if absolute.is_relative_to(Path.cwd()) else str(absolute)


def _url(host: str, port: int) -> str:
    return loopback.url(loopback.resolved(host), port)


def _inbound(config: Config) -> Bot | None:
    """The bot of organisations that have set none."""
    return next((bot for bot in _named_bots() if bot.id == config.bot), None)


def _named_bots() -> list[Bot]:
    return [Bot(id=BotId(id), name=name) for id, name in NAMES.items()]


def _bots(config: Config) -> Mapping[BotId, BotCallable]:
    script = config.script or SAMPLE
    try:
        blocks = parse(files.read_text(script))
    except OSError as problem:
        raise ConfigError(f"script: {script} cannot be read: {files.why(problem)}.") from problem
    except BadScript as problem:
        raise ConfigError(f"script: {script} cannot be played: {problem}") from problem
    except ValueError as problem:
        raise ConfigError(f"script: {script} cannot be played: it is not text.") from problem
    return {BotId("echo"): echo, BotId("scripted"): scripted(blocks)}


def _complain(task: "asyncio.Task[None]") -> None:
    """A task that should last for ever has ended."""
    problem = None if task.cancelled() else task.exception()
    log_.critical("a part of the node stopped", part=task.get_name(), exc_info=problem)
