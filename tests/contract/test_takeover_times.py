"""The contract of `ports.TakeoverTimes`, on every adapter."""

import pytest
from msgspec.structs import replace

from intervene.core.ids import ConversationId, Key, OrganisationId
from intervene.ports.log import Log
from intervene.ports.takeover_times import Takeover, TakeoverTimes
from tests.contract.build import ACME, ANNA, BEN, Talk

STRANGERS = [Key(OrganisationId("other"), ConversationId("c1")), Key(ACME, ConversationId("nowhere"))]
CLICK = Takeover(epoch=2, by=ANNA, at=1_700_000_000_000, committed_ms=1.25)


async def test_takeovers_are_kept_in_order_of_their_epochs(log: Log, takeover_times: TakeoverTimes) -> None:
    """[P8]"""
    talk, other = await Talk("c1").opens_in(log), await Talk("c2").opens_in(log)
    later = replace(CLICK, epoch=4, by=BEN)
    await takeover_times.keep([(talk.key, later), (other.key, CLICK), (talk.key, CLICK)])
    assert list(await takeover_times.of(talk.key)) == [CLICK, later]
    assert list(await takeover_times.of(other.key)) == [CLICK]


async def test_the_times_of_a_takeover_are_replaced_as_they_become_known(
    log: Log, takeover_times: TakeoverTimes
) -> None:
    """[P8]"""
    talk = await Talk().opens_in(log)
    await takeover_times.keep([(talk.key, CLICK)])
    known = replace(CLICK, written=3, written_ms=1.5, seen=2, seen_ms=40.0, bot_stopped_ms=3.0)
    await takeover_times.keep([(talk.key, known)])
    assert list(await takeover_times.of(talk.key)) == [known]


@pytest.mark.parametrize("stranger", STRANGERS)
async def test_nothing_is_kept_of_a_conversation_that_does_not_exist(
    log: Log, takeover_times: TakeoverTimes, stranger: Key
) -> None:
    """[P6] A guessed id of another organisation does not exist either."""
    talk = await Talk("c1").opens_in(log)
    await takeover_times.keep([(stranger, CLICK)])
    assert list(await takeover_times.of(stranger)) == list(await takeover_times.of(talk.key)) == []
