"""The people whom this node lets in: who a token's owner is, as their row says now.

A row is read for a hello or a request, and stands for as long as two seconds, or until a change of it is published. Who
has a session is compared with the database as often: `sessions` is called with what it has.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from intervene.core.access import Staff
from intervene.core.bucket import Bucket
from intervene.core.errors import Busy
from intervene.core.ids import AgentId, OrganisationId
from intervene.core.limits import NEWCOMERS_BURST, NEWCOMERS_PER_SECOND, PEOPLE_KNOWN
from intervene.core.people import AuditEntry, StaffMember
from intervene.core.timing import PRODUCTION, Timing
from intervene.ports.clock import Clock
from intervene.ports.hub import Hub
from intervene.ports.messages import PersonChanged
from intervene.ports.people import Changes, Newcomer, People
from intervene.ports.versions import PersonVersion


class _Name(NamedTuple):
    """What a token names a person by: their own id, or another subject."""

    organisation: OrganisationId
    name: str
    is_id: bool


Sessions = Callable[[Mapping[AgentId, PersonVersion]], None]


class KnownPeople:
    """`sessions` ends those of people whose version is another one. `present`: who has a session here."""

    def __init__(
        self,
        stored: People,
        hub: Hub,
        clock: Clock,
        make_id: Callable[[], str],
        timing: Timing = PRODUCTION,
    ) -> None:
        self.sessions: Sessions = lambda found: None
        self.present: Callable[[], Collection[AgentId]] = tuple
        self._stored = stored
        self._hub = hub
        self._clock = clock
        self._make_id = make_id
        self._timing = timing
        self._known: OrderedDict[_Name, tuple[StaffMember, float]] = OrderedDict()
        """With when it was read: monotonic."""
        self._changes = 0
        """What was read before the last change is not remembered."""
        self._newcomers = Bucket(NEWCOMERS_BURST, NEWCOMERS_PER_SECOND)

    def known(self, claimed: Staff, version: int) -> StaffMember | None:
        """As `find`, if this node has read it just now."""
        found = self._known.get(_name(claimed, version))
        return found[0] if found and not self._is_old(found[1]) else None

    async def find(self, claimed: Staff, version: int, *, is_of_host: bool = False) -> StaffMember | None:
        """The person whom a token names: by their own id, if it has their version, and otherwise by a subject. Who
        comes with a subject for the first time gets a row, as `arrive` says. None if there is no such person. Raises
        `Unavailable`, `TooMany` and `Busy`."""
        found = await self.read(claimed, version)
        return found if found or version else await self.arrive(claimed, is_of_host=is_of_host)

    async def read(self, claimed: Staff, version: int) -> StaffMember | None:
        """The same, if they have a row. One query. Raises `Unavailable`."""
        stored, id = self._stored, claimed.agent.id
        ask = stored.of if version else stored.named
        return await self._remembered(claimed, version, ask(claimed.organisation, id))

    async def arrive(self, claimed: Staff, *, is_of_host: bool = False) -> StaffMember | None:
        """Who comes with a subject for the first time gets a row, with the token's name and role. `is_of_host`: the
        token is a host application's; then new people have a rate. Raises `Unavailable`, `TooMany` and `Busy`."""
        if is_of_host and (wait := self._newcomers.take(self._clock.monotonic())):
            raise Busy("Too many new people at once. Try again.", retry_after=wait)
        newcomer = Newcomer(
            organisation=claimed.organisation,
            subject=claimed.agent.id,
            name=claimed.agent.name,
            role=claimed.role,
            spare_id=AgentId(f"p-{self._make_id()}"),
        )
        return await self._remembered(claimed, 0, self._stored.arrive(newcomer))

    async def _remembered(
        self, claimed: Staff, version: int, answer: Awaitable[StaffMember | None]
    ) -> StaffMember | None:
        changes, begun = self._changes, self._clock.monotonic()
        found = await answer
        if found is not None and changes == self._changes:
            self._remember(_name(claimed, version), found, begun)
        return found

    def _remember(self, name: _Name, member: StaffMember, begun: float) -> None:
        """Those that are too old go: after all staff have come at once they would be most of what a session keeps."""
        known = self._known
        known.pop(name, None)  # it is the newest now
        known[name] = member, begun
        while known and (len(known) > PEOPLE_KNOWN or self._is_old(next(iter(known.values()))[1])):
            known.popitem(last=False)

    def _is_old(self, begun: float) -> bool:
        return begun + self._timing.policies < self._clock.monotonic()

    async def called(self, ids: Sequence[AgentId]) -> tuple[Staff, ...]:
        """Of the people with these ids, wherever they are at home, those who are not disabled. One query. Raises
        `Unavailable`."""
        found = await self._stored.with_ids(ids)
        return tuple(
            Staff(organisation=member.organisation, agent=member.agent, role=member.role)
            for member in found
            if not member.disabled
        )

    # -- what changes --------------------------------------------------------------------------------------------------

    async def change(
        self, organisation: OrganisationId, id: AgentId, changes: Changes, entry: AuditEntry
    ) -> StaffMember | None:
        """As `ports.People.change`; it acts on sessions of all nodes."""
        changed = await self._stored.change(organisation, id, changes, entry)
        if changed is not None:
            self.changed(changed)
        return changed

    def changed(self, member: StaffMember) -> None:
        """A change was made, as it is now: publish it."""
        self._hub.publish(PersonChanged(member.id, member.version, member.disabled > 0))
        self._take({member.id: PersonVersion(member.version, member.disabled > 0)})

    def receive(self, message: PersonChanged) -> None:
        """Another node has made, or found, a change."""
        self._take({message.person: PersonVersion(message.version, message.is_disabled)})

    def ids(self) -> Collection[AgentId]:
        """As `policies.comparison.KnownPeople`."""
        return self.present()

    def compare(self, found: Mapping[AgentId, PersonVersion]) -> None:
        """The same."""
        if found:
            self.sessions(found)

    def _take(self, found: Mapping[AgentId, PersonVersion]) -> None:
        self._changes += 1
        self._known.clear()  # changes are rare, and rows are read again in a moment
        self.sessions(found)


def _name(claimed: Staff, version: int) -> _Name:
    return _Name(claimed.organisation, claimed.agent.id, version > 0)
