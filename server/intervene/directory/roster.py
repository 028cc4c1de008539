"""The staff as this node sees them, without I/O: who can be reached, and who is absent for how long.

Fed with what each heartbeat of this node finds. Time is only the count of its own heartbeats that were written, so an
outage of the database, a node that was frozen and a clock that was set make nobody absent.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from intervene.core.ids import AgentId, OrganisationId
from intervene.core.limits import ABSENT_PEOPLE
from intervene.core.presence import AWAY_BEATS, Availability, availability
from intervene.ports.attendance import Sighting
from intervene.ports.nodes import Member


class Shown(NamedTuple):
    """How colleagues see a person. `member.organisation` is their home."""

    member: Member
    name: str
    availability: Availability


class _Person:
    """Times are heartbeats of this node, by its count."""

    __slots__ = ("active", "member", "seen", "shown", "sighting")

    def __init__(self, sighting: Sighting, beat: int) -> None:
        self.member = sighting.member
        self.sighting = sighting
        self.seen = beat
        self.active = beat - sighting.idle
        self.shown = Shown(sighting.member, "", Availability.OFFLINE)

    def at(self, beat: int) -> Shown:
        chosen = self.sighting.chosen
        now = availability(is_available=chosen.is_available, idle=beat - self.active, unseen=beat - self.seen)
        return Shown(self.member, chosen.name, now)


class Roster:
    """`read` comes first with each heartbeat; then what others ask is as of that."""

    def __init__(self) -> None:
        self.beat = 0
        """As of which all else is."""
        self._people: dict[AgentId, _Person] = {}
        """Without those who are offline."""
        self._absent: dict[AgentId, int] = {}
        """Since which heartbeat; the longest first."""

    def read(self, sightings: Iterable[Sighting], beat: int) -> Sequence[Shown]:
        """Take what the `beat`th heartbeat found at living nodes. Answers whom colleagues see otherwise now."""
        self.beat = beat
        for sighting in sightings:
            self._note(sighting)
        changed = []
        for id, person in list(self._people.items()):
            shown = person.at(beat)
            if shown != person.shown:
                person.shown = shown
                changed.append(shown)
            if self._is_present(id):
                self._absent.pop(id, None)
            else:
                self.absent_beats(id)
            if shown.availability is Availability.OFFLINE:
                del self._people[id]
        return changed

    def _note(self, sighting: Sighting) -> None:
        person = self._people.get(sighting.member.agent)
        if person is None:
            self._people[sighting.member.agent] = _Person(sighting, self.beat)
        else:
            person.sighting, person.seen = sighting, self.beat
            person.active = max(person.active, self.beat - sighting.idle)  # of several nodes the latest input counts

    def _is_present(self, id: AgentId) -> bool:
        person = self._people.get(id)
        return person is not None and person.seen == self.beat and self.beat - person.active < AWAY_BEATS

    def absent_beats(self, person: AgentId) -> int:
        """For how many heartbeats of this node the person had no session, or had given no input for `AWAY_SECONDS`. One
        whom it never saw is absent from now on. Beyond `ABSENT_PEOPLE` the longest absence is counted anew."""
        if self._is_present(person):
            return 0
        since = self._absent.setdefault(person, self.beat)
        if len(self._absent) > ABSENT_PEOPLE:
            del self._absent[next(iter(self._absent))]
        return self.beat - since

    def idle(self, person: AgentId) -> int | None:
        """Heartbeats since the person's last input; None if they are offline."""
        known = self._people.get(person)
        return self.beat - known.active if known else None

    def of(self, organisation: OrganisationId) -> Sequence[Shown]:
        """Its people, without those who are offline."""
        return [person.shown for person in self._people.values() if person.member.organisation == organisation]
