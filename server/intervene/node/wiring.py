"""The wings of a node, each put together by one function: conversations, the edge, the cluster.

Wings are made in this order. What an earlier one needs of a later one is an argument that is called only when the node
runs.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from intervene.accounts.accounts import Accounts
from intervene.accounts.sign_in import Stored
from intervene.bots.runner import Runner
from intervene.cluster.alone import Alone
from intervene.cluster.membership import Membership
from intervene.config import Config
from intervene.core.ids import AgentId, ChannelId, NodeId, OrganisationId
from intervene.directory.here import Choices, Here
from intervene.directory.people import KnownPeople
from intervene.directory.presence import Presence
from intervene.directory.records import Records
from intervene.directory.roster import Roster
from intervene.directory.signing_keys import KnownKeys
from intervene.edge.auth import Tokens
from intervene.edge.http.api import Settings
from intervene.edge.http.app import make_front
from intervene.edge.http.front import Front
from intervene.edge.metrics import Metrics
from intervene.edge.services import Services
from intervene.edge.socket.registry import Sockets
from intervene.edge.token_refusals import TokenRefusals
from intervene.engine.engine import Engine
from intervene.feed.feeds import Feeds
from intervene.feed.reading import Readers, Sources
from intervene.feed.sight import recheck
from intervene.host_keys import load_host_keys
from intervene.housekeeping.formats import Formats
from intervene.housekeeping.housekeeping import Housekeeping
from intervene.housekeeping.joins import JoinJobs
from intervene.housekeeping.lapses import Lapses
from intervene.housekeeping.turns import DueTurns
from intervene.ids import Ids
from intervene.inbox.inbox import Inbox
from intervene.inbox.mentions import Mentions
from intervene.inbox.sources import Sources as ViewSources
from intervene.node.backends import Backends, Part
from intervene.node.bots import Bots
from intervene.node.cut_off import send_away_when_cut_off
from intervene.node.identities import Identities
from intervene.node.metrics import Figure, database_figure, membership_figures
from intervene.node.samples.offer import offered
from intervene.policies.cache import PolicyCache
from intervene.policies.comparison import Comparison
from intervene.policies.tree import TreeCache
from intervene.ports.attendance import Sighting
from intervene.ports.clock import Clock
from intervene.ports.messages import Spent
from intervene.ports.versions import PersonVersion
from intervene.takeovers import Takeovers


class Site(NamedTuple):
    """What every wing of a node needs."""

    config: Config
    node: NodeId
    keys: Sequence[str]
    backends: Backends
    clock: Clock
    anchor: Callable[[int], None]
    """Sets the clock to the database's time."""
    metrics: Metrics
    bots: Bots


class Conversations(NamedTuple):
    jobs: JoinJobs
    readers: Readers
    feeds: Feeds
    takeovers: Takeovers
    tree: TreeCache
    people: KnownPeople
    mentions: Mentions
    roster: Roster
    choices: Choices
    records: Records
    policies: PolicyCache
    comparison: Comparison
    engine: Engine
    runner: Runner
    inbox: Inbox


class Edge(NamedTuple):
    accounts: Accounts
    sockets: Sockets
    front: Front
    keys: KnownKeys


class Cluster(NamedTuple):
    """`begin` makes this node known, before it claims anything."""

    membership: Membership | Alone
    housekeeping: Housekeeping
    begin: Part
    parts: Mapping[str, Part]
    figures: Sequence[Figure]


def wire_conversations(site: Site) -> Conversations:
    config, backends, store = site.config, site.backends, site.backends.store
    readers = Readers(Sources(store.log, store.inbox, store.contacts), backends.readers, config.timing)
    feeds = Feeds(readers, backends.hub, config.timing)
    takeovers = Takeovers(
        node=site.node,
        feeds=feeds,
        hub=backends.hub,
        times=store.takeover_times,
        clock=site.clock,
        measured=site.metrics.measure_takeover,
    )
    tree = TreeCache(store.organisations, backends.hub)
    policies = PolicyCache(
        stored=store.policies, tree=tree, hub=backends.hub, default=site.bots.inbound, bots=site.bots.named
    )
    records = Records(store.audit, site.clock)
    people = KnownPeople(store.people, backends.hub, site.clock, Ids().make, config.timing)
    comparison = Comparison(store.versions, policies, tree, people, timing=config.timing)
    feeds.policy = policies.get
    policies.observers.append(partial(recheck, feeds))
    engine = Engine(
        node=site.node,
        log=store.log,
        owners=store.contacts,
        feeds=feeds,
        hub=backends.hub,
        leases=backends.leases,
        clock=site.clock,
        policies=policies,
        claimant=lambda: runner.claimant(),
        taken=takeovers.begin,
        make_id=Ids().make,
        timing=config.timing,
    )
    runner = Runner(
        node=site.node,
        engine=engine,
        feeds=feeds,
        log=store.log,
        leases=backends.leases,
        bots=site.bots.by_id,
        stopped=takeovers.bot_stopped,
        max_turns=config.max_turns,
    )
    inbox = Inbox.of(
        sources=ViewSources(store.inbox, store.read_positions, readers),
        feeds=feeds,
        hub=backends.hub,
        has_hub=backends.has_hub,
        policies=policies,
        tree=tree,
        clock=site.clock,
        timing=config.timing,
    )
    engine.listed = mentions = Mentions(backends.hub, inbox.boards)
    tree.observers.append(inbox.views.tree_changed)
    jobs = JoinJobs(engine, store.log, store.joins, config.timing)
    return Conversations(
        jobs, readers, feeds, takeovers, tree, people, mentions, Roster(), Choices(store.attendance), records, policies,
        comparison, engine, runner, inbox,
    )  # fmt: skip


