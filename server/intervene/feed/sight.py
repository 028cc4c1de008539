"""Watches that have lost their right end, after the settings of organisations, or their tree, have changed. What
commits change is looked at by the feed itself.
"""

import asyncio
from collections.abc import Collection

from intervene.core.ids import OrganisationId
from intervene.feed.feed import Feed
from intervene.feed.feeds import Feeds
from intervene.guard import guarded

SLICE = 200  # feeds looked through in one tick of the loop


def recheck(feeds: Feeds, organisations: Collection[OrganisationId]) -> None:
    """Look at all staff who watch conversations of these, in slices. Those who join just now are looked at when they
    are shown the conversation."""
    _go_on([feed for feed in feeds.watched() if feed.key.organisation in organisations])


def _go_on(rest: list[Feed]) -> None:
    for feed in rest[:SLICE]:
        guarded(feed.end_unseen)
    if len(rest) > SLICE:
        asyncio.get_running_loop().call_soon(_go_on, rest[SLICE:])
