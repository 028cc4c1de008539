"""Who reads next: nobody waits for ever, nobody waits for all that another asks, no bound is passed."""

from collections import Counter
from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule

from intervene.core.access import Person
from intervene.core.fair import FairQueue, Owner
from intervene.core.ids import OrganisationId
from tests.kit.examples import examples
from tests.unit.core.cast import ACME

PLACES, PER_PERSON = 4, 2


def customer(name: str, address: str = "", session: int = 1) -> Owner:
    return Owner(address or f"of {name}", Person(ACME, False, name), session)


def agent(name: str, session: int = 1) -> Owner:
    person = Person(ACME, True, name)
    return Owner(person, person, session)


class Queue(FairQueue[str]):
    """Items are named by their owner, so that the order can be read."""

    def __init__(self) -> None:
        super().__init__(PLACES, PER_PERSON)
        self._owners: dict[str, Owner | None] = {}
        self._count: Iterator[int] = count()

    def asks(self, owner: Owner | None, times: int = 1) -> list[str]:
        items = [f"{owner.person.id if owner else 'node'}-{next(self._count)}" for _ in range(times)]
        for item in items:
            self._owners[item] = owner
            self.add(owner, item)
        return items

    def all_that_run(self) -> list[str]:
        found = []
        while (item := self.take()) is not None:
            found.append(item)
        return found

    def ends(self, *items: str) -> None:
        for item in items:
            self.done(self._owners[item])

    def order(self) -> list[str]:
        """Who is served, one at a time, until nobody waits."""
        served = []
        while (item := self.take()) is not None:
            served.append(item.partition("-")[0])
            self.ends(item)
        return served


@pytest.fixture
def queue() -> Queue:
    return Queue()


def test_one_who_asks_a_thousand_times_delays_another_by_one_read(queue: Queue) -> None:
    """[P7]"""
    queue.asks(customer("mallory"), 1000)
    queue.asks(customer("maria"))
    assert queue.order()[:2] == ["mallory", "maria"]


def test_a_person_gains_nothing_by_many_sessions(queue: Queue) -> None:
    """[P7]"""
    for session in range(10):
        queue.asks(customer("mallory", session=session), 20)
    queue.asks(customer("maria"), 3)
    assert queue.order()[:6] == ["mallory", "maria"] * 3


def test_an_address_gains_nothing_by_many_tokens(queue: Queue) -> None:
    """[P7]"""
    for number in range(1000):
        queue.asks(customer(f"token {number}", "203.0.113.9"), 3)
    queue.asks(customer("maria"), 3)
    assert queue.order()[1:6:2] == ["maria"] * 3


def test_agents_behind_one_address_are_served_as_persons(queue: Queue) -> None:
    """[P7] Their number is known, and an office has one address."""
    for number in range(1000):
        queue.asks(customer(f"token {number}", "203.0.113.9"))
    for name in ("ana", "ben"):
        queue.asks(agent(name), 2)
    assert queue.order()[:6] == ["token 0", "ana", "ben", "token 1", "ana", "ben"]


def test_persons_of_one_address_take_turns(queue: Queue) -> None:
    queue.asks(customer("mallory", "203.0.113.9"), 100)
    queue.asks(customer("maria", "203.0.113.9"), 2)
    assert queue.order()[:4] == ["mallory", "maria"] * 2


def test_a_session_s_reads_run_in_the_order_of_asking_and_its_person_s_sessions_take_turns(queue: Queue) -> None:
    first, second = (queue.asks(agent("ana", session), 3) for session in (1, 2))
    served = []
    while (item := queue.take()) is not None:
        served.append(item)
        queue.ends(item)
    assert served == [item for pair in zip(first, second, strict=True) for item in pair]


def test_few_run_at_once_for_one_person_over_all_their_sessions(queue: Queue) -> None:
    """[P7]"""
    for session in range(5):
        queue.asks(agent("ana", session), 5)
    running = queue.all_that_run()
    assert len(running) == PER_PERSON
    queue.asks(customer("maria"))
    assert queue.all_that_run()[0].startswith("maria")
    queue.ends(running[0])
    assert len(queue.all_that_run()) == 1


def test_the_node_s_own_reads_go_first_and_leave_a_place_to_sessions(queue: Queue) -> None:
    """[P5] [P7] What a feed misses is not read behind what strangers ask for, and a storm of it stops nobody."""
    for name in ("ana", "ben", "carla", "dora"):
        queue.asks(agent(name), 2)
    assert len(queue.all_that_run()) == PLACES - 1, "one place is for the node"
    queue.asks(None, 10)
    assert [item.partition("-")[0] for item in queue.all_that_run()] == ["node"]

    busy = Queue()
    busy.asks(None, 10)
    assert len(busy.all_that_run()) == PLACES - 1, "one place is for sessions"
    busy.asks(customer("maria"), 3)
    (running,) = busy.all_that_run()
    busy.ends(running)
    assert [item.partition("-")[0] for item in busy.all_that_run()] == ["maria"]


