"""Organisations form a tree: supervisors and admins act at home and below, agents at home."""

import pytest

from intervene.core.actors import Role, lower
from intervene.core.ids import OrganisationId
from intervene.core.limits import TREE_DEPTH
from intervene.core.tree import ROOTS, Tree

GROUP, BANK, SHOP, BRANCH, OTHER = map(OrganisationId, ("group", "bank", "shop", "branch", "other"))
TREE = Tree(version=3, parents={BANK: GROUP, SHOP: GROUP, BRANCH: BANK})
EVERY = (GROUP, BANK, SHOP, BRANCH, OTHER)


def test_ancestors_are_the_nearest_first() -> None:
    assert TREE.ancestors(BRANCH) == (BANK, GROUP)
    assert TREE.ancestors(GROUP) == TREE.ancestors(OTHER) == ROOTS.ancestors(BRANCH) == ()


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ADMIN])
def test_a_supervisor_acts_at_home_and_everywhere_below(role: Role) -> None:
    """[P6]"""
    reached = {home: [there for there in EVERY if TREE.reaches(home, role, there)] for home in EVERY}
    assert reached == {
        GROUP: [GROUP, BANK, SHOP, BRANCH],
        BANK: [BANK, BRANCH],
        SHOP: [SHOP],
        BRANCH: [BRANCH],
        OTHER: [OTHER],
    }


def test_an_agent_acts_at_home_only() -> None:
    """[P6]"""
    for home in EVERY:
        assert [there for there in EVERY if TREE.reaches(home, Role.AGENT, there)] == [home]


def test_a_circle_in_the_rows_ends() -> None:
    """[P7] No change makes one; a hand in the database may."""
    circle = Tree(parents={BANK: SHOP, SHOP: BANK})
    assert len(circle.ancestors(BANK)) == TREE_DEPTH - 1
    assert circle.reaches(SHOP, Role.ADMIN, BANK)
    assert not circle.reaches(GROUP, Role.ADMIN, BANK)


def test_the_height_is_that_of_what_is_below() -> None:
    assert [TREE.height(organisation) for organisation in EVERY] == [3, 2, 1, 1, 1]


def test_of_two_roles_the_lower_one_may_do_less() -> None:
    assert lower(Role.ADMIN, Role.SUPERVISOR) is lower(Role.SUPERVISOR, Role.ADMIN) is Role.SUPERVISOR
    assert lower(Role.AGENT, Role.ADMIN) is Role.AGENT
