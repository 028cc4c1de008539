"""The nodes beside this one: heartbeats, which are dead, which are missing on the hub, and when to compare with the
log.

What the hub carries may be lost, so a node reads the versions of all that it follows, in one query: every 15 s; at
once when a node dies, when something of ours did not leave, or when another node asks for it; and every 2 s while a
node that is alive in SQL is missing on the hub, or reports there that its hub is down. A subscription that has just
begun is a gap too.
"""

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import anyio
import structlog

from intervene.cluster.agents import KeptAgents
from intervene.cluster.failure_detector import FailureDetector
from intervene.cluster.node_info import decode_about
from intervene.core.conversation.packing import FIRST_FORMAT, FORMAT, INBOX_FORMAT
from intervene.core.errors import Unavailable
from intervene.core.ids import Key, NodeId
from intervene.core.limits import STRANDED_TRIES
from intervene.core.timing import PRODUCTION, Timing
from intervene.feed.feeds import Feeds
from intervene.outage import Outage
from intervene.ports.clock import Clock
from intervene.ports.log import Log
from intervene.ports.nodes import Member, Nodes

UNWRITTEN = "a heartbeat was not written; other nodes may take over our turns"

log_ = structlog.get_logger(__name__)


class _HubHeartbeat(NamedTuple):
    """A node's last heartbeat on the hub, and since when the database takes what it writes."""

    at: float
    writing_since: float


_NEVER = _HubHeartbeat(-math.inf, math.inf)


