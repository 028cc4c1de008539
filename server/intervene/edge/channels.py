"""Channels as pages meet them: whose each one is, from where it may be used, and what anybody may know of it."""

import re
from typing import NamedTuple

from intervene.core.access import Person
from intervene.core.errors import NotFound
from intervene.core.fair import Owner
from intervene.core.ids import WEBCHAT, OrganisationId, QueueId
from intervene.core.limits import ID_CHARS
from intervene.core.origins import Allowed
from intervene.core.policy import Channel, Policy
from intervene.edge.services import Services

KEPT = 10_000  # channels of which a node remembers whose they are; beyond it the oldest is asked for again
_id = re.compile(rf"[!-~]{{1,{ID_CHARS}}}")


class Found(NamedTuple):
    organisation: OrganisationId
    policy: Policy
    channel: Channel

    def open_now(self, at: int) -> bool:
        """Whether somebody is there at `at`, in milliseconds since 1970, as the hours of channel and queue say."""
        queue = QueueId(self.policy.queue_of(self.channel.id))
        return self.policy.open_now(queue, at, self.channel.id)


class Channels:
    """`home`: the server's own organisation, which has the first channel. Whose a channel is never changes."""

    def __init__(self, services: Services, home: OrganisationId) -> None:
        self._services = services
        self._known: dict[str, OrganisationId] = {}
        self._home = home

    async def find(self, id: str, network: str) -> Found:
        """A channel that is in use. Raises `NotFound`, `TooMany` for a network that asks too much, `Unavailable`."""
        organisation = self._home if id == WEBCHAT else await self._organisation(id, network)
        policy = await self._services.policies.loaded(organisation)
        channel = policy.channels.get(id)
        if channel is None or channel.is_archived:
            raise NotFound("There is no such channel. The one that every server has is `webchat`.")
        return Found(organisation, policy, channel)

    async def _organisation(self, id: str, network: str) -> OrganisationId:
        if id in self._known:
            return self._known[id]
        organisation = None
        if _id.fullmatch(id):
            owner = Owner(network, Person(OrganisationId(""), False, network), 0)
            asked = self._services.organisation_of_channel
            organisation = await self._services.readers.answer(owner, lambda reads: reads.in_time(asked(id)))
        if organisation is None:
            raise NotFound("There is no such channel. The one that every server has is `webchat`.")
        self._known[id] = organisation
        if len(self._known) > KEPT:
            del self._known[next(iter(self._known))]
        return organisation

    async def takes(self, id: str, origin: str, network: str) -> bool:
        """Whether a page of that origin may use the channel by the channel's own settings. Raises as `find`, but for
        channels that there are not: there is nothing to use."""
        try:
            return is_page_of((await self.find(id, network)).policy, id, origin)
        except NotFound:
            return False


def is_page_of(policy: Policy, channel: str, origin: str) -> bool:
    """Whether `origin`, as a browser sends it, is one that the channel's settings name."""
    found = policy.channels.get(channel)
    return found is not None and origin in Allowed(found.origins)
