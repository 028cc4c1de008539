"""The contract of `ports.Drafts`, on every adapter."""

import pytest

from intervene.adapters.sql import drafts as adapter
from intervene.core.ids import AgentId, ConversationId, Key, OrganisationId
from intervene.ports.drafts import Draft, Drafts
from intervene.ports.retention import Retention
from intervene.ports.schedule import Schedule
from tests.contract.build import ACME

ANNA, BEN = AgentId("anna"), AgentId("ben")


def at(id: str, organisation: str = ACME) -> Key:
    return Key(OrganisationId(organisation), ConversationId(id))


async def test_the_last_one_is_kept_and_is_its_authors_alone(drafts: Drafts, schedule: Schedule) -> None:
    """[P6] In each conversation, of each organisation."""
    before = await schedule.now()
    await drafts.keep(ANNA, at("c1"), "first")
    await drafts.keep(ANNA, at("c1"), "second")
    await drafts.keep(ANNA, at("c1", "other"), "elsewhere")
    found = await drafts.read(ANNA, at("c1"))
    assert (found.text, before <= found.at) == ("second", True)
    assert (await drafts.read(ANNA, at("c1", "other"))).text == "elsewhere"
    assert await drafts.read(BEN, at("c1")) == await drafts.read(ANNA, at("c2")) == Draft()


async def test_an_empty_one_removes_it(drafts: Drafts) -> None:
    await drafts.keep(ANNA, at("c1"), "first")
    for _ in range(2):
        await drafts.keep(ANNA, at("c1"), "")
        assert await drafts.read(ANNA, at("c1")) == Draft()


async def test_a_person_has_so_many_and_the_newest_stay(drafts: Drafts, monkeypatch: pytest.MonkeyPatch) -> None:
    """[P7]"""
    monkeypatch.setattr(adapter, "DRAFTS", 3)
    await drafts.keep(BEN, at("c0"), "another's")
    for number in range(5):
        last = (await drafts.read(ANNA, at(f"c{number - 1}"))).at
        while True:  # until the database's clock has moved
            await drafts.keep(ANNA, at(f"c{number}"), f"text {number}")
            if (await drafts.read(ANNA, at(f"c{number}"))).at > last:
                break
    kept = [(await drafts.read(ANNA, at(f"c{number}"))).text for number in range(5)]
    assert kept == ["", "", "text 2", "text 3", "text 4"]
    assert (await drafts.read(BEN, at("c0"))).text == "another's"


async def test_old_ones_are_dropped(drafts: Drafts, retention: Retention) -> None:
    """[P7]"""
    await drafts.keep(ANNA, at("c1"), "kept")
    moment = (await drafts.read(ANNA, at("c1"))).at
    await retention.drop_drafts(moment)
    assert (await drafts.read(ANNA, at("c1"))).text == "kept"
    await retention.drop_drafts(moment + 1)
    assert await drafts.read(ANNA, at("c1")) == Draft()
