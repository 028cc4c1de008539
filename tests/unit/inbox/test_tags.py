"""Which tags are offered: those that are in use where one may look."""

from random import Random

from msgspec.structs import replace

from intervene.core.access import unseen_by_staff
from intervene.inbox.boards import Held
from intervene.inbox.tags import used_tags
from tests.unit.inbox.lists import ACME, PEOPLE, policy_of, row_of


def test_each_sees_the_tags_of_what_they_may_see_and_nothing_of_the_rest() -> None:
    """[P6] One tag for each conversation, and one that all have."""
    random = Random(7)
    policy, held = policy_of(random), Held(ACME, 1000)
    rows = [replace(row_of(random, f"c{n}"), is_open=True, tags=("all", f"only-{n}")) for n in range(40)]
    for row in rows:
        held.take(row.id, 1, row, "")
    numbers = []
    for person in PEOPLE:
        seen = [row for row in rows if unseen_by_staff(person, row.placement, policy) is None]
        used = dict(used_tags(person, [held], lambda _: policy))
        assert used == {tag: 1 for row in seen for tag in row.tags} | ({"all": len(seen)} if seen else {})
        numbers.append(len(seen))
    assert min(numbers) == 0 < len(set(numbers)) - 2, "they differ in what they see"


def test_the_most_used_come_first() -> None:
    random = Random(7)
    policy, held = policy_of(random), Held(ACME, 1000)
    for n in range(50):
        tags = (f"t{n:02}", "vip") if n % 2 else (f"t{n:02}",)
        row = replace(row_of(random, f"c{n}"), is_open=True, tags=tags)
        held.take(row.id, 1, row, "")
    used = used_tags(PEOPLE[3], [held], lambda _: policy)
    assert [tag for tag, _ in used[:3]] == ["vip", "t00", "t01"]
