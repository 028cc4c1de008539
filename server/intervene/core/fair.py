"""Which read runs next when many wait: a fair queue, without I/O.

The node's own reads go first. Then groups take turns, in a group its persons, of a person the sessions, and within a
session the order of asking counts. So one that asks a thousand times delays another by one read, not by a thousand.
"""

from collections import OrderedDict, deque
from collections.abc import Hashable
from typing import Generic, NamedTuple, TypeVar

from intervene.core.access import Person

T = TypeVar("T", bound=Hashable)


class Owner(NamedTuple):
    """For whom something is read. `group` is an address for customers, who can have any number of tokens, and the
    person for staff, whose number is known. `session` is 0 for an HTTP request."""

    group: str | Person
    person: Person
    session: int


_Sessions = OrderedDict[int, dict[T, None]]
_Persons = OrderedDict[Person, _Sessions[T]]


class FairQueue(Generic[T]):
    """At most `places` run at once. One of them is kept free of sessions' reads, one of the node's own: neither ever
    waits for the other to be done altogether. At most `per_person` of one person run at once."""

    def __init__(self, places: int, per_person: int) -> None:
        assert places > 1, "one place for sessions, one for the node"
        self._places = places
        self._per_person = per_person
        self._groups: OrderedDict[str | Person, _Persons[T]] = OrderedDict()
        self._of_node: deque[T] = deque()
        self._running: dict[Person | None, int] = {}
        self.waiting = 0
        self.running = 0

    def add(self, owner: Owner | None, item: T) -> None:
        """`owner` is None for the node itself. `item` is in the queue once at most."""
        self.waiting += 1
        if owner is None:
            self._of_node.append(item)
            return
        persons = self._groups.setdefault(owner.group, OrderedDict())
        persons.setdefault(owner.person, OrderedDict()).setdefault(owner.session, {})[item] = None

    def take(self) -> T | None:
        """The next that may run now, if any; it has its place until `done`."""
        if not self.waiting or self.running >= self._places:
            return None
        running, of_node = self.running, self._running.get(None, 0)
        if self._of_node and of_node < self._places - 1:
            self.waiting -= 1
            self._run(None)
            return self._of_node.popleft()
        if running - of_node >= self._places - 1:
            return None
        # Persons with all their reads running are passed over. They are no more than there are places.
        for group, persons in self._groups.items():
            for person in persons:
                if self._running.get(person, 0) < self._per_person:
                    self._run(person)
                    return self._next(group, person)
        return None

    def done(self, owner: Owner | None) -> None:
        person = owner.person if owner else None
        assert person in self._running, "a place is given back once"
        left = self._running[person] - 1
        self.running -= 1
        if left:
            self._running[person] = left
        else:
            del self._running[person]

    def _run(self, person: Person | None) -> None:
        self._running[person] = self._running.get(person, 0) + 1
        self.running += 1

    def discard(self, owner: Owner, item: T) -> bool:
        """Whether it was still waiting: it never runs then."""
        items = self._of(owner)
        if item not in items:
            return False
        del items[item]
        self.waiting -= 1
        self._tidy(*owner)
        return True

    def forget(self, owner: Owner) -> int:
        """Drop everything of this session that waits. How many were dropped."""
        items = self._of(owner)
        dropped = len(items)
        if dropped:
            items.clear()
            self.waiting -= dropped
            self._tidy(*owner)
        return dropped

    def _of(self, owner: Owner) -> dict[T, None]:
        """What waits of a session."""
        persons = self._groups.get(owner.group)
        sessions = persons.get(owner.person) if persons else None
        return sessions.get(owner.session, {}) if sessions else {}

    def _next(self, group: str | Person, person: Person) -> T:
        """The person's next. Group, person and session go to the end of their rings."""
        persons = self._groups[group]
        sessions = persons[person]
        session, items = next(iter(sessions.items()))
        item = next(iter(items))
        del items[item]
        self.waiting -= 1
        self._groups.move_to_end(group)
        persons.move_to_end(person)
        sessions.move_to_end(session)
        self._tidy(group, person, session)
        return item

    def _tidy(self, group: str | Person, person: Person, session: int) -> None:
        """Nothing stays of owners without anything that waits."""
        persons = self._groups[group]
        sessions = persons[person]
        if not sessions[session]:
            del sessions[session]
        if not sessions:
            del persons[person]
        if not persons:
            del self._groups[group]
