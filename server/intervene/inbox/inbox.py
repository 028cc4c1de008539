"""The parts of the inbox of a node, put together."""

from collections.abc import Callable
from typing import NamedTuple, Self

from intervene.core.timing import PRODUCTION, Timing
from intervene.core.tree import Tree
from intervene.feed.feeds import Feeds
from intervene.inbox.boards import Boards
from intervene.inbox.comparing import Comparing
from intervene.inbox.live import LiveViews
from intervene.inbox.places import Places
from intervene.inbox.sources import Sources
from intervene.policies.cache import PolicyCache
from intervene.ports.clock import Clock
from intervene.ports.hub import Hub


class Inbox(NamedTuple):
    boards: Boards
    comparing: Comparing
    views: LiveViews
    places: Places

    @classmethod
    def of(
        cls,
        *,
        sources: Sources,
        feeds: Feeds,
        hub: Hub,
        has_hub: bool,
        policies: PolicyCache,
        tree: Callable[[], Tree],
        clock: Clock,
        timing: Timing = PRODUCTION,
    ) -> Self:
        """`has_hub`: there may be other nodes."""
        boards = Boards(hub=hub, has_hub=has_hub, clock=clock, reply=feeds.reply, timing=timing)
        feeds.noted = boards.note_read
        comparing = Comparing(sources.inbox, boards, clock, has_hub=has_hub, timing=timing)
        views = LiveViews(
            boards=boards, comparing=comparing, sources=sources, policies=policies, tree=tree, clock=clock,
            timing=timing,
        )  # fmt: skip
        return cls(boards, comparing, views, Places(sources.inbox, feeds, policies.get, clock, timing))

    def stop(self) -> None:
        """Nothing more is awaited of the database."""
        self.comparing.stop()
        self.views.stop()
