"""The contract of `ports.Directory`, for every adapter."""

from functools import partial

import pytest
from msgspec.structs import replace

from intervene.core.ids import ConversationId, Key, OrganisationId
from intervene.ports.log import Log
from intervene.ports.read_positions import HOLDER, Directory, Moved
from intervene.ports.takeover_times import Takeover
from tests.contract.build import ACME, ANNA, BEN, STAFF, Talk, win

CLICK = Takeover(epoch=2, by=ANNA, at=1_700_000_000_000, committed_ms=1.25)


async def test_takeovers_are_kept_in_order_of_their_epochs(log: Log, directory: Directory) -> None:
    """[P8]"""
    talk, other = await Talk("c1").opens_in(log), await Talk("c2").opens_in(log)
    later = replace(CLICK, epoch=4, by=BEN)
    await directory.keep_takeovers([(talk.key, later), (other.key, CLICK), (talk.key, CLICK)])
    assert list(await directory.takeovers(talk.key)) == [CLICK, later]
    assert list(await directory.takeovers(other.key)) == [CLICK]


async def test_the_times_of_a_takeover_are_replaced_as_they_become_known(log: Log, directory: Directory) -> None:
    """[P8]"""
    talk = await Talk().opens_in(log)
    await directory.keep_takeovers([(talk.key, CLICK)])
    known = replace(CLICK, written=3, written_ms=1.5, seen=2, seen_ms=40.0, bot_stopped_ms=3.0)
    await directory.keep_takeovers([(talk.key, known)])
    assert list(await directory.takeovers(talk.key)) == [known]


async def test_the_highest_read_position_stays(log: Log, directory: Directory) -> None:
    talk = await Talk().opens_in(log)
    for n in (3, 7, 5):
        await directory.keep_read(talk.key, "agent:anna", n)
    await directory.keep_read(talk.key, "contact:clara", 1)
    assert await directory.read_positions(talk.key) == {"agent:anna": 7, "contact:clara": 1}


async def test_where_who_holds_control_has_read_to_is_counted_as_customers_count(
    log: Log, directory: Directory
) -> None:
    """[P6, R39] Notes have no number there: up to the last event before them that a customer may see."""
    talk = await Talk().opens_in(log)
    for says in (talk.customer_says, talk.notes, talk.notes, talk.customer_says):
        await win(log, says("a word"))
    seq, pub = talk.state.seq, talk.state.pub
    read = partial(directory.keep_read, talk.key, "agent:anna")
    assert await read(1) == Moved(1, 0)
    assert await read(seq - 1, seq - 1) == Moved(seq - 1, pub - 1)
    assert await read(seq - 2, seq - 2) == Moved()
    assert await read(seq) == Moved(seq, 0)
    assert (await directory.read_positions(talk.key))[HOLDER] == pub - 1
    assert await read(0, 0) == Moved(0, pub), "who takes control has read what they read before"
    assert await directory.keep_read(talk.key, "agent:ben", 1, 1) == Moved(1, 0), "it never falls"


@pytest.mark.parametrize(("reader", "position"), [("agent:anna", 4), (HOLDER, 2), ("agent:ben", 0), ("", 0)])
async def test_a_page_comes_with_its_reader_s_position(
    log: Log, directory: Directory, reader: str, position: int
) -> None:
    """[R39]"""
    talk = await Talk().opens_in(log)
    for says in (talk.customer_says, talk.notes):
        await win(log, says("a word"))
    await directory.keep_read(talk.key, "agent:anna", 4, 3)
    snapshot = await log.read(talk.key, replace(STAFF, reader=reader))
    assert snapshot is not None
    assert snapshot.read == position


async def test_nothing_is_kept_of_a_conversation_that_does_not_exist(log: Log, directory: Directory) -> None:
    """[P6] A guessed id of another organisation does not exist either."""
    talk = await Talk("c1").opens_in(log)
    for stranger in (Key(OrganisationId("other"), ConversationId("c1")), Key(ACME, ConversationId("nowhere"))):
        await directory.keep_takeovers([(stranger, CLICK)])
        assert (await directory.keep_read(stranger, "agent:anna", 3, 3)).pub == 0
        assert list(await directory.takeovers(stranger)) == []
        assert await directory.read_positions(stranger) == {}
    assert list(await directory.takeovers(talk.key)) == []
    assert await directory.read_positions(talk.key) == {}
