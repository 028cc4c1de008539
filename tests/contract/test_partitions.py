"""The contract of the log on a PostgreSQL database whose log is in partitions: what its keys, its walls and its indexes
have to hold there too. The rest of the suite would find no other statement.
"""

from collections.abc import AsyncIterator

import pytest

from intervene.adapters.sql.store import Store
from tests.contract.conftest import on_postgres
from tests.contract.test_amendments import talk, test_no_read_has_what_was_replaced
from tests.contract.test_reading import test_what_a_command_did_is_found_whatever_has_happened_since
from tests.contract.test_retention import test_pieces_are_dropped_once_their_message_is_old_and_never_before
from tests.contract.test_wall import (
    test_a_bot_s_words_after_a_takeover_meet_the_wall,
    test_a_piece_after_a_takeover_meets_the_wall,
    test_two_changes_of_control_in_one_epoch_meet_the_wall,
)
from tests.contract.test_writing import (
    test_a_command_that_is_in_the_log_makes_its_item_lose_and_only_that,
    test_a_refused_item_leaves_nothing_and_the_next_one_is_written,
    test_losers_of_a_group_do_not_harm_the_winners,
    test_two_authors_may_choose_the_same_command_id,
    test_what_is_decided_under_the_lock_is_committed_and_the_answer_is_what_was_read_before,
    test_what_was_won_is_what_every_later_read_finds,
)
from tests.kit.postgres import Postgres

__all__ = [
    "talk",
    "test_a_bot_s_words_after_a_takeover_meet_the_wall",
    "test_a_command_that_is_in_the_log_makes_its_item_lose_and_only_that",
    "test_a_piece_after_a_takeover_meets_the_wall",
    "test_a_refused_item_leaves_nothing_and_the_next_one_is_written",
    "test_losers_of_a_group_do_not_harm_the_winners",
    "test_no_read_has_what_was_replaced",
    "test_pieces_are_dropped_once_their_message_is_old_and_never_before",
    "test_two_authors_may_choose_the_same_command_id",
    "test_two_changes_of_control_in_one_epoch_meet_the_wall",
    "test_what_a_command_did_is_found_whatever_has_happened_since",
    "test_what_is_decided_under_the_lock_is_committed_and_the_answer_is_what_was_read_before",
    "test_what_was_won_is_what_every_later_read_finds",
]

PARTITIONS = 4


@pytest.fixture
async def store(postgres: Postgres) -> AsyncIterator[Store]:
    async with on_postgres(postgres, PARTITIONS) as store:
        yield store


async def test_events_are_spread_and_each_index_is_on_each_partition(postgres: Postgres) -> None:
    """Also those that are built beside nodes that write."""
    async with postgres.fresh(PARTITIONS) as url:
        database = url.rpartition("/")[2]
        await postgres.sql(
            "INSERT INTO event (conversation, seq, pub, version, epoch, kind, id, author, turn, at, data) "
            "SELECT n, 1, 1, 1, 1, 'opened', n::text, 'system', 0, 0, '' FROM generate_series(1, 400) AS n",
            database=database,
        )
        spread = await postgres.sql("SELECT tableoid, count(*) FROM event GROUP BY 1", database=database)
        assert len(spread) == PARTITIONS
        assert min(count for _, count in spread) > 400 / PARTITIONS / 2
        indexes = await postgres.sql(
            "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = to_regclass('event') AND indisvalid",
            database=database,
        )
        names = {name for (name,) in indexes}
        assert names == {"event_pkey", "event_command", "event_control", "event_amendment", "event_reply"}
