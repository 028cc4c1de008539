"""How many wait before somebody."""

from types import SimpleNamespace
from typing import Any

from msgspec.structs import replace

from intervene.core.control import Place
from intervene.core.ids import ConversationId, Key, OrganisationId, QueueId
from intervene.core.policy import Policy, Queue
from intervene.inbox.places import Places, ahead_in
from intervene.ports.inbox import InLine

SALES = QueueId("sales")
POLICY = replace(Policy(), queues={**Policy().queues, SALES: Queue(id=SALES, name="Sales", shows_place=True)})


def line(*queues: str) -> list[InLine]:
    return [InLine(ConversationId(f"c{n}"), QueueId(queue)) for n, queue in enumerate(queues)]


def test_each_queue_has_a_line_of_its_own() -> None:
    found = ahead_in(line("default", "sales", "sales", "default", "sales"), POLICY)
    assert list(found.values()) == [0, 0, 1, 1, 2]


def test_what_is_in_a_queue_that_there_is_not_waits_in_the_default_one() -> None:
    assert list(ahead_in(line("gone", "default", "other"), POLICY).values()) == [0, 1, 2]


def test_nobody_waits() -> None:
    assert ahead_in([], POLICY) == {}


async def test_it_is_shown_anew_after_control_has_changed_or_a_session_began_to_watch() -> None:
    """Also where either was undone between two looks: clients have dropped it."""
    state = SimpleNamespace(id="c1", epoch=1, place=Place.NOBODY, channel="", card=SimpleNamespace(queue=SALES))
    one, two = SimpleNamespace(number=1), SimpleNamespace(number=2)
    feed = SimpleNamespace(key=Key(OrganisationId("acme"), ConversationId("c1")), state=state, contacts=(one,))
    sent: list[list[int]] = []

    async def waits(organisation: OrganisationId, limit: int) -> list[InLine]:
        return line("sales", "sales")

    def send_each(watchers: list[Any], data: bytes, frames: int) -> None:
        assert b'"ahead":1' in data
        sent.append([watcher.number for watcher in watchers])

    feeds: Any = SimpleNamespace(awaited=lambda: [feed], find=lambda key: feed, send_each=send_each)
    inbox: Any = SimpleNamespace(line=waits)
    clock: Any = SimpleNamespace(now=lambda: 0)
    places = Places(inbox, feeds, lambda organisation: POLICY, clock)
    alone, both, anew = (one,), (one, two), (one, two)
    for contacts, epoch in ((alone, 1), (alone, 1), (both, 1), (both, 3), (anew, 3), (anew, 3)):
        feed.contacts, state.epoch = contacts, epoch
        await places.look()
    assert sent == [[1], [1, 2], [1, 2], [1, 2]]
