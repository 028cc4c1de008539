"""What one person and one address may have and do, over all sockets and tokens."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intervene.core.access import Principal, Staff, Visitor, person
from intervene.core.actors import Agent, Contact, Role
from intervene.core.ids import AgentId, ContactId, OrganisationId
from intervene.core.limits import (
    ADDRESS_KIB_BURST,
    AGENT_BURST,
    AGENT_KIB_BURST,
    CONTACT_BURST,
    CONTACT_KIB_BURST,
    CONTACT_KIB_PER_SECOND,
    CONTACT_PER_SECOND,
    CONTACT_READ_BURST,
    SOCKETS_OF_AGENT,
    SOCKETS_OF_CONTACT,
    TEXT_BYTES,
    VISITOR_BURST,
)  # fmt: skip
from intervene.core.session import Cost
from intervene.edge import allowances
from intervene.edge.allowances import Allowances, Buckets, network
from intervene.ports.nodes import Member
from tests.integration.edge.stand_ins import ACME

HERE, THERE = "192.0.2.7", "192.0.2.8"


def visitor(name: str, organisation: OrganisationId = ACME) -> Visitor:
    return Visitor(organisation=organisation, contact=Contact(id=ContactId(name), name=name))


def agent(name: str, organisation: OrganisationId = ACME) -> Staff:
    who = Agent(id=AgentId(name), name=name)
    return Staff(organisation=organisation, agent=who, role=Role.AGENT)


def sends(table: Allowances, who: Principal, times: int, now: float, *, address: str = HERE) -> int:
    """How many messages of these are taken."""
    return sum(not table.take(person(who), address, Cost.MESSAGE, now) for _ in range(times))


@pytest.fixture
def table() -> Allowances:
    return Allowances(1000)


# -- addresses and buckets ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::"),
        ("", ""),
        ("not an address", "not an address"),
    ],
)
def test_an_address_counts_with_its_network(address: str, counted: str) -> None:
    assert network(address) == counted


def test_each_key_has_its_own_bucket() -> None:
    limit = Buckets(burst=2, per_second=1.0)
    assert [limit.take("a", 0.0) for _ in range(3)] == [0.0, 0.0, pytest.approx(1.0)]
    assert limit.take("b", 0.0) == 0.0
    assert limit.take("a", 1.0) == 0.0


def test_a_table_of_buckets_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """[P7] Those that are nearest to a full bucket are forgotten, and of equal ones those that came first."""
    monkeypatch.setattr(allowances, "ACCOUNTS", 4)
    limit = Buckets(burst=2, per_second=0.001)
    for address in "abac":
        limit.take(address, 0.0)
    limit.take("d", 0.0)
    assert set(limit._full_at) == {"a", "c", "d"}
    assert limit.take("a", 0.0) > 0
    assert limit.take("b", 0.0) == 0


@given(
    steps=st.lists(st.tuples(st.sampled_from("abc"), st.floats(0.0, 30.0)), max_size=200),
    burst=st.integers(1, 5),
    rate=st.floats(0.1, 5.0),
)
def test_a_bucket_is_forgotten_only_when_it_is_full_again(
    steps: list[tuple[str, float]], burst: int, rate: float
) -> None:
    """[P7] Whoever goes and comes back gets no more than one who stays, over any stretch of time."""
    limit, now = Buckets(burst, rate), 0.0
    taken: dict[str, list[float]] = {key: [] for key in "abc"}
    for key, pause in steps:
        now += pause
        if not limit.take(key, now):
            taken[key].append(now)
    for times in taken.values():
        for first, start in enumerate(times):
            for count, end in enumerate(times[first:], start=1):
                assert count <= burst + rate * (end - start) + 1e-6


def test_nothing_stays_of_those_who_are_quiet(table: Allowances) -> None:
    """[P7]"""
    for now in (100.0, 500.0, 900.0):
        for number in range(5000):
            table.take(person(visitor(f"v{number} {now}")), f"10.0.{number % 250}.{now}", Cost.READ, now)
    for buckets in (table._contact_reads, table._address_reads):
        assert len(buckets) <= 5000
        assert all(full_at > 900.0 for full_at in buckets._full_at.values())


# -- what is sent ------------------------------------------------------------------------------------------------------


def test_a_person_has_one_allowance_at_all_addresses(table: Allowances) -> None:
    """[P7]"""
    clara = visitor("clara")
    took = [sends(table, clara, 15, 100.0, address=address) for address in (HERE, THERE, "2001:db8::")]
    assert took == [15, CONTACT_BURST - 15, 0]
    assert sends(table, clara, 100, 110.0) == CONTACT_PER_SECOND * 10


def test_persons_do_not_spend_each_other_s(table: Allowances) -> None:
    """[P6] Not even those who have one id: in two organisations, or as agent and as customer."""
    one = visitor("anna")
    assert sends(table, one, 1000, 100.0) == CONTACT_BURST
    assert sends(table, visitor("anna", OrganisationId("globex")), 1000, 100.0) == CONTACT_BURST
    assert sends(table, agent("anna"), 1000, 100.0) == AGENT_BURST


def test_messages_and_reads_are_counted_apart(table: Allowances) -> None:
    clara = visitor("clara")
    assert sends(table, clara, 1000, 100.0) == CONTACT_BURST
    assert sum(not table.take(person(clara), HERE, Cost.READ, 100.0) for _ in range(1000)) == CONTACT_READ_BURST


def test_a_thousand_tokens_of_one_address_share_its_allowance(table: Allowances) -> None:
    """[P7] Staff there, and customers elsewhere, have their own."""
    assert sum(sends(table, visitor(f"v{number}"), 10, 100.0) for number in range(1000)) == 400
    assert sends(table, visitor("elsewhere"), 10, 100.0, address=THERE) == 10
    assert sends(table, agent("anna"), 1000, 100.0) == AGENT_BURST
    assert sum(sends(table, visitor(f"v{number}"), 10, 110.0) for number in range(1000)) == 400


def test_what_the_address_refuses_is_not_taken_from_the_person(table: Allowances) -> None:
    """They go on elsewhere, with all that is theirs."""
    for number in range(40):
        sends(table, visitor(f"v{number}"), 10, 100.0)
    clara = visitor("clara")
    assert sends(table, clara, 50, 100.0) == 0
    assert sends(table, clara, 50, 100.0, address=THERE) == CONTACT_BURST


def test_a_setting_raises_what_an_address_may_do() -> None:
    """Large networks behind one address, load tests."""
    table = Allowances(10_000)
    assert sum(sends(table, visitor(f"v{number}"), 10, 100.0) for number in range(1000)) == 4000


def test_in_development_no_address_is_bounded_and_persons_are() -> None:
    table = Allowances(None)
    assert all(sends(table, visitor(f"v{number}"), 10, 100.0) == 10 for number in range(1000))
    assert sends(table, visitor("clara"), 100, 100.0) == CONTACT_BURST
    assert not any(table.take_token(HERE, 100.0) or table.take_upgrade(HERE, 100.0) for _ in range(1000))


def test_upgrades_and_tokens_of_an_address_are_bounded(table: Allowances) -> None:
    """[P7] Before anybody knows whose they are."""
    assert sum(not table.take_upgrade(HERE, 100.0) for _ in range(1000)) == 400
    assert sum(not table.take_token(HERE, 100.0) for _ in range(1000)) == VISITOR_BURST
    assert not table.take_upgrade(THERE, 100.0)
    assert not table.take_token(THERE, 100.0)


# -- sessions ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "most"),
    [(visitor("clara"), SOCKETS_OF_CONTACT), (agent("anna"), SOCKETS_OF_AGENT)],
    ids=["customer", "agent"],
)
def test_a_person_has_so_many_sessions_and_no_more(table: Allowances, who: Principal, most: int) -> None:
    """[P7] One that ends makes room for one; others are not concerned."""
    for number in range(most):
        assert table.enter(who, f"10.0.0.{number}") is None
    problem = table.enter(who, THERE)
    assert problem
    assert str(most) in problem.sentence
    assert table.enter(visitor("bob"), HERE) is None
    table.leave(who, "10.0.0.0")
    assert table.enter(who, THERE) is None
    assert table.enter(who, THERE) is not None


def test_customers_of_one_address_have_so_many_sessions_and_agents_there_come_in() -> None:
    """[P7]"""
    table = Allowances(20)
    for number in range(20):
        assert table.enter(visitor(f"v{number}"), HERE) is None
    problem = table.enter(visitor("one more"), HERE)
    assert problem
    assert "address" in problem.sentence
    assert table.enter(visitor("one more"), THERE) is None
    assert table.enter(agent("anna"), HERE) is None
    table.leave(visitor("v3"), HERE)
    assert table.enter(visitor("v3"), HERE) is None


steps = st.lists(
    st.tuples(st.sampled_from(["anna", "ben"]), st.booleans(), st.sampled_from([HERE, THERE]), st.booleans()),
    max_size=200,
)  # fmt: skip


@given(steps)
def test_what_is_counted_is_what_is_there(steps: list[tuple[str, bool, str, bool]]) -> None:
    """[P7] In whatever order sessions come and go, and when all are gone nothing stays."""
    table = Allowances(15)
    there: list[tuple[Principal, str]] = []
    for name, is_staff, address, goes in steps:
        who: Principal = agent(name) if is_staff else visitor(name)
        if goes and (who, address) in there:
            there.remove((who, address))
            table.leave(who, address)
        elif not goes and table.enter(who, address) is None:
            there.append((who, address))
        staff = {Member(ACME, each.agent.id) for each, _ in there if isinstance(each, Staff)}
        assert set(table.agents()) == staff
        assert table.customers == sum(isinstance(each, Visitor) for each, _ in there)
        for each, _ in there:
            mine = sum(other == each for other, _ in there)
            assert mine <= (SOCKETS_OF_AGENT if isinstance(each, Staff) else SOCKETS_OF_CONTACT)
    for who, address in there:
        table.leave(who, address)
    assert not table._staff
    assert not table._contacts
    assert not table._of_address


def test_whoever_waits_as_long_as_is_said_is_served(table: Allowances) -> None:
    clara, now, times = visitor("clara"), 100.0, []
    for _ in range(60):
        while wait := table.take(person(clara), HERE, Cost.MESSAGE, now):
            now += wait + 1e-9
        times.append(now)
    assert all(later >= earlier for earlier, later in pairwise(times))
    assert now == pytest.approx(100.0 + (60 - CONTACT_BURST) / CONTACT_PER_SECOND)


# -- large frames ------------------------------------------------------------------------------------------------------

LARGE = 64 * 1024


def large_frames(table: Allowances, who: Principal | None, now: float = 0.0, *, address: str = HERE) -> int:
    """How many frames of 64 KiB are taken in a row."""
    return next(count for count in range(10_000) if table.take_bytes(person(who) if who else None, address, LARGE, now))


def test_large_frames_of_a_person_are_counted_in_bytes_over_all_sockets(table: Allowances) -> None:
    """[P7] And a second later some more are taken, not all of them."""
    maria = visitor("maria")
    assert large_frames(table, maria) == CONTACT_KIB_BURST // 64
    assert large_frames(table, maria, 1.0, address=THERE) == CONTACT_KIB_PER_SECOND // 64
    assert large_frames(table, agent("ana")) == AGENT_KIB_BURST // 64


def test_large_frames_of_an_address_are_counted_whoever_sends_them_but_not_those_of_agents(table: Allowances) -> None:
    """[P7] Before hello, and by any number of customers; an office of agents has one address."""
    for name in range(100):
        large_frames(table, visitor(f"v-{name}"))
    assert large_frames(table, None) == 0
    assert large_frames(table, visitor("another")) == 0
    assert large_frames(table, agent("ana")) > 0
    assert large_frames(table, None, address=THERE) == ADDRESS_KIB_BURST // 64


def test_the_longest_messages_that_a_person_may_send_at_once_are_not_too_much(table: Allowances) -> None:
    escaped = 6 * TEXT_BYTES // 2  # a frame is smaller than every character escaped
    assert all(not table.take_bytes(person(visitor("maria")), HERE, escaped, 0.0) for _ in range(CONTACT_BURST))
