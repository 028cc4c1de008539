"""The staff who have a session at this node: when they gave input last, and what they are sent of their colleagues."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from intervene.core.access import Principal, Staff
from intervene.core.actors import Agent
from intervene.core.ids import OrganisationId
from intervene.core.limits import PRESENCE_PEOPLE
from intervene.core.presence import Availability, Choice
from intervene.core.wire import framing
from intervene.core.wire.presence import PersonPresence, StaffPresence
from intervene.directory.roster import Roster, Shown
from intervene.edge.services import Attendance
from intervene.feed.reading import Reads
from intervene.ports.nodes import Member


class Session(Hashable, Protocol):
    """A socket."""

    def send(self, data: bytes, frames: int) -> None: ...


ToEach = Callable[[Sequence[Session], bytes, int], None]
"""`Session.send`, to each of them."""


class _Here(Struct, gc=False, eq=False):
    """A person with sessions here. `active`: the heartbeat at which they gave input last."""

    member: Member
    active: int
    sessions: int = 0


class StaffSessions:
    """`beats`: how many heartbeats of this node were written. Sessions of customers are passed over."""

    def __init__(self, roster: Roster, stored: Attendance, send_each: ToEach) -> None:
        self.changes = 0
        """How often somebody came, left or gave input."""
        self.beats: Callable[[], int] = lambda: 0
        self._roster = roster
        self._stored = stored
        self._send_each = send_each
        self._in: dict[OrganisationId, dict[Session, _Here]] = {}
        """By the home of their people, in the order in which they came."""
        self._here: dict[Member, _Here] = {}
        self._first: dict[OrganisationId, bytes] = {}
        """What a session begins with, as long as nothing has changed."""
        self._begun: dict[OrganisationId, Sequence[Shown]] = {}
        """Whom all sessions were shown when they began, or began anew, if they were shown nothing since."""
        self._owed: set[OrganisationId] = set()
        """Where that was not repeated, and may count too few or too many."""

    def arrive(self, session: Session, me: Principal) -> None:
        """One who is here already, in another window or at another node, is as active as before."""
        if not isinstance(me, Staff):
            return
        member = Member(me.organisation, me.agent.id)
        here = self._here.get(member)
        if here is None:
            here = self._here[member] = _Here(member, self.beats() - (self._roster.idle(member.agent) or 0))
            self.changes += 1
        here.sessions += 1
        self._in.setdefault(me.organisation, {})[session] = here
        if first := self._first_of(me.organisation):
            session.send(first, 1)

    def leave(self, session: Session, me: Principal | None) -> None:
        """Also of one that never arrived."""
        here = self._of(session, me)
        if here is None:
            return
        here.sessions -= 1
        if not here.sessions:
            del self._here[here.member]
            self.changes += 1
        organisation = here.member.organisation
        del self._in[organisation][session]
        if not self._in[organisation]:
            del self._in[organisation]
            for kept in (self._first, self._begun):
                kept.pop(organisation, None)
            self._owed.discard(organisation)

    def note_input(self, session: Session, me: Principal | None) -> None:
        if here := self._of(session, me):
            here.active = self.beats()
            self.changes += 1

    def _of(self, session: Session, me: Principal | None) -> _Here | None:
        sessions = self._in.get(me.organisation) if isinstance(me, Staff) else None
        return sessions.get(session) if sessions else None

    def active(self) -> Mapping[Member, int]:
        """At which heartbeat each of those who have a session gave input last."""
        return {member: here.active for member, here in self._here.items()}

    async def choose(self, me: Principal, choice: Choice, reads: Reads) -> StaffPresence:
        """Keep what a person chose. Colleagues see it with the next heartbeat. Raises `Unavailable`."""
        assert isinstance(me, Staff), "only their union has this frame"
        is_available = choice is Choice.AVAILABLE
        await reads.in_time(self._stored.choose(me.organisation, me.agent.id, is_available))
        return StaffPresence(people=[PersonPresence(person=me.agent, presence=Availability(choice.value))])

    def show(self, organisation: OrganisationId, changed: Sequence[Shown]) -> None:
        """To all its sessions here, one frame for all. Where more have changed than it has room for, the sessions begin
        anew, unless that would name whom they have: while thousands come, the first of them stay the same. How many
        there are beside those is then put right with the next change."""
        self._first.pop(organisation, None)
        sessions = self._in.get(organisation)
        if not sessions:
            return
        is_short = len(changed) <= PRESENCE_PEOPLE
        if is_short and organisation not in self._owed:
            self._begun.pop(organisation, None)
            data = framing.encode(StaffPresence(people=_people(changed)))
        else:
            listed, _ = self._listed(organisation)
            if not is_short and listed == self._begun.get(organisation):
                self._owed.add(organisation)
                return
            self._owed.discard(organisation)
            self._begun[organisation] = listed
            data = self._first_of(organisation)
        self._send_each(tuple(sessions), data, 1)

    def _first_of(self, organisation: OrganisationId) -> bytes:
        """All who are not offline; nothing if nobody is, as there is nothing to forget yet."""
        first = self._first.get(organisation)
        if first is None:
            listed, more = self._listed(organisation)
            whole = StaffPresence(people=_people(listed), reset=True, more=more)
            first = self._first[organisation] = framing.encode(whole) if listed else b""
        return first

    def _listed(self, organisation: OrganisationId) -> tuple[Sequence[Shown], int]:
        """Those, and how many are left out where there are too many: first those who are away."""
        people = sorted(self._roster.of(organisation), key=lambda shown: shown.availability is Availability.AWAY)
        return people[:PRESENCE_PEOPLE], len(people[PRESENCE_PEOPLE:])


def _people(shown: Iterable[Shown]) -> list[PersonPresence]:
    return [
        PersonPresence(person=Agent(id=each.member.agent, name=each.name), presence=each.availability) for each in shown
    ]
