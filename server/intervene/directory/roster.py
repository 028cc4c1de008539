"""The staff as this node sees them, without I/O: who can be reached, and who is absent for how long.

Fed with what each heartbeat of this node finds. Time is only the count of its own heartbeats that were written, so an
outage of the database, a node that was frozen and a clock that was set make nobody absent.
"""

import sys
from collections.abc import Iterable, Sequence

from msgspec import Struct

from intervene.core.ids import AgentId, OrganisationId
from intervene.core.limits import ABSENT_PEOPLE
from intervene.core.presence import AWAY_BEATS, OFFLINE_BEATS, Availability, availability
from intervene.ports.attendance import Chosen, Sighting
from intervene.ports.nodes import Member

NEVER = sys.maxsize


class Shown(Struct, frozen=True, gc=False):
    """How colleagues see a person. `member.organisation` is their home."""

    member: Member
    name: str
    availability: Availability


class _Person(Struct, gc=False, eq=False):
    """Times are heartbeats of this node, by its count. `left`: the last at which they had a session; None while they
    have one."""

    shown: Shown
    chosen: Chosen
    active: int
    left: int | None = None

    @property
    def member(self) -> Member:
        return self.shown.member

    def take(self, sighting: Sighting, beat: int) -> None:
        self.chosen, self.left = sighting.chosen, None
        self.active = max(self.active, beat - sighting.idle)  # of several nodes the latest input counts

    def is_as(self, sighting: Sighting, beat: int) -> bool:
        """Whether it says nothing new."""
        return self.left is None and beat - sighting.idle <= self.active and sighting.chosen == self.chosen

    def is_present(self, beat: int) -> bool:
        return (self.left is None or self.left == beat) and beat - self.active < AWAY_BEATS

    def look(self, beat: int) -> bool:
        """Whether colleagues see them otherwise now."""
        unseen = 0 if self.left is None else beat - self.left
        now = availability(is_available=self.chosen.is_available, idle=beat - self.active, unseen=unseen)
        if now is self.shown.availability and self.chosen.name == self.shown.name:
            return False
        self.shown = Shown(self.member, self.chosen.name, now)
        return True

    def next_look(self, beat: int) -> int:
        """The heartbeat after `beat` from which they are absent, or seen otherwise, if nothing happens."""
        away = self.active + AWAY_BEATS
        at = away if away > beat else NEVER
        if self.left is None:
            return at
        return min(at, self.left + (1 if self.left == beat else OFFLINE_BEATS))


class Roster:
    """`read` comes first with each heartbeat; then what others ask is as of that."""

    def __init__(self) -> None:
        self.beat = 0
        """As of which all else is."""
        self.absences = 0
        """How many have begun."""
        self._people: dict[AgentId, _Person] = {}
        """Without those who are offline."""
        self._absent: dict[AgentId, int] = {}
        """Since which heartbeat; the longest first."""
        self._next_look = NEVER
        """The heartbeat from which somebody is absent, or seen otherwise, if nothing happens."""

    def read(self, sightings: Iterable[Sighting] | None, beat: int) -> Sequence[Shown]:
        """Take what the `beat`th heartbeat found at living nodes; None: what the one before found, and no input since.
        Answers whom colleagues see otherwise now."""
        before, self.beat = self.beat, beat
        touched = self._note(sightings, before) if sightings is not None else []
        if beat >= self._next_look:
            self._next_look = NEVER
            touched = list(self._people.values())
        return self._look(touched)

    def _note(self, sightings: Iterable[Sighting], before: int) -> list[_Person]:
        """Answers of whom they say anything new."""
        touched, seen, beat, people = [], set(), self.beat, self._people
        for sighting in sightings:
            id = sighting.member.agent
            seen.add(id)
            person = people.get(id)
            if person is None:
                unseen = Shown(sighting.member, "", Availability.OFFLINE)
                person = people[id] = _Person(unseen, sighting.chosen, beat - sighting.idle)
            elif person.is_as(sighting, beat):
                continue
            else:
                person.take(sighting, beat)
            touched.append(person)
        for id in people.keys() - seen:
            person = people[id]
            if person.left is None:
                person.left = before
                touched.append(person)
        return touched

    def _look(self, people: Iterable[_Person]) -> Sequence[Shown]:
        changed, beat = [], self.beat
        for person in people:
            id = person.member.agent
            if person.look(beat):
                changed.append(person.shown)
            if not person.is_present(beat):
                self.absent_beats(id)
            elif id in self._absent:
                del self._absent[id]
            if person.shown.availability is Availability.OFFLINE:
                del self._people[id]
            else:
                self._next_look = min(self._next_look, person.next_look(beat))
        return changed

    def is_present(self, person: AgentId) -> bool:
        """Whether they have a session, and gave input lately."""
        known = self._people.get(person)
        return known is not None and known.is_present(self.beat)

    def absent_beats(self, person: AgentId) -> int:
        """For how many heartbeats of this node the person had no session, or had given no input for `AWAY_SECONDS`. One
        whom it never saw is absent from now on. Beyond `ABSENT_PEOPLE` the longest absence is counted anew."""
        if self.is_present(person):
            return 0
        if person not in self._absent:
            self._absent[person] = self.beat
            self.absences += 1
        if len(self._absent) > ABSENT_PEOPLE:
            del self._absent[next(iter(self._absent))]
        return self.beat - self._absent.get(person, self.beat)

    def idle(self, person: AgentId) -> int | None:
        """Heartbeats since the person's last input; None if they are offline."""
        known = self._people.get(person)
        return self.beat - known.active if known else None

    def of(self, organisation: OrganisationId) -> Sequence[Shown]:
        """Its people, without those who are offline."""
        return [person.shown for person in self._people.values() if person.member.organisation == organisation]
