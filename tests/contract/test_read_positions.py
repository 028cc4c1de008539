"""The contract of `ports.ReadPositions`, on every adapter."""

from functools import partial

import pytest
from msgspec.structs import replace

from intervene.core.ids import ConversationId, Key, OrganisationId
from intervene.ports.log import Log, Range
from intervene.ports.read_positions import HOLDER, Moved, ReadPositions
from tests.contract.build import ACME, STAFF, Talk, win

STRANGERS = [Key(OrganisationId("other"), ConversationId("c1")), Key(ACME, ConversationId("nowhere"))]


async def test_the_highest_read_position_stays(log: Log, read_positions: ReadPositions) -> None:
    talk = await Talk().opens_in(log)
    for n in (3, 7, 5):
        await read_positions.keep(talk.key, "agent:anna", n)
    await read_positions.keep(talk.key, "contact:clara", 1)
    assert await read_positions.of(talk.key) == {"agent:anna": 7, "contact:clara": 1}


async def test_where_who_holds_control_has_read_to_is_counted_as_customers_count(
    log: Log, read_positions: ReadPositions
) -> None:
    """[P6, R39] Notes have no number there: up to the last event before them that a customer may see."""
    talk = await Talk().opens_in(log)
    for says in (talk.customer_says, talk.notes, talk.notes, talk.customer_says):
        await win(log, says("a word"))
    seq, pub = talk.state.seq, talk.state.pub
    read = partial(read_positions.keep, talk.key, "agent:anna")
    assert await read(1) == Moved(1, 0)
    assert await read(seq - 1, seq - 1) == Moved(seq - 1, pub - 1)
    assert await read(seq - 2, seq - 2) == Moved()
    assert await read(seq) == Moved(seq, 0)
    assert (await read_positions.of(talk.key))[HOLDER] == pub - 1
    assert await read(0, 0) == Moved(0, pub), "who takes control has read what they read before"
    assert await read_positions.keep(talk.key, "agent:ben", 1, 1) == Moved(1, 0), "it never falls"


@pytest.mark.parametrize(("reader", "position"), [("agent:anna", 4), (HOLDER, 2), ("agent:ben", 0), ("", 0)])
async def test_a_page_comes_with_its_reader_s_position(
    log: Log, reader: str, position: int, read_positions: ReadPositions
) -> None:
    """[R39]"""
    talk = await Talk().opens_in(log)
    for says in (talk.customer_says, talk.notes):
        await win(log, says("a word"))
    await read_positions.keep(talk.key, "agent:anna", 4, 3)
    snapshot = await log.read(talk.key, replace(STAFF, reader=reader))
    assert snapshot is not None
    assert snapshot.read == position


async def test_a_page_for_staff_comes_with_how_far_the_customer_has_read(
    log: Log, read_positions: ReadPositions
) -> None:
    """[P6, R39] By any of their addresses. A page for the customer does not have it."""
    talk = await Talk().opens_in(log)
    await win(log, talk.customer_says("a word"))
    for reader, n in (("contact:clara", 1), ("contact:clara-on-the-phone", 2), ("agent:anna", 4)):
        await read_positions.keep(talk.key, reader, n)
    for range, wanted in ((replace(STAFF, reader="agent:anna"), (4, 2)), (replace(STAFF, reader="agent:ben"), (0, 2))):
        snapshot = await log.read(talk.key, range)
        assert snapshot is not None
        assert (snapshot.read, snapshot.contact_read) == wanted
    snapshot = await log.read(talk.key, Range(is_staff=False, limit=50, reader=HOLDER))
    assert snapshot is not None
    assert (snapshot.read, snapshot.contact_read) == (0, 0)


@pytest.mark.parametrize("stranger", STRANGERS)
async def test_nothing_is_kept_of_a_conversation_that_does_not_exist(
    log: Log, read_positions: ReadPositions, stranger: Key
) -> None:
    """[P6] A guessed id of another organisation does not exist either."""
    talk = await Talk("c1").opens_in(log)
    assert (await read_positions.keep(stranger, "agent:anna", 3, 3)).pub == 0
    assert await read_positions.of(stranger) == await read_positions.of(talk.key) == {}
