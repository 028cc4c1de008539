"""One node: its life from start to close. It is put together in `wiring.py`, on what `backends.py` opens."""

import os
import secrets
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Self

import anyio
from prometheus_client import CollectorRegistry

from intervene import __version__, files
from intervene.accounts.operator import Operator
from intervene.adapters.memory import AnchoredClock
from intervene.bots.api import BotCallable
from intervene.cluster.node_info import About, encode_about, fingerprint
from intervene.config import Config
from intervene.core.actors import Bot
from intervene.core.conversation.packing import FORMAT
from intervene.core.ids import NodeId, OrganisationId
from intervene.edge.key_file import load_keys
from intervene.edge.metrics import Metrics
from intervene.node import bots as bots_
from intervene.node.backends import Part
from intervene.node.background import Background
from intervene.node.deliveries import Deliveries
from intervene.node.metrics import engine_figures
from intervene.node.opening import open_backends
from intervene.node.operator_socket import OperatorSocket
from intervene.node.samples.customers import PAUSE_SECONDS, Customers
from intervene.node.samples.make import Parts, lock, make
from intervene.node.samples.offer import offered
from intervene.node.wiring import Site, wire_cluster, wire_conversations, wire_edge

KEYS = "keys.json"
NO_BOTS: Mapping[Bot, BotCallable] = MappingProxyType({})


class Node:
    """Made by `start`. `run` begins its background work; `drain`, then `close`, end it."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._clock, self._backends = site.clock, site.backends
        self._background = Background()
        self._demo: dict[str, Part] = {}
        conversations = wire_conversations(site)
        edge = wire_edge(site, conversations, self._why_not_ready)
        cluster = wire_cluster(site, conversations, edge.sockets, self._describe)
        self._engine, self._policies = conversations.engine, conversations.policies
        self._records, self._people = conversations.records, conversations.people
        self._inbox = conversations.inbox
        self._tree, self._comparison = conversations.tree, conversations.comparison
        self._keys = edge.keys
        self.takeovers, self.runner = conversations.takeovers, conversations.runner
        self.sockets, self.front, self._accounts = edge.sockets, edge.front, edge.accounts
        operator = Operator(edge.accounts.stored, edge.accounts.staff)
        self._operator = OperatorSocket(site.config.data, operator)
        self._cluster, self._membership = cluster, cluster.membership
        feeds = conversations.feeds
        feeds.observers += [self.runner, cluster.housekeeping, self.takeovers, self.sockets.reads, self.sockets.blocked]
        deliveries = Deliveries(
            feeds,
            self.takeovers,
            self._membership,
            self.sockets.visitors,
            self._policies,
            conversations.tree,
            conversations.people,
            conversations.inbox,
            conversations.mentions,
        )
        site.backends.hub.connect(deliveries)
        self.metrics = site.metrics
        engine = engine_figures(conversations.engine, conversations.readers, self.runner, self.front)
        for figure in (*engine, *cluster.figures, *site.backends.figures):
            self.metrics.watch(figure.name, figure.meaning, figure.read, is_counter=figure.is_counter)

    @classmethod
    async def start(cls, config: Config, bots: Mapping[Bot, BotCallable] = NO_BOTS) -> Self:
        """`bots`: instead of those that the settings name; conversations start with the first. Raises `Unavailable`,
        `ConfigError` and `OSError`, each with a sentence for the person who starts it."""
        _prepare_directory(config)
        id = NodeId(f"{os.getpid()}-{secrets.token_hex(8)}")
        keys = config.keys or load_keys(config.data / KEYS)
        backends = await open_backends(config, id, keys)
        try:
            metrics = Metrics(CollectorRegistry())
            metrics.about = {"node": id, "release": __version__}
            clock = AnchoredClock()
            named = bots_.given(bots) if bots else bots_.from_settings(config)
            node = cls(Site(config, id, keys, backends, clock, clock.anchor, metrics, named))
            await node._tree.load()
            await node._keys.load()
            await node._cluster.begin()
            await node._operator.open()
        except BaseException:
            await backends.close()
            raise
        return node

    def run(self, failed: Callable[[], None]) -> None:
        """Begin the background work. `failed` is called if a part of it ends by itself: the process must end too."""
        own = {
            "takeovers": self.takeovers.keep,
            "comparison": self._comparison.keep,
            "lists": self._inbox.comparing.keep,
            **self._demo,
        }
        parts = {**own, **self._cluster.parts, **self._backends.parts}
        self._background.start(parts, failed)

    async def prepare_demo(self) -> None:
        """Before `run`. In development, if the settings say so, make a demo organisation where nobody is; outside
        development, lock the one that there may be. Raises `Unavailable`."""
        config, store = self._site.config, self._site.backends.store
        organisation = OrganisationId(config.organisation)
        parts = Parts(
            organisation, store, self._engine, self._policies, self._people, self._accounts.passwords
        )  # fmt: skip
        if not config.development:
            await lock(parts)
        elif config.demo:
            await make(parts)
            if config.bot == "scripted" and (await offered(store.people, organisation)).items:
                pause = PAUSE_SECONDS * config.timing_factor
                customers = Customers(organisation, store.log, self._engine, self.sockets.present, pause)
                self._demo = {"demo customers": customers.keep}

    @property
    def has_failed(self) -> bool:
        """A part of the background work has ended by itself."""
        return self._background.has_failed

    async def drain(self) -> None:
        """No new turns; running ones may finish; sessions are sent away; claims that are left are released."""
        self.runner.is_draining = self.sockets.is_draining = True
        with anyio.move_on_after(self._site.config.drain_seconds):
            await self.runner.finished()
        await self.sockets.away(self._site.config.timing.away)
        await self.runner.give_back()

    async def close(self) -> None:
        await self._operator.close()
        await self._background.stop()
        self._engine.stop()
        self._accounts.passwords.close()
        self._policies.stop()
        self._inbox.stop()
        self._tree.stop()
        self._keys.stop()
        await self._site.bots.close()
        await self.takeovers.flush()
        await self.sockets.reads.flush()
        await self._records.flush()
        await self._backends.close()

    def _describe(self) -> str:
        """For `intervene doctor`: one JSON object."""
        config, backends = self._site.config, self._backends
        return encode_about(
            About(
                release=__version__,
                format=FORMAT,
                host=socket.gethostname(),
                address=f"{config.host}:{config.port}",
                keys=[fingerprint(key) for key in self._site.keys],
                hub=backends.hub_health.is_up if backends.has_hub else None,
                unheard=list(self._membership.missing_on_hub),
                clock_ms=int(time.time() * 1000) - self._clock.now(),
                sessions=len(self.sockets),
                turns=self.runner.turns,
                timing_factor=config.timing_factor,
            )
        )

    def _why_not_ready(self) -> str:
        if not self._membership.is_ready:
            return "the database does not answer"
        if self.sockets.is_cut_off:
            return "the database has just come back"
        return ""


def _prepare_directory(config: Config) -> None:
    if config.database_url and config.keys:
        with suppress(OSError):  # only locks are kept in it, which report themselves what they lack
            config.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    else:
        files.prepare_directory("data:", config.data)
