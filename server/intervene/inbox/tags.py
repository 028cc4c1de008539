"""Which tags are in use: those of open conversations that somebody sees."""

from collections import Counter
from collections.abc import Callable, Iterable

from intervene.core.access import Staff, unseen_by_staff
from intervene.core.ids import OrganisationId
from intervene.core.policy import Policy
from intervene.inbox.boards import Held


def used_tags(by: Staff, boards: Iterable[Held], policy: Callable[[OrganisationId], Policy]) -> list[tuple[str, int]]:
    """With how many conversations have each: the most used first."""
    uses: Counter[str] = Counter()
    for held in boards:
        rules = policy(held.organisation)
        for row in held.board:
            if row.tags and unseen_by_staff(by, row.placement, rules) is None:
                uses.update(row.tags)
    return sorted(uses.items(), key=lambda use: (-use[1], use[0]))
