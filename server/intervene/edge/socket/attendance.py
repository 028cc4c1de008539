"""The staff who have a session at this node: when they gave input last, and what they are sent of their colleagues."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Protocol

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
from intervene.guard import guarded
from intervene.ports.nodes import Member


class Session(Hashable, Protocol):
    """A socket."""

    def send(self, data: bytes, frames: int) -> None: ...


class StaffSessions:
    """`beats`: how many heartbeats of this node were written. Sessions of customers are passed over."""

    def __init__(self, roster: Roster, stored: Attendance) -> None:
        self.beats: Callable[[], int] = lambda: 0
        self._roster = roster
        self._stored = stored
        self._whose: dict[Session, Staff] = {}
        self._in: dict[OrganisationId, dict[Session, None]] = {}
        """By the home of their people, in the order in which they came."""
        self._active: dict[Member, tuple[int, int]] = {}
        """Of everybody with a session: the heartbeat at which they gave input last, and how many sessions."""
        self._first: dict[OrganisationId, bytes] = {}
        """What a session begins with, as long as nothing has changed."""

    def arrive(self, session: Session, me: Principal) -> None:
        """One who is here already, in another window or at another node, is as active as before."""
        if not isinstance(me, Staff):
            return
        self._whose[session] = me
        self._in.setdefault(me.organisation, {})[session] = None
        member = _member(me)
        active, count = self._active.get(member) or (self.beats() - (self._roster.idle(member.agent) or 0), 0)
        self._active[member] = active, count + 1
        if self._roster.of(me.organisation):  # empty, there is nothing to forget yet
            session.send(self._first_of(me.organisation), 1)

    def leave(self, session: Session) -> None:
        me = self._whose.pop(session, None)
        if me is None:
            return
        member, sessions = _member(me), self._in[me.organisation]
        active, count = self._active.pop(member)
        if count > 1:
            self._active[member] = active, count - 1
        del sessions[session]
        if not sessions:
            del self._in[me.organisation]
            self._first.pop(me.organisation, None)

    def note_input(self, session: Session) -> None:
        if me := self._whose.get(session):
            member = _member(me)
            self._active[member] = self.beats(), self._active[member][1]

    def active(self) -> Mapping[Member, int]:
        """At which heartbeat each of those who have a session gave input last."""
        return {member: active for member, (active, _) in self._active.items()}

    async def choose(self, me: Principal, choice: Choice, reads: Reads) -> StaffPresence:
        """Keep what a person chose. Colleagues see it with the next heartbeat. Raises `Unavailable`."""
        assert isinstance(me, Staff), "only their union has this frame"
        is_available = choice is Choice.AVAILABLE
        await reads.in_time(self._stored.choose(me.organisation, me.agent.id, is_available))
        return StaffPresence(people=[PersonPresence(person=me.agent, presence=Availability(choice.value))])

    def show(self, organisation: OrganisationId, changed: Sequence[Shown]) -> None:
        """To all its sessions here, one frame for all."""
        self._first.pop(organisation, None)
        sessions = self._in.get(organisation)
        if not sessions:
            return
        is_short = len(changed) <= PRESENCE_PEOPLE
        data = framing.encode(StaffPresence(people=_people(changed))) if is_short else self._first_of(organisation)
        for session in list(sessions):
            guarded(session.send, data, 1)

    def _first_of(self, organisation: OrganisationId) -> bytes:
        """All who are not offline. Where there are too many, those who are away are left out first."""
        if organisation not in self._first:
            people = sorted(self._roster.of(organisation), key=lambda shown: shown.availability is Availability.AWAY)
            listed = people[:PRESENCE_PEOPLE]
            whole = StaffPresence(people=_people(listed), reset=True, more=len(people) - len(listed))
            self._first[organisation] = framing.encode(whole)
        return self._first[organisation]


def _member(me: Staff) -> Member:
    return Member(me.organisation, me.agent.id)


def _people(shown: Iterable[Shown]) -> list[PersonPresence]:
    return [
        PersonPresence(person=Agent(id=each.member.agent, name=each.name), presence=each.availability) for each in shown
    ]
