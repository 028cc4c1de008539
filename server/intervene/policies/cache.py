"""The policies that this node acts on: each is read when it is first needed, kept, and read again when it has changed.

A change is found in two ways: by a message on the organisation's topic, and by comparing versions with the database, in
one query for all. The second is what counts: a node acts on a policy that is at most `timing.policies` old, and longer
only while it has no database, when nothing can be committed either. No fence depends on a policy.
"""

import asyncio
from collections.abc import Callable, Mapping

import structlog

from intervene.core.actors import Bot
from intervene.core.errors import Unavailable
from intervene.core.ids import BotId, OrganisationId
from intervene.core.limits import POLICIES
from intervene.core.policy import NO_BOT, Policy, Stored, policy_of
from intervene.core.timing import PRODUCTION, Timing
from intervene.ports.hub import Hub
from intervene.ports.messages import SettingsChanged
from intervene.ports.policies import Policies
from intervene.ports.topics import OrganisationTopic
from intervene.tasks import Tasks

log_ = structlog.get_logger(__name__)

Then = Callable[[Policy | Unavailable], None]


class _Reading:
    """A read that is under way: who waits for it, and whether what it reads may be old already."""

    __slots__ = ("is_outdated", "waiting")

    def __init__(self) -> None:
        self.waiting: list[Then] = []
        self.is_outdated = False


class PolicyCache:
    """`default` and `bots` as in `policy.policy_of`: what this node's own settings and release say."""

    def __init__(
        self,
        *,
        stored: Policies,
        hub: Hub,
        default: Bot | None,
        bots: Mapping[BotId, Bot],
        timing: Timing = PRODUCTION,
    ) -> None:
        self._stored = stored
        self._hub = hub
        self._default = default
        self._bots = bots
        self._timing = timing
        self._known: dict[OrganisationId, Policy] = {}
        self._readings: dict[OrganisationId, _Reading] = {}
        self._tasks = Tasks()

    def get(self, organisation: OrganisationId) -> Policy | None:
        """None while this node has not read it: then `load` it."""
        return self._known.get(organisation)

    def load(self, organisation: OrganisationId, then: Then) -> None:
        """`then` is called once, later, with the policy, or with what the database said instead of it. However many
        ask, it is read once."""
        self._read(organisation).waiting.append(then)

    async def loaded(self, organisation: OrganisationId) -> Policy:
        """`get`, or `load`. Raises `Unavailable`."""
        if known := self.get(organisation):
            return known
        future: asyncio.Future[Policy] = asyncio.get_running_loop().create_future()

        def settle(answer: Policy | Unavailable) -> None:
            if future.done():
                return
            if isinstance(answer, Policy):
                future.set_result(answer)
            else:
                future.set_exception(answer)

        self.load(organisation, settle)
        return await future

    # -- what changes --------------------------------------------------------------------------------------------------

    def receive(self, message: SettingsChanged) -> None:
        """Another node has found a change."""
        known = self._known.get(message.organisation)
        if known is not None and known.version != message.version:
            self._refresh(message.organisation)

    async def keep(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(self._timing.policies)
            try:
                await self.compare()
            except Unavailable:
                pass  # others log that; the next comparison finds what has changed meanwhile

    async def compare(self) -> None:
        """Read again what has changed in the database, and publish it: other nodes may be about to look. Raises
        `Unavailable`."""
        known = {organisation: policy.version for organisation, policy in self._known.items()}
        if not known:
            return
        versions = await self._stored.versions(known)
        for organisation, version in known.items():
            now = versions.get(organisation, 0)
            if now != version:
                self._refresh(organisation)
                self._hub.publish(SettingsChanged(organisation, now))

    def stop(self) -> None:
        """Nothing more is awaited of the database."""
        self._tasks.cancel()

    # -- reading -------------------------------------------------------------------------------------------------------

    def _refresh(self, organisation: OrganisationId) -> None:
        """A read that is under way may have begun before the change."""
        if reading := self._readings.get(organisation):
            reading.is_outdated = True
        else:
            self._read(organisation)

    def _read(self, organisation: OrganisationId) -> _Reading:
        reading = self._readings.get(organisation)
        if reading is None:
            reading = self._readings[organisation] = _Reading()
            self._hub.subscribe(OrganisationTopic(organisation))
            self._tasks.spawn(self._carry_out(organisation, reading))
        return reading

    async def _carry_out(self, organisation: OrganisationId, reading: _Reading) -> None:
        answer: Policy | Unavailable
        stored = Stored()
        try:
            while True:
                reading.is_outdated = False
                stored = await self._stored.read(organisation)
                answer = policy_of(stored, self._default, self._bots)
                if not reading.is_outdated:
                    break
        except Unavailable as problem:
            answer = problem
        except Exception as problem:
            log_.exception("the settings of an organisation cannot be read", organisation=organisation)
            answer = Unavailable("The settings of the organisation cannot be read.")
            answer.__cause__ = problem
        del self._readings[organisation]
        if isinstance(answer, Policy):
            bot = stored.settings.bot
            if answer.bot is None and bot not in ("", NO_BOT):
                log_.error("no such bot on this node: customers wait for a person", bot=bot, organisation=organisation)
            self._keep(organisation, answer)
        for then in reading.waiting:
            then(answer)

    def _keep(self, organisation: OrganisationId, policy: Policy) -> None:
        former = self._known.pop(organisation, None)
        self._known[organisation] = policy
        if former is not None and former.version != policy.version:
            log_.info("settings changed", organisation=organisation, version=policy.version)
        if len(self._known) > POLICIES:
            oldest = next(iter(self._known))
            del self._known[oldest]
            self._hub.unsubscribe(OrganisationTopic(oldest))
