"""Watches that have lost their right end: after the settings of organisations, or their tree, have changed."""

import asyncio
from collections.abc import Collection

from intervene.core.ids import OrganisationId
from intervene.feed.feed import Feed
from intervene.feed.feeds import Feeds
from intervene.guard import guarded

SLICE = 200  # feeds looked through in one tick of the loop


def recheck(feeds: Feeds, organisations: Collection[OrganisationId]) -> None:
    """Look at all staff who watch conversations of these, in slices."""
    _go_on(feeds, [feed for feed in feeds.watched() if feed.key.organisation in organisations])


def _go_on(feeds: Feeds, rest: list[Feed]) -> None:
    for feed in rest[:SLICE]:
        guarded(_check, feeds, feed)
    if len(rest) > SLICE:
        asyncio.get_running_loop().call_soon(_go_on, feeds, rest[SLICE:])


def _check(feeds: Feeds, feed: Feed) -> None:
    """Those who join just now are looked at when they are shown the conversation."""
    state = feed.state
    if state is None:
        return
    for watcher in feed.staff:
        if not watcher.may_see(feed.key, state):
            feeds.leave(feed.key, watcher)
            watcher.lose(feed.key)
