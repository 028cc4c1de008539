"""Ids tell nothing about other ids, and none is made twice."""

import os
import threading
from collections.abc import Sequence
from random import Random

import pytest

from intervene.ids import BLOCK_BYTES, ID_BYTES, Ids

WORDS = 624  # of a Mersenne Twister's output give its state


def foretold(seen: Sequence[str]) -> str:
    """The id after those, if they were `getrandbits(96)` of Python's `random`: what anyone can compute."""
    words = [int(id, 16) >> 32 * n & 0xFFFFFFFF for id in seen for n in range(3)]
    twin = Random()
    twin.setstate((3, (*map(_state, words[-WORDS:]), WORDS), None))
    return f"{twin.getrandbits(96):024x}"


def _state(word: int) -> int:
    """The word of the generator's state that it showed as `word`."""
    word ^= word >> 18
    word ^= word << 15 & 0xEFC60000
    part = word
    for _ in range(4):
        part = word ^ part << 7 & 0x9D2C5680
    word = part & 0xFFFFFFFF
    part = word
    for _ in range(2):
        part = word ^ part >> 11
    return part


def test_no_number_of_ids_tells_the_next() -> None:
    """[P6] From one customer's messages, the next customer's conversation could be computed."""
    weak = Random()
    seen = [f"{weak.getrandbits(96):024x}" for _ in range(WORDS)]
    assert foretold(seen) == f"{weak.getrandbits(96):024x}", "this test can foretell what can be foretold"
    ids = Ids()
    seen = [ids.make() for _ in range(WORDS)]
    assert foretold(seen) != ids.make()


def test_ids_are_the_operating_system_s_random_bytes_read_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks: list[bytes] = []

    def urandom(size: int, read=os.urandom) -> bytes:  # type: ignore[no-untyped-def]
        blocks.append(read(size))
        return blocks[-1]

    monkeypatch.setattr(os, "urandom", urandom)
    ids = Ids()
    assert blocks == [], "read when one is needed, by the process that needs it"
    made = [ids.make() for _ in range(3 * BLOCK_BYTES // ID_BYTES)]
    assert [len(block) for block in blocks] == [BLOCK_BYTES] * 3
    assert sorted(made) == sorted(
        block[at : at + ID_BYTES].hex() for block in blocks for at in range(0, BLOCK_BYTES, ID_BYTES)
    )


def test_threads_that_share_a_source_never_get_the_same_id() -> None:
    """Events get theirs on the loop's thread and, under a row's lock, on the log's."""
    ids = Ids()
    made: list[list[str]] = [[] for _ in range(4)]

    def take(mine: list[str]) -> None:
        for _ in range(20_000):
            mine.append(ids.make())

    threads = [threading.Thread(target=take, args=(mine,)) for mine in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id for mine in made for id in mine}) == 80_000