def test_what_is_cancelled_never_runs(queue: Queue) -> None:
    first, second, third = queue.asks(customer("maria"), 3)
    assert queue.discard(customer("maria"), second)
    assert not queue.discard(customer("maria"), second)
    assert queue.all_that_run() == [first, third]
    assert not queue.discard(customer("maria"), first), "it runs already"


def test_a_session_that_ends_leaves_nothing_behind(queue: Queue) -> None:
    """[P7]"""
    queue.asks(customer("mallory", session=1), 20)
    (other,) = queue.asks(customer("mallory", session=2))
    assert queue.forget(customer("mallory", session=1)) == 20
    assert queue.forget(customer("mallory", session=1)) == 0
    assert queue.waiting == 1
    assert queue.all_that_run() == [other]
    assert queue.waiting == 0
    assert not queue._groups


owners = st.builds(
    lambda is_agent, name, address, session: (
        agent(name, session) if is_agent else customer(name, address, session)
    ),
    st.booleans(),
    st.sampled_from(["ana", "ben", "carla"]),
    st.sampled_from(["a1", "a2", "a3"]),
    st.integers(1, 3),
)  # fmt: skip


class Reads(RuleBasedStateMachine):
    """[P7] In whatever order reads are asked for, cancelled, run and end."""

    items = Bundle("items")

    def __init__(self) -> None:
        super().__init__()
        self.queue = Queue()
        self.waiting: dict[str, Owner | None] = {}
        self.running: dict[str, Owner | None] = {}
        self.passed: Counter[str] = Counter()
        """How many reads of sessions have begun since, for each that waits."""

    @rule(target=items, owner=st.none() | owners)
    def asks(self, owner: Owner | None) -> str:
        (item,) = self.queue.asks(owner)
        self.waiting[item] = owner
        return item

    @rule(item=items)
    def cancels(self, item: str) -> None:
        owner = self.queue._owners[item]
        if owner is not None:
            assert self.queue.discard(owner, item) == (item in self.waiting)
            self.waiting.pop(item, None)

    @rule(owner=owners)
    def leaves(self, owner: Owner) -> None:
        mine = [item for item, other in self.waiting.items() if other == owner]
        assert self.queue.forget(owner) == len(mine)
        for item in mine:
            del self.waiting[item]

    @rule()
    def runs(self) -> None:
        item = self.queue.take()
        if item is None:
            assert not any(self._may_run(owner) for owner in self.waiting.values()), "no place is left empty"
            return
        owner = self.waiting.pop(item)  # raises for what was cancelled, and for what runs twice
        assert self._may_run(owner)
        self.running[item] = owner
        del self.passed[item]
        if owner is not None:
            self.passed.update(item for item, other in self.waiting.items() if other and self._may_run(other))

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def ends(self, data: st.DataObject) -> None:
        item = data.draw(st.sampled_from(sorted(self.running)))
        self.queue.done(self.running.pop(item))

    def _may_run(self, owner: Owner | None) -> bool:
        of_node = sum(other is None for other in self.running.values())
        if len(self.running) >= PLACES:
            return False
        if owner is None:
            return of_node < PLACES - 1
        mine = sum(other is not None and other.person == owner.person for other in self.running.values())
        return mine < PER_PERSON and len(self.running) - of_node < PLACES - 1

    @invariant()
    def counts_what_waits_and_runs(self) -> None:
        assert self.queue.waiting == len(self.waiting)
        assert self.queue.running == len(self.running) <= PLACES

    @invariant()
    def nobody_is_passed_over_for_ever(self) -> None:
        """The first read of a session begins after at most one of each other session for each turn of its person,
        and of its group: 9 groups of persons and addresses, 3 persons in each, 3 sessions of each."""
        for item, owner in self.waiting.items():
            ahead = [other for other in self.waiting if self.waiting[other] == owner]
            assert self.passed[item] <= 6 * 3 * 3 * (ahead.index(item) + 1)


Reads.TestCase.settings = settings(deadline=None, stateful_step_count=80, max_examples=examples(100))
test_reads = Reads.TestCase


def test_organisations_do_not_share_a_person(queue: Queue) -> None:
    """[P6] Two agents with one id are two."""
    for organisation in ("acme", "globex"):
        person = Person(OrganisationId(organisation), True, "ana")
        queue.asks(Owner(person, person, 1), 3)
    assert len(queue.all_that_run()) == PLACES - 1
