"""How many wait before somebody."""

from msgspec.structs import replace

from intervene.core.ids import ConversationId, QueueId
from intervene.core.policy import Policy, Queue
from intervene.inbox.places import ahead_in
from intervene.ports.inbox import InLine

SALES = QueueId("sales")
POLICY = replace(Policy(), queues={**Policy().queues, SALES: Queue(id=SALES, name="Sales")})


def line(*queues: str) -> list[InLine]:
    return [InLine(ConversationId(f"c{n}"), QueueId(queue)) for n, queue in enumerate(queues)]


def test_each_queue_has_a_line_of_its_own() -> None:
    found = ahead_in(line("default", "sales", "sales", "default", "sales"), POLICY)
    assert list(found.values()) == [0, 0, 1, 1, 2]


def test_what_is_in_a_queue_that_there_is_not_waits_in_the_default_one() -> None:
    assert list(ahead_in(line("gone", "default", "other"), POLICY).values()) == [0, 1, 2]


def test_nobody_waits() -> None:
    assert ahead_in([], POLICY) == {}
