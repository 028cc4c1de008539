"""The demo's checks can fail: each kind of broken promise is found, and counted as what it is."""

from collections.abc import Callable

import msgspec
import pytest

from intervene.client import AgentConversation, Change, CustomerConversation, Recorded
from intervene.client.conversation import Line
from intervene.core.events import Event, Message
from intervene.core.ids import EventId
from intervene.core.wire.common import PieceAdded
from intervene.demo.checks import Findings, Session, check_takeover
from tests.unit.core.golden import ANA, ARIA, CUT, EVENTS, HERE, REPLY, SHOWN

LOG = EVENTS[:8]
TAKEOVER = 6
NOBODY: Line = None  # type: ignore[assignment]  # nothing is sent here


def piece(n: int, text: str) -> PieceAdded:
    return PieceAdded(conversation=HERE, message=REPLY, n=n, text=text)


def staff_saw() -> list[Change]:
    return [*LOG[:4], piece(1, "Hello "), piece(2, "Maria! Your bill of"), *LOG[4:]]


def customer_saw() -> list[Change]:
    return [*SHOWN[:3], piece(1, "Hello "), *SHOWN[3:6]]


def session(saw: list[Change]) -> Session:
    is_staff = any(isinstance(change, Event) for change in saw)
    made: Session = (AgentConversation if is_staff else CustomerConversation)(HERE, NOBODY, 1000)
    made.history.extend(Recorded(float(at), change) for at, change in enumerate(saw))
    return made


def found(staff: list[Change] | None = None, customer: list[Change] | None = None) -> Findings:
    sessions = [session(staff or staff_saw()), session(customer or customer_saw())]
    return check_takeover(LOG, TAKEOVER, sessions)


async def test_a_faultless_takeover_has_no_findings() -> None:
    assert not found()
    assert CUT.startswith("Hello Maria! Your bill of")


async def test_a_bot_s_event_after_the_takeover_is_found_in_the_log() -> None:
    """[P1]"""
    late = msgspec.structs.replace(LOG[7], author=ARIA)
    log = [*LOG[:7], late]
    assert check_takeover(log, TAKEOVER, []).bot_events_after == 1


@pytest.mark.parametrize("is_staff", [True, False])
async def test_a_bot_s_event_after_the_takeover_is_found_on_a_screen(is_staff: bool) -> None:
    """[P1]"""
    if is_staff:
        leak = msgspec.structs.replace(LOG[4], id=EventId("leak"))
        assert found(staff=[*staff_saw(), leak]).bot_events_after == 1
    else:
        leaked = msgspec.structs.replace(SHOWN[3], id=EventId("leak"))
        assert found(customer=[*customer_saw(), leaked]).bot_events_after == 1


async def test_a_piece_after_the_takeover_is_found_also_when_it_was_not_shown() -> None:
    """[P1] [P2]"""
    assert found(customer=[*customer_saw(), piece(2, "Maria!")]).bot_pieces_after == 1
    hidden = session(staff_saw())
    hidden.screen.show_piece(piece(3, "more"))
    assert check_takeover(LOG, TAKEOVER, [hidden]).bot_pieces_after == 1


async def test_what_was_not_shown_is_lost() -> None:
    """[P5]"""
    assert found(staff=[change for change in staff_saw() if change is not LOG[6]]) == Findings(lost=1)
    assert found(customer=[change for change in customer_saw() if change is not SHOWN[0]]) == Findings(lost=1)


async def test_what_was_shown_otherwise_is_lost() -> None:
    """[P5]"""
    other = msgspec.structs.replace(LOG[7], body=Message(message=REPLY, text="Something else"), author=ANA)
    assert found(staff=[*staff_saw()[:-1], other]).lost == 1


async def test_what_came_twice_is_doubled_also_when_it_was_shown_once() -> None:
    """[P5]"""
    saw = staff_saw()
    assert found(staff=[*saw, saw[-1]]) == Findings(doubled=1)
    hidden = session(saw)
    hidden.screen.doubled += 1
    assert check_takeover(LOG, TAKEOVER, [hidden]) == Findings(doubled=1)


async def test_what_was_shown_out_of_order_is_reordered() -> None:
    """[P5]"""
    saw = staff_saw()
    saw[-1], saw[-2] = saw[-2], saw[-1]
    assert found(staff=saw) == Findings(reordered=1)


async def test_more_text_on_a_screen_than_in_the_log_is_no_prefix() -> None:
    """[P2]"""
    saw = staff_saw()
    at = next(at for at, change in enumerate(saw) if isinstance(change, PieceAdded)) + 2
    assert found(staff=[*saw[:at], piece(3, " May"), *saw[at:]]) == Findings(not_prefix=1)


async def test_findings_add_up() -> None:
    count: Callable[[int], Findings] = lambda n: Findings(lost=n, not_prefix=1)  # noqa: E731
    assert sum([count(1), count(2)], Findings()) == Findings(lost=3, not_prefix=2)
    assert not Findings()