def wire_edge(site: Site, conversations: Conversations, why_not_ready: Callable[[], str]) -> Edge:
    config, backends, store = site.config, site.backends, site.backends.store
    organisation = OrganisationId(config.organisation)
    hosts = load_host_keys(config.host_keys, organisation, site.keys) if config.host_keys else {}
    keys = KnownKeys(backends.store.signing_keys, hosts, config.timing)
    conversations.tree.observers.append(keys.refresh)

    identities = Identities(store, conversations.jobs, backends.hub, lambda: conversations.engine.format())

    async def spend(channel_id: ChannelId) -> None:
        await backends.store.addresses.spend(channel_id)
        backends.hub.publish(Spent(channel_id))

    stored = Stored(store.people, store.devices, store.links, store.attempts, store.audit)
    accounts = Accounts.of(
        stored, conversations.people, site.keys, site.clock, conversations.engine.new_id, organisation
    )
    services = Services(
        engine=conversations.engine,
        feeds=conversations.feeds,
        readers=conversations.readers,
        history=backends.store.history,
        policies=conversations.policies,
        tree=conversations.tree,
        organisations=store.organisations,
        tree_changed=conversations.tree.changed,
        signing_keys=store.signing_keys,
        keys_changed=keys.load,
        people=conversations.people,
        records=conversations.records,
        roster=conversations.roster,
        attendance=conversations.choices,
        accounts=accounts,
        read_positions=backends.store.read_positions,
        views=conversations.inbox.views,
        takeovers=conversations.takeovers,
        tokens=Tokens(
            site.keys, lambda: site.clock.now() / 1000, TokenRefusals(site.metrics), keys.found, conversations.tree
        ),
        claim=identities.claim,
        detach=identities.detach,
        spend=spend,
        blocks=store.blocks,
        drafts=store.drafts,
        organisation_of_channel=store.policies.organisation_of,
        settings=backends.store.settings,
        contacts=backends.store.contacts,
        settings_changed=conversations.policies.change,
        clock=site.clock,
        metrics=site.metrics,
        make_id=conversations.engine.new_id,
        ready=why_not_ready,
        timing=config.timing,
    )
    sockets = Sockets(services, config.max_sessions, None if config.development else config.sessions_per_address)
    conversations.feeds.send_each = sockets.send_each
    conversations.engine.hurry = sockets.outbox.flush
    conversations.engine.settle = sockets.outbox.settle = site.backends.settle
    sockets.outbox.before = conversations.feeds.people.announce
    if site.backends.is_shared:  # or no other process writes what these may do
        conversations.people.present = sockets.present
    conversations.mentions.show = sockets.mentioned
    keys.observers.append(lambda: sockets.keys_changed(keys.found))
    settings = Settings(
        organisation=organisation, development=config.development, origins=config.origins, proxies=config.proxies,
        desk_token_url=config.desk_token_url or "", demo=partial(offered, store.people, organisation),
    )  # fmt: skip
    return Edge(accounts, sockets, make_front(sockets, settings), keys)


def wire_cluster(site: Site, conversations: Conversations, sockets: Sockets, describe: Callable[[], str]) -> Cluster:
    """`describe` answers what the node publishes of itself for `doctor`."""
    if site.backends.is_shared:
        return _wire_shared(site, conversations, sockets, describe)
    return _wire_alone(site, conversations, sockets)


def _wire_alone(site: Site, conversations: Conversations, sockets: Sockets) -> Cluster:
    membership = Alone(site.node, site.backends.is_up, site.config.timing)
    housekeeping = _wire_housekeeping(site, conversations, membership)
    here = Here(site.node, sockets.staff, conversations.choices, lambda: membership.beats)
    parts: dict[str, Part] = {
        "membership": membership.keep,
        "presence": _presence(site, conversations, sockets, membership, here.sightings).keep,
        "lapses": _lapses(site, conversations, sockets, membership).keep,
        "places": conversations.inbox.places.keep,
        "housekeeping": housekeeping.run,
        "joins": conversations.jobs.keep,
        "formats": _formats(site, conversations, membership).keep,
    }
    return Cluster(membership, housekeeping, _nothing, parts, [database_figure(lambda: membership.is_writing)])


