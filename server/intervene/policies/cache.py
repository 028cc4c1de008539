"""The policies that this node acts on: each is read when it is first needed, kept, and read again when it has changed.

A change is found in two ways: by a message on the organisation's topic, and by comparing versions with the database
(`comparison.py`). The second is what counts: a node acts on a policy that is at most `timing.policies` old, and longer
only while it has no database, when nothing can be committed either. No fence depends on a policy.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping

import structlog
from msgspec.structs import replace

from intervene.core.actors import Bot
from intervene.core.errors import Unavailable
from intervene.core.ids import BotId, OrganisationId
from intervene.core.limits import POLICIES
from intervene.core.policy import NO_BOT, Policy, Stored, policy_of
from intervene.core.tree import Tree
from intervene.policies.tree import TreeCache
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
        tree: TreeCache,
        hub: Hub,
        default: Bot | None,
        bots: Mapping[BotId, Bot],
    ) -> None:
        self.observers: list[Callable[[Collection[OrganisationId]], None]] = []
        """Called with organisations that have another policy now."""
        self._stored = stored
        self._tree = tree
        tree.observers.append(self._replant)
        self._hub = hub
        self._default = default
        self._bots = bots
        self._known: dict[OrganisationId, Policy] = {}
        self._readings: dict[OrganisationId, _Reading] = {}
        self._tasks = Tasks()

    @property
    def tree(self) -> Tree:
        """How organisations are below each other now."""
        return self._tree()

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

    def change(self, organisation: OrganisationId, version: int) -> None:
        """This node has changed the settings: it goes by them, and publishes that, so that others need not look."""
        self.receive(SettingsChanged(organisation, version))
        self._hub.publish(SettingsChanged(organisation, version))

    def versions(self) -> Mapping[OrganisationId, int]:
        """Of the policies that this node has."""
        return {organisation: policy.version for organisation, policy in self._known.items()}

    def compare(self, known: Mapping[OrganisationId, int], found: Mapping[OrganisationId, int]) -> None:
        """`known` were our versions when the database was asked, and it had `found`, without those at 0. Read again
        what has changed, and publish it: other nodes may be about to look."""
        for organisation, version in known.items():
            now = found.get(organisation, 0)
            if now != version:
                self._refresh(organisation)
                self._hub.publish(SettingsChanged(organisation, now))

    def _replant(self) -> None:
        """The tree has changed."""
        changed = []
        for organisation, policy in self._known.items():
            ancestors = self._tree().ancestors(organisation)
            if ancestors != policy.ancestors:
                self._known[organisation] = replace(policy, ancestors=ancestors)
                changed.append(organisation)
        self._tell(changed)

    def _tell(self, changed: Collection[OrganisationId]) -> None:
        for observer in self.observers:
            if changed:
                observer(changed)

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
                made = policy_of(stored, self._default, self._bots)
                answer = replace(made, ancestors=self._tree().ancestors(organisation))
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
            self._tell([organisation])
        if len(self._known) > POLICIES:
            oldest = next(iter(self._known))
            del self._known[oldest]
            self._hub.unsubscribe(OrganisationTopic(oldest))
