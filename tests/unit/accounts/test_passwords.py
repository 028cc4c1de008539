"""Passwords and those who wait for a hash: real hashes, in real threads."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest
from argon2.exceptions import VerifyMismatchError

from intervene.accounts import passwords
from intervene.accounts.passwords import FOR_ANYBODY, NOBODYS, THREADS, Passwords
from intervene.core.errors import Busy
from intervene.core.limits import HASHES_WAITING


@pytest.fixture
async def hashing() -> AsyncIterator[Passwords]:
    made = Passwords()
    yield made
    made.close()


async def test_a_password_fits_its_hash_and_no_other(hashing: Passwords) -> None:
    stored = await hashing.hash("correct horse")
    assert stored.startswith("$argon2id$")
    assert await hashing.fits("correct horse", stored, is_known=False)
    assert not await hashing.fits("correct horsf", stored, is_known=False)
    assert not await hashing.fits("", "not a hash", is_known=False)


async def test_one_character_may_be_typed_in_several_ways(hashing: Passwords) -> None:
    assert await hashing.fits("Zu\u0308rich \ufb01ne", await hashing.hash("Z\u00fcrich fine"), is_known=True)


async def test_an_account_that_is_not_there_costs_a_hash_of_the_same_price(hashing: Passwords) -> None:
    """[P6] Otherwise the time of an answer says who has an account."""
    assert not await hashing.fits("anything", "", is_known=False)
    assert not passwords._HASHER.check_needs_rehash(NOBODYS)
    with pytest.raises(VerifyMismatchError):  # and not a hash that cannot be read, which costs nothing
        passwords._HASHER.verify(NOBODYS, "anything")


class Held:
    """Hashes that wait until they are let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.may_end = threading.Event()
        self.begun: list[str] = []
        monkeypatch.setattr(passwords, "_fits", self._fits)

    def _fits(self, password: str, stored: str) -> bool:
        self.begun.append(password)
        assert self.may_end.wait(20)
        return True


@pytest.fixture
async def held(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Held]:
    held = Held(monkeypatch)
    yield held
    held.may_end.set()


async def _asks(hashing: Passwords, name: str, *, is_known: bool, count: int = 1) -> list[asyncio.Task[bool]]:
    async def ask() -> bool:
        return await hashing.fits(name, "", is_known=is_known)

    asked = [asyncio.create_task(ask()) for _ in range(count)]
    await asyncio.sleep(0)
    return asked


async def test_one_thread_and_half_of_the_queue_are_for_known_devices(hashing: Passwords, held: Held) -> None:
    """[P7] A wordlist takes what there is for anybody, and the person on a known device still signs in."""
    guesses = await _asks(hashing, "guess", is_known=False, count=FOR_ANYBODY + HASHES_WAITING // 2 + 5)
    await asyncio.sleep(0)
    assert sum(guess.done() for guess in guesses) == 5, "refused at once"
    for guess in guesses[-5:]:
        with pytest.raises(Busy):
            await guess
    known = await _asks(hashing, "mine", is_known=True, count=THREADS - FOR_ANYBODY + HASHES_WAITING // 2 + 1)
    await asyncio.sleep(0)
    assert [task.done() for task in known] == [False] * (len(known) - 1) + [True]
    with pytest.raises(Busy):
        await known[-1]
    held.may_end.set()
    assert all(await asyncio.gather(*guesses[:-5], *known[:-1]))
    assert held.begun[:2] == ["guess", "mine"]
    assert held.begun[2 : 2 + HASHES_WAITING // 2].count("mine") > HASHES_WAITING // 4, "they go first"


async def test_who_has_gone_costs_no_hash(hashing: Passwords, held: Held) -> None:
    await _asks(hashing, "first", is_known=False)
    gone, stays = await _asks(hashing, "gone", is_known=False), await _asks(hashing, "stays", is_known=False)
    gone[0].cancel()
    await asyncio.sleep(0)
    held.may_end.set()
    assert await stays[0]
    assert held.begun == ["first", "stays"]