def _wire_shared(site: Site, conversations: Conversations, sockets: Sockets, describe: Callable[[], str]) -> Cluster:
    backends, store = site.backends, site.backends.store
    feeds, timing = conversations.feeds, site.config.timing

    def on_death(nodes: Sequence[NodeId]) -> None:
        housekeeping.wake()
        conversations.jobs.wake()
        feeds.drop_nodes(nodes)
        conversations.inbox.comparing.all_soon()

    def on_rollback() -> None:
        membership.start_over()
        feeds.forget()
        conversations.inbox.views.forget()

    membership = Membership(
        node=site.node,
        nodes=store.nodes,
        log=store.log,
        feeds=feeds,
        clock=site.clock,
        about=describe,
        agents=sockets.staff.active,
        died=on_death,
        # Heartbeats show an older database; a new connection would show it too, but for a pooler that hides it.
        went_back=backends.start_over,
        is_hub_up=lambda: backends.hub_health.is_up,
        hub_is_silent_for=lambda: backends.hub_health.silent_seconds,
        has_ended=backends.locks.has_ended,
        is_alone=backends.is_alone,
        timing=timing,
    )
    conversations.inbox.comparing.is_polled = lambda: membership.is_polling or membership.has_older
    housekeeping = _wire_housekeeping(site, conversations, membership)

    async def begin() -> None:
        await membership.send_heartbeat()
        backends.watch_history(site.node, lambda: membership.written, on_rollback)

    async def sightings() -> Sequence[Sighting]:
        return [each for each in await store.attendance.sightings() if not membership.is_gone(each.node)]

    parts: dict[str, Part] = {
        "housekeeping": housekeeping.run,
        "joins": conversations.jobs.keep,
        "formats": _formats(site, conversations, membership).keep,
        "membership": membership.keep,
        "presence": _presence(site, conversations, sockets, membership, sightings).keep,
        "lapses": _lapses(site, conversations, sockets, membership).keep,
        "places": conversations.inbox.places.keep,
        "visitors": partial(sockets.visitors.keep, store.addresses, store.joins, store.schedule),
        "cut off": partial(send_away_when_cut_off, membership, sockets, timing),
    }
    figures = [database_figure(lambda: membership.is_writing), *membership_figures(membership)]
    return Cluster(membership, housekeeping, begin, parts, figures)


def _presence(
    site: Site,
    conversations: Conversations,
    sockets: Sockets,
    membership: Membership | Alone,
    sightings: Callable[[], Awaitable[Sequence[Sighting] | None]],
) -> Presence:
    sockets.staff.beats = lambda: membership.beats
    return Presence(conversations.roster, sightings, sockets.staff.beats, sockets.staff.show, timing=site.config.timing)


def _lapses(site: Site, conversations: Conversations, sockets: Sockets, membership: Membership | Alone) -> Lapses:
    lapses = Lapses(
        engine=conversations.engine,
        feeds=conversations.feeds,
        attendance=site.backends.store.attendance,
        roster=conversations.roster,
        policy=conversations.policies.loaded,
        clock=site.clock,
        is_mine=partial(_is_first, site.node, membership),
        # Polling begins with the second look that finds a heartbeat missing; who may be typing loses nothing before it.
        receives_typing=lambda: not (membership.is_polling or membership.missing_on_hub),
        timing=site.config.timing,
    )

    def changed(found: Mapping[AgentId, PersonVersion]) -> None:
        conversations.choices.forget(found)
        sockets.people_changed(found)
        for person, version in found.items():
            if version.is_disabled:
                lapses.disabled(person)

    conversations.people.sessions = changed
    return lapses


def _is_first(node: NodeId, membership: Membership | Alone) -> bool:
    """Of the nodes that are alive."""
    return node < min(membership.peers(), default="~")


def _wire_housekeeping(site: Site, conversations: Conversations, membership: Membership | Alone) -> Housekeeping:
    runner = conversations.runner
    turns = DueTurns(
        site.node, claimant=runner.claimant, is_running=runner.is_running, is_gone=membership.is_gone,
        knows=membership.format_of,
    )  # fmt: skip
    return Housekeeping(
        node=site.node,
        engine=conversations.engine,
        schedule=site.backends.store.schedule,
        retention=site.backends.store.retention,
        clock=site.clock,
        turns=turns,
        others=membership.peers,
        anchor=site.anchor,
        timing=site.config.timing,
    )


def _formats(site: Site, conversations: Conversations, membership: Membership | Alone) -> Formats:
    conversations.engine.format = lambda: membership.format
    formats = Formats(
        engine=conversations.engine,
        log=site.backends.store.log,
        schedule=site.backends.store.schedule,
        format=lambda: membership.format,
        is_mine=partial(_is_first, site.node, membership),
        timing=site.config.timing,
    )
    conversations.feeds.observers.append(formats)
    return formats


async def _nothing() -> None: ...
