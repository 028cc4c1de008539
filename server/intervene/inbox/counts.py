"""How many open conversations somebody sees: sums of the sums of boards, which peers share."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from intervene.core.access import NO_HOLDER, Placement, Staff, unseen_by_staff
from intervene.core.ids import OrganisationId
from intervene.core.policy import Policy
from intervene.core.wire.inbox import Counts, Listed, Row, Sum, View, is_unread
from intervene.inbox.board import Kind
from intervene.inbox.boards import Held
from intervene.inbox.views import COLLEAGUE, own_rows

Policies = Callable[[OrganisationId], Policy]

_ALL = View()


def sums_of(by: Staff, boards: Iterable[Held], policy: Policies) -> Counter[Kind]:
    """What all peers of `by` see."""
    sums: Counter[Kind] = Counter()
    for held in boards:
        rules = policy(held.organisation)
        for kind, number in held.board.sums.items():
            at = Placement(held.organisation, kind.queue, COLLEAGUE if kind.list is Listed.AGENT else NO_HOLDER)
            if unseen_by_staff(by, at, rules) is None:
                sums[kind] += number
    return sums


def count(
    by: Staff,
    view: View,
    boards: Sequence[Held],
    policy: Policies,
    sums: Counter[Kind],
    read: Callable[[Row], int],
) -> Counts:
    """`boards`: those that the view covers. `sums` as `sums_of`. `read`: up to where `by` has read a conversation."""
    me = by.agent.id
    mine = [row for held in boards for row in held.board.held_by(me)]
    own = [row for held in boards for row in own_rows(_ALL, by, policy(held.organisation), held.board.held_by(me))]
    if own:
        sums = sums + Counter(Kind(row.queue, Listed.AGENT, row.status) for row in own)
    queues = {kind.queue for kind in sums}
    statuses = Counter[str]()
    for kind, number in sums.items():
        statuses[kind.status] += number
    return Counts(
        organisation=boards[0].organisation, below=view.below,
        mine=len(mine), unread=sum(is_unread(row, read(row)) for row in mine),
        **_by_list(sums.items()),
        queues={queue: Sum(**_by_list(item for item in sums.items() if item[0].queue == queue)) for queue in queues},
        statuses={kind.status: statuses[kind.status] for kind in sums if kind.status},
        truncated=any(held.board.is_truncated for held in boards),
    )  # fmt: skip


def _by_list(sums: Iterable[tuple[Kind, int]]) -> dict[str, int]:
    found = Counter[str]()
    for kind, number in sums:
        found[kind.list.value] += number
    return dict(found)