class Membership:
    """`about` describes this node, and `agents` the agents with a session, each with the heartbeat of ours (as `beats`)
    at which they gave input last; both are asked with each heartbeat. `died`
    is called once for each dead node, `went_back` when the database is an older one than it was. `has_ended` is certain
    of some nodes, before their heartbeats have been missing long enough. `is_alone`: no other node may use the
    database, so one that has a row in it will not come back."""

    def __init__(
        self,
        *,
        node: NodeId,
        nodes: Nodes,
        log: Log,
        feeds: Feeds,
        clock: Clock,
        about: Callable[[], str],
        agents: Callable[[], Mapping[Member, int]],
        died: Callable[[Sequence[NodeId]], None],
        went_back: Callable[[], None],
        is_hub_up: Callable[[], bool],
        hub_is_silent_for: Callable[[], float] = lambda: 0.0,
        has_ended: Callable[[NodeId], bool] = lambda node: False,
        is_alone: bool = False,
        timing: Timing = PRODUCTION,
    ) -> None:
        self.written = 0
        """How many of our heartbeats the database has for certain."""
        self.beats = 0
        """The same, and never less than it was: what the database forgets, people have done all the same."""
        self.is_polling = False
        """The hub is down, or a living node is missing on it: versions are read with each heartbeat."""
        self._was_amiss = False
        self.comparisons = 0
        """How often versions were compared with the log."""
        self._timing = timing
        self._is_alone = is_alone
        self._node = node
        self._nodes = nodes
        self._log = log
        self._feeds = feeds
        self._clock = clock
        self._about = about
        self._agents = agents
        self._kept = KeptAgents(nodes, node)
        self._died = died
        self._went_back = went_back
        self._is_hub_up = is_hub_up
        self._hub_is_silent_for = hub_is_silent_for
        self._has_ended = has_ended
        self._detector = FailureDetector(node, timing)
        self._dead: set[NodeId] = set()
        self._formats: dict[NodeId, int] = {}
        """Of nodes that do not say, the first one."""
        self.format = FORMAT if is_alone else FIRST_FORMAT
        """The newest that this node and all living ones read; as long as that is not known, the first one."""
        self._hub_down: set[NodeId] = set()
        self._on_hub: dict[NodeId, _HubHeartbeat] = {}
        self._began = clock.monotonic()
        self._wrote_at = -math.inf
        self._tries = 0
        """Heartbeats that were begun since one was written."""
        self._outage = Outage(clock.monotonic, over="heartbeats are written again", level="warning", timing=timing)
        self._gaps: set[Key] = set()
        self._compare_at = 0.0
        self._sweep_at = -math.inf
        self._woken = asyncio.Event()
        self._hurried = asyncio.Event()

    # -- what others ask -----------------------------------------------------------------------------------------------

    def is_gone(self, node: NodeId) -> bool:
        return node != self._node if self._is_alone else self._detector.is_dead(node)

    def alive(self) -> Sequence[NodeId]:
        """The others."""
        return self._detector.alive

    def format_of(self, node: NodeId) -> int:
        """The newest format of rows that a node reads; ours if it has not published one."""
        return self._formats.get(node, FORMAT)

    def peers(self) -> Sequence[NodeId]:
        """The others that are alive and can read all that we write."""
        if self._is_alone:
            return ()
        return [node for node in self._detector.alive if self.format_of(node) >= self.format]

    @property
    def has_older(self) -> bool:
        """A node is alive that publishes no rows of lists, because its release knows no format that has them."""
        return any(self.format_of(node) < INBOX_FORMAT for node in self._detector.alive)

    @property
    def missing_on_hub(self) -> list[NodeId]:
        """Alive in SQL, and not on the hub: what they publish does not come, or too late. Most say so themselves,
        sooner than their silence does."""
        since = self._clock.monotonic() - self._timing.hub_silent_after
        return [
            node for node in self._detector.alive if node in self._hub_down or self._on_hub.get(node, _NEVER).at < since
        ]

    @property
    def is_writing(self) -> bool:
        """Whether the database took a heartbeat of this node lately."""
        return self._unwritten < self._timing.unwritten_after

    @property
    def is_ready(self) -> bool:
        return self._unwritten < self._timing.not_ready_after

    @property
    def is_cut_off(self) -> bool:
        """This node has no database, and another one, which the hub reaches, has: sessions are better off there."""
        now = self._clock.monotonic()
        return self._unwritten > self._timing.cut_off_after and any(
            now - last.at < self._timing.hub_silent_after and now - last.writing_since > self._timing.cut_off_after
            for last in self._on_hub.values()
        )

    @property
    def is_stranded(self) -> bool:
        """Neither the database nor the hub is reached, so no other node can say whether it has them. Tries count,
        because a process that was frozen has not tried."""
        return (
            self._tries >= STRANDED_TRIES
            and self._unwritten > self._timing.stranded_after
            and self._hub_is_silent_for() > self._timing.stranded_after
        )

    @property
    def _unwritten(self) -> float:
        """For how many seconds the database has taken no heartbeat of this node."""
        return self._clock.monotonic() - self._wrote_at

    # -- from the hub --------------------------------------------------------------------------------------------------

    def receive_heartbeat(self, node: NodeId, can_write: bool) -> None:
        """Another node has published a heartbeat on the hub."""
        now, before = self._clock.monotonic(), self._on_hub.get(node)
        since = math.inf if not can_write else min(now, before.writing_since if before else math.inf)
        self._on_hub[node] = _HubHeartbeat(now, since)

    def gap(self, keys: Sequence[Key]) -> None:
        """Something of these may have been missed."""
        self._gaps.update(keys)
        self._woken.set()

    def compare(self) -> None:
        """Something of any conversation may have been missed."""
        self._compare_at = 0.0
        self._woken.set()

    def lost(self) -> None:
        """Something of ours did not leave. What the hub cannot carry to the others, a heartbeat at once does."""
        self.compare()
        self._hurried.set()

    # -- heartbeats ----------------------------------------------------------------------------------------------------

    async def keep(self) -> None:
        """For ever."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._keep_heartbeats)
            tasks.start_soon(self._keep_comparing)

    async def _keep_heartbeats(self) -> None:
        while True:
            began = self._clock.monotonic()
            self._hurried.clear()
            try:
                await self.send_heartbeat()
                self._outage.answered()
            except Unavailable as problem:
                self._outage.failed(UNWRITTEN, problem=problem.sentence)
                self.compare()  # when it is back: what was asked of it may have been committed and not published
            except Exception as problem:  # go on in any case: peers take a node without heartbeats for dead
                self._outage.failed("a heartbeat failed", exc_info=problem)
            await anyio.sleep(self._timing.heartbeat_rest)
            with anyio.move_on_after(self._timing.heartbeat - (self._clock.monotonic() - began)):
                await self._hurried.wait()

    async def send_heartbeat(self) -> None:
        """Write one heartbeat, and read those of all. The first makes this node known, before it claims anything."""
        self._tries += 1
        await self._nodes.beat(self._node, self._about(), self._kept.beat)
        self.written += 1
        self.beats += 1
        self._tries = 0
        self._wrote_at = self._clock.monotonic()
        readings = await self._nodes.readings()
        if readings.get(self._node, 0) < self.written:
            self._went_back()
            self.written = readings.get(self._node, 0)
        self._detector.read(readings, self._clock.monotonic())
        for node in self._detector.alive:
            if self._has_ended(node):
                self._detector.mark_dead(node)
        self._report_dead(list(readings))
        said = {node: decode_about(about) for node, about in (await self._nodes.about()).items()}
        self._formats = {node: about.format if about else FIRST_FORMAT for node, about in said.items()}
        self.format = min([FORMAT, *(self._formats.get(node, FIRST_FORMAT) for node in self._detector.alive)])
        self._hub_down = {node for node, about in said.items() if about and about.hub is False}
        self._watch_hub()
        await self._kept.keep(self._agents(), self.beats)
        await self._sweep()

    async def _sweep(self) -> None:
        """Forget nodes that are dead for long. It may wait: rows locked by another program must not cost a
        heartbeat."""
        now = self._clock.monotonic()
        swept = self._detector.dead_for(self._timing.forget_node_after) if now >= self._sweep_at else None
        if swept:
            try:
                await self._nodes.sweep(swept)
            except Unavailable:
                self._sweep_at = now + self._timing.forget_node_retry

    def _watch_hub(self) -> None:
        missing, is_up = self.missing_on_hub, self._is_hub_up()
        is_amiss = bool(missing) or not is_up
        if is_amiss:
            self.compare()
        is_new = self._clock.monotonic() - self._began < 2 * self._timing.heartbeat  # no heartbeat can have come yet
        if is_new or is_amiss == self.is_polling or is_amiss != self._was_amiss:  # a single late heartbeat is ignored
            self._was_amiss = is_amiss
            return
        self.is_polling = is_amiss
        if is_amiss:
            log_.warning("heartbeats are missing on the hub: versions are read every 2 s", nodes=missing, hub_up=is_up)
        else:
            log_.info("heartbeats of all nodes arrive on the hub")

    def start_over(self) -> None:
        """The database is another one: what was read of it says nothing."""
        self.written = 0
        self.format = FORMAT if self._is_alone else FIRST_FORMAT
        self._kept.forget()
        self._detector.forget()
        self._dead.clear()
        self.compare()

    def _report_dead(self, known: Sequence[NodeId]) -> None:
        """What a dead node committed last, it may not have told."""
        dead = {node for node in known if self._detector.is_dead(node)}
        if new := dead - self._dead:
            log_.warning("nodes are dead: their turns are taken up", nodes=sorted(new))
            self._died(sorted(new))
            self.compare()
        self._dead = dead
        since = self._clock.monotonic() - self._timing.dead_after
        self._on_hub = {node: last for node, last in self._on_hub.items() if last.at > since}

    # -- comparing with the log ----------------------------------------------------------------------------------------

    async def _keep_comparing(self) -> None:
        while True:
            with anyio.move_on_after(max(0.0, self._compare_at - self._clock.monotonic())):
                await self._woken.wait()
            self._woken.clear()
            await anyio.sleep(self._timing.gap)  # subscriptions are confirmed in crowds
            is_whole = self._clock.monotonic() >= self._compare_at
            gaps, self._gaps = self._gaps, set()
            try:
                await self._compare(None if is_whole else gaps)
            except Exception as problem:
                if not isinstance(problem, Unavailable):
                    log_.exception("versions could not be compared")
                self._gaps |= gaps
                self._compare_at = min(self._compare_at, self._clock.monotonic() + self._timing.heartbeat)
                await anyio.sleep(self._timing.gap)

    async def _compare(self, only: set[Key] | None) -> None:
        """Read the versions of all that is followed, or of some, and let feeds read what they have missed."""
        if only is None:
            self._compare_at = self._clock.monotonic() + self._timing.compare
        if had := self._feeds.versions(only):
            self.comparisons += 1
            found = await self._log.versions(list(had))
            for key, version in had.items():
                self._feeds.check(key, found.get(key, 0), had=version)
