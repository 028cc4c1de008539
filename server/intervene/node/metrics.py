"""The figures of a node that its parts keep, for Prometheus: names, meanings and where each is read.

Prometheus counts in base units: a name ends in `_seconds` or `_bytes` if it has one, and a counter gets `_total`.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from intervene.bots.runner import Runner
from intervene.cluster.membership import Membership
from intervene.edge.http.front import Front
from intervene.engine.engine import Engine
from intervene.feed.reading import Readers

if TYPE_CHECKING:
    from intervene.adapters.redis.hub import RedisHub


class Figure(NamedTuple):
    name: str
    meaning: str
    read: Callable[[], float]
    is_counter: bool = False


def engine_figures(engine: Engine, readers: Readers, runner: Runner, front: Front) -> Sequence[Figure]:
    stats = engine.stats
    return [
        Figure("groups", "Group commits", lambda: stats.groups, True),
        Figure("commits", "Commits of conversations, by group or under the row's lock", lambda: stats.commits, True),
        Figure("conflicts", "Commits that lost to another and were decided again", lambda: stats.conflicts, True),
        Figure("locked", "Batches decided under the row's lock", lambda: stats.locked, True),
        Figure("answered", "Commands answered", lambda: stats.answered, True),
        Figure("reads_running", "Reads of the log for sessions, requests and feeds", lambda: readers.running),
        Figure("reads_waiting", "Reads that wait for one of the database's readers", lambda: readers.waiting),
        Figure("reads_dropped", "Reads that never ran: the session left, or asked anew", lambda: readers.dropped, True),
        Figure("http_connections", "Connections that speak HTTP, sockets not among them", lambda: front.open),
        Figure("turns", "Bot turns running now", lambda: runner.turns),
        Figure("turns_outliving_their_cancel", "Bot turns that were cancelled and go on", lambda: runner.zombies),
    ]


def database_figure(is_up: Callable[[], bool]) -> Figure:
    return Figure("database_up", "1 while the database takes what this node writes", is_up)


def membership_figures(membership: Membership) -> Sequence[Figure]:
    return [
        Figure("nodes_alive", "Nodes that are alive, this one included", lambda: 1 + len(membership.alive())),
        Figure("polling", "1 while the hub is down, or a living node is missing on it", lambda: membership.is_polling),
        Figure("comparisons", "Comparisons of versions with the log", lambda: membership.comparisons, True),
    ]


def hub_figures(hub: "RedisHub") -> Sequence[Figure]:
    stats = hub.stats
    return [
        Figure("hub_up", "1 while what this node publishes arrives", lambda: hub.is_up),
        Figure(
            "hub_echo_seconds",
            "From the node's last heartbeat to its arrival over Redis; -1 before the first",
            lambda: stats.echo_seconds,
        ),
        Figure("hub_waiting", "Messages that have not left yet", lambda: hub.waiting),
        Figure("hub_channels", "Conversations that are listened to", lambda: hub.channels),
        *(
            Figure(f"hub_{name}", meaning, partial(getattr, stats, name), True)
            for name, meaning in (
                ("published", "Commits that Redis took"),
                ("received", "Messages received, the node's own included"),
                ("lost", "Commits that may not have reached other nodes"),
                ("whispers_dropped", "Typing that was dropped"),
                ("forged", "Messages with a bad MAC, dropped"),
                ("unreadable", "Messages of a newer format, dropped"),
                ("gaps", "Subscriptions that began, so that something may have been missed"),
                ("publisher_falls", "Connections for publishing that ended"),
                ("listener_falls", "Connections for listening that ended"),
                ("leases_late", "Leases that Redis did not answer in time"),
                ("leases_skipped", "Leases not asked for while Redis is slow"),
            )
        ),
    ]
