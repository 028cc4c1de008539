"""The table of refresh tokens, in all orders in which two tabs, a network and a thief can use it."""

import random
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from intervene.accounts.refresh import DAY_MS, GRACE_MS, Answer, present
from intervene.core.devices import Device
from intervene.core.ids import AgentId, OrganisationId
from intervene.core.limits import DEVICE_SECONDS

NOON = 1_700_000_000_000
MOMENT, NAP, DAYS = 40_000, DAY_MS // 3, 2 * DAY_MS


def device(n: int = 5, *, issued: int = 0, used: int | None = None) -> Device:
    """Its present token was issued, and first presented, so long ago."""
    return Device(
        id="d", organisation=OrganisationId("acme"), person=AgentId("ana"), n=n, issued_at=NOON - issued,
        first_used_at=0 if used is None else NOON - used,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("n", "found", "answer"),
    [
        (5, device(), Answer.KEEPS),
        (5, device(issued=DAYS), Answer.KEEPS),
        (5, device(issued=DAY_MS, used=DAY_MS - 1), Answer.KEEPS),
        (5, device(issued=DAYS, used=DAY_MS), Answer.RENEWS),
        (4, device(issued=DAYS), Answer.RENEWS),
        (4, device(issued=GRACE_MS - 1, used=GRACE_MS - 1), Answer.RENEWS),
        (4, device(issued=DAYS, used=GRACE_MS - 1), Answer.RENEWS),
        (4, device(issued=DAYS, used=GRACE_MS), Answer.COPIED),
        (3, device(), Answer.COPIED),
        (6, device(), Answer.COPIED),
        (0, device(n=1), Answer.RENEWS),
        (5, device(issued=DEVICE_SECONDS * 1000 + 1), Answer.ENDED),
        (3, device(issued=DEVICE_SECONDS * 1000 + 1), Answer.ENDED),
    ],
)
def test_each_row_of_the_table(n: int, found: Device, answer: Answer) -> None:
    assert present(n, found, NOON).answer is answer


def test_a_token_is_replaced_a_day_after_its_first_use_and_not_before() -> None:
    first = present(5, device(issued=DAYS), NOON).device
    assert (first.n, first.first_used_at) == (5, NOON)
    assert present(5, first, NOON + DAY_MS - 1).device == first
    after = present(5, first, NOON + DAY_MS).device
    assert (after.n, after.issued_at, after.first_used_at) == (6, NOON + DAY_MS, 0)


# -- all orders --------------------------------------------------------------------------------------------------------


class Tab(NamedTuple):
    """What of it is under way: a request with that number, or an answer with that cookie, 0 for none. `age`: how long
    it has been under way, in ms."""

    request: int | None = None
    answer: int | None = None
    age: int = 0


class World(NamedTuple):
    """Of two tabs that share a cookie jar. Numbers are counted from the cookie's, times from now."""

    jar: int
    n: int
    issued: int
    used: int | None
    tabs: tuple[Tab, Tab] = (Tab(), Tab())


def steps(world: World) -> Iterator[World]:
    """Everything that can happen next. Raises `AssertionError` where the device would be revoked."""
    for at, tab in enumerate(world.tabs):
        if tab.request is None and tab.answer is None:
            yield _with(world, at, Tab(request=world.jar))
            continue
        yield _with(world, at, Tab())  # lost, on its way there or back
        if tab.request is not None:
            yield _served(world, at, tab.request)
        elif tab.answer:
            yield _with(world, at, Tab())._replace(jar=tab.answer)
    for passed in (MOMENT, NAP, DAYS):
        yield _later(world, passed)


def _with(world: World, at: int, tab: Tab) -> World:
    tabs = list(world.tabs)
    tabs[at] = tab
    return world._replace(tabs=(tabs[0], tabs[1]))


def _served(world: World, at: int, n: int) -> World:
    found = present(n, device(world.n, issued=world.issued, used=world.used), NOON)
    assert found.answer.is_good, world
    cookie = found.device.n if found.answer is Answer.RENEWS else 0
    issued, used = NOON - found.device.issued_at, found.device.first_used_at
    world = world._replace(n=found.device.n, issued=issued, used=NOON - used if used else None)
    return _with(world, at, Tab(answer=cookie))


def _later(world: World, passed: int) -> World:
    """Requests arrive within the grace; answers also after the browser has slept, but not after two naps."""
    used = None if world.used is None else _coarse(world.used + passed)
    first, second = (_older(tab, passed) for tab in world.tabs)
    return world._replace(issued=_coarse(world.issued + passed), used=used, tabs=(first, second))


def _older(tab: Tab, passed: int) -> Tab:
    age = _coarse(tab.age + passed)
    is_idle = tab.request is None and tab.answer is None
    is_lost = age >= (2 * NAP if tab.request is None else GRACE_MS)
    return Tab() if is_idle or is_lost else tab._replace(age=age)


def _coarse(ms: int) -> int:
    """As fine as the table looks at times, and whole naps between. So there are few."""
    return ms if ms < GRACE_MS else min(max(GRACE_MS, ms // NAP * NAP), DAY_MS)


def _plain(world: World) -> World:
    """The same for the table: numbers by their distance."""
    least = world.jar - 10
    tabs = [Tab(tab.request and tab.request - least, tab.answer and tab.answer - least, tab.age) for tab in world.tabs]
    first, second = sorted(tabs, key=lambda tab: tuple(-1 if part is None else part for part in tab))
    return World(world.jar - least, world.n - least, world.issued, world.used, (first, second))


def test_nobody_is_signed_out_in_any_order_of_two_tabs_and_lost_or_late_answers() -> None:
    begin = _plain(World(jar=5, n=5, issued=0, used=None))
    seen, waiting = {begin}, [begin]
    while waiting:
        for after in steps(waiting.pop()):
            plain = _plain(after)
            if plain not in seen:
                seen.add(plain)
                waiting.append(plain)
    assert len(seen) > 500
    assert any(world.n != world.jar for world in seen), "answers were lost"


# -- a thief -----------------------------------------------------------------------------------------------------------


def test_a_thief_who_goes_on_beside_the_victim_is_found() -> None:
    """Both present what they have, some times a day, and take what they get. Random months, from one seed."""
    rng = random.Random(7)
    found_after = [_days_until_found(rng) for _ in range(500)]
    assert max(found_after) < 60


def _days_until_found(rng: random.Random) -> int:
    stored, now = device(used=0), NOON
    tokens = {"victim": 5, "thief": 5}
    for day in range(60):
        for at in sorted(rng.random() for _ in range(rng.randint(2, 12))):
            now = NOON + int((day + at) * DAY_MS)
            name = rng.choice(("victim", "thief"))
            answer, stored = present(tokens[name], stored, now)
            if answer is Answer.COPIED:
                return day
            if answer is Answer.RENEWS:
                tokens[name] = stored.n
    return 60


def test_a_copy_of_an_older_token_revokes_the_device_at_once() -> None:
    stored = present(5, device(used=DAY_MS), NOON).device
    stored = present(6, stored, NOON).device
    assert present(5, stored, NOON + GRACE_MS).answer is Answer.COPIED
