"""What organisations set in rows, as every store keeps it: the contract of `ports.Settings`."""

import asyncio
from typing import Any

import pytest

from intervene.adapters.sql.database import AskText, Query
from intervene.adapters.sql.store import Store
from intervene.core import limits
from intervene.core.errors import BadSetting, BadText, IdReused, InterveneError, LimitReached, NotFound, VersionChanged
from intervene.core.ids import DEFAULT_QUEUE, WEBCHAT, AgentId, OrganisationId, QueueId
from intervene.core.policy import Stored
from intervene.core.settings import KINDS, Kind, QueueSettings, Row, convert
from intervene.ports.settings import By, Changed, Settings, Team

ACME, GLOBEX = OrganisationId("acme"), OrganisationId("globex")
ANA, BEN, CLEO = (AgentId(name) for name in ("ana", "ben", "cleo"))
BY = By(ANA, "192.0.2.0")
SALES = QueueId("sales")

EXAMPLES: dict[Kind, tuple[dict[str, Any], dict[str, Any]]] = {
    Kind.QUEUE: ({"name": "Sales", "visibility": "holder"}, {"is_active": False}),
    Kind.STATUS: ({"name": "Promise to pay", "colour": "#00aa00"}, {"position": 3}),
    Kind.CANNED_REPLY: ({"name": "Hello", "text": "Hello {contact.name}"}, {"text": "Hi"}),
    Kind.CHANNEL: ({"name": "Shop", "origins": ["https://shop.example"]}, {"greeting": "Welcome!"}),
    Kind.HOURS: (
        {"name": "Office", "zone": "Europe/Berlin", "spans": [{"day": "monday", "opens": "09:00", "closes": "17:00"}]},
        {"holidays": [{"on": "2026-12-25"}]},
    ),
    Kind.FIELD: ({"name": "Plan", "kind": "choice", "choices": ["basic", "pro"]}, {"choices": ["pro"]}),
    Kind.REASON: ({"name": "Solved"}, {"name": "Solved at once"}),
}
"""A row of each kind, and a change of it."""


async def create(settings: Settings, kind: Kind = Kind.QUEUE, id: str = SALES, request: str = "", **values: Any) -> Row:
    """With the values of the example, but for those given."""
    made = convert(kind, {**EXAMPLES[kind][0], **values})
    return (await settings.create(ACME, kind, id, made, request, BY)).row


async def change(
    settings: Settings,
    id: str,
    expected: int,
    kind: Kind = Kind.QUEUE,
    /,
    is_archived: bool | None = None,
    **values: Any,
) -> Row:
    return (await settings.change(ACME, kind, id, expected, values, is_archived, BY)).row


# -- rows --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", Kind)
async def test_a_row_of_each_kind_is_made_read_and_changed(settings: Settings, kind: Kind) -> None:
    values, changed = EXAMPLES[kind]
    made = await create(settings, kind, "x1")
    assert made == Row(kind=kind, id="x1", version=1, values=convert(kind, values))
    assert await settings.read(ACME, kind, "x1") == made
    after = await change(settings, "x1", 1, kind, **changed)
    assert after == Row(kind=kind, id="x1", version=2, values=convert(kind, {**values, **changed}))
    assert await settings.read(ACME, kind, "x1") == after
    archived = await change(settings, "x1", 2, kind, is_archived=True)
    assert (archived.version, archived.is_archived, archived.values) == (3, True, after.values)


@pytest.mark.parametrize(("kind", "id"), [(Kind.QUEUE, DEFAULT_QUEUE), (Kind.CHANNEL, WEBCHAT)])
async def test_what_each_organisation_has_is_there_before_it_is_written(
    settings: Settings, kind: Kind, id: str
) -> None:
    assert (await settings.read(ACME, kind, id)).version == 0
    assert await settings.page(ACME, kind, "", 10) == []
    named = await change(settings, id, 0, kind, name="Ours")
    assert (named.version, named.values.name) == (1, "Ours")
    assert await settings.page(ACME, kind, "", 10) == [named]
    assert (await settings.read(GLOBEX, kind, id)).version == 0


async def test_rows_are_read_page_by_page(settings: Settings) -> None:
    made = [await create(settings, Kind.STATUS, f"s{n}") for n in range(5)]
    first = await settings.page(ACME, Kind.STATUS, "", 3)
    assert [*first, *await settings.page(ACME, Kind.STATUS, first[-1].id, 3)] == made


async def test_an_organisation_reads_and_changes_no_row_of_another(settings: Settings) -> None:
    """[P6]"""
    await create(settings)
    assert await settings.page(GLOBEX, Kind.QUEUE, "", 10) == []
    for attempt in (
        settings.read(GLOBEX, Kind.QUEUE, SALES),
        settings.change(GLOBEX, Kind.QUEUE, SALES, 1, {"name": "x"}, None, BY),
        settings.team(GLOBEX, SALES),
        settings.change_team(GLOBEX, SALES, 1, [BEN], [], BY),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert (await settings.read(ACME, Kind.QUEUE, SALES)).version == 1


async def test_what_a_newer_release_has_stored_stays_when_this_one_changes_a_row(
    settings: Settings, store: Store
) -> None:
    await create(settings)
    await _store(store, '{"name":"Sales","wrap_up":"later"}')
    await change(settings, SALES, 1, name="Sales and more")
    assert '"wrap_up":"later"' in await _stored(store)


async def test_a_channel_is_of_one_organisation_for_ever(settings: Settings, store: Store) -> None:
    """[P6] The first one is everybody's own: it says of nobody."""
    await create(settings, Kind.CHANNEL, "shop")
    await change(settings, "shop", 1, Kind.CHANNEL, is_archived=True)
    await change(settings, WEBCHAT, 0, Kind.CHANNEL, name="Ours")
    found = [await store.policies.organisation_of(channel) for channel in ("shop", "none", WEBCHAT)]
    assert found == [ACME, None, None]


# -- changes that meet -------------------------------------------------------------------------------------------------


async def test_a_change_for_another_version_is_refused_with_the_present_one(settings: Settings) -> None:
    await create(settings)
    await change(settings, SALES, 1, name="First")
    with pytest.raises(VersionChanged) as refused:
        await change(settings, SALES, 1, name="Second")
    assert refused.value.facts == {"version": 2}
    assert (await settings.read(ACME, Kind.QUEUE, SALES)).values.name == "First"


async def test_of_changes_at_once_one_is_made(settings: Settings) -> None:
    await create(settings)
    tries = (change(settings, SALES, 1, name=f"n{n}") for n in range(6))
    made = [each for each in await asyncio.gather(*tries, return_exceptions=True) if isinstance(each, Row)]
    assert [each.version for each in made] == [2]


async def test_a_repeated_request_gets_its_row_and_makes_no_second(settings: Settings, store: Store) -> None:
    """[P3] Whatever became of the row since."""
    made = await asyncio.gather(*(create(settings, request="a") for _ in range(4)))
    assert set(made) == {made[0]}
    await change(settings, SALES, 1, name="Other")
    assert (await create(settings, request="a")).values.name == "Other"
    assert (await store.policies.read(ACME)).version == 2
    with pytest.raises(IdReused):
        await create(settings, request="b")


async def test_each_change_raises_the_settings_version_and_is_in_the_audit(settings: Settings, store: Store) -> None:
    values = convert(Kind.STATUS, {"name": "New"})
    assert (await settings.create(ACME, Kind.STATUS, "s1", values, "", BY)).settings_version == 1
    changed = await settings.change(ACME, Kind.STATUS, "s1", 1, {"name": "Open"}, None, BY)
    assert changed.settings_version == 2
    assert (await settings.change(ACME, Kind.STATUS, "s1", 2, {"name": "Open"}, None, BY)) == Changed(changed.row)
    await settings.change_team(ACME, DEFAULT_QUEUE, 0, [BEN], [], BY)
    assert (await store.versions.read([ACME], [])).organisations == {ACME: 3}
    entries = await store.audit.of(ACME, 10)
    assert [(each.action, each.subject, each.by, each.network) for each in entries] == [
        ("queue.team", "default", ANA, "192.0.2.0"),
        ("status.change", "s1", ANA, "192.0.2.0"),
        ("status.create", "s1", ANA, "192.0.2.0"),
    ]
    assert (entries[1].before, entries[1].after) == ({"name": "New"}, {"name": "Open"})


async def test_a_refused_change_leaves_nothing(settings: Settings, store: Store) -> None:
    await create(settings)
    with pytest.raises(BadSetting):
        await change(settings, SALES, 1, name=" ")
    assert (await store.policies.read(ACME)).version == 1
    assert len(await store.audit.of(ACME, 10)) == 1


# -- bounds ------------------------------------------------------------------------------------------------------------


async def test_there_are_so_many_rows_of_a_kind_and_archived_ones_make_room(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P7]"""
    monkeypatch.setitem(KINDS, Kind.QUEUE, KINDS[Kind.QUEUE]._replace(most=3))
    for n in range(3):
        await create(settings, id=f"q{n}")
    with pytest.raises(LimitReached) as refused:
        await create(settings, id="q3")
    assert refused.value.facts == {"limit": 3}
    with pytest.raises(LimitReached):
        await change(settings, DEFAULT_QUEUE, 0, name="One more")
    await change(settings, "q0", 1, is_archived=True)
    await create(settings, id="q3")
    with pytest.raises(LimitReached):
        await change(settings, "q0", 2, is_archived=False)


async def test_archived_rows_are_bounded_too(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """[P7]"""
    monkeypatch.setitem(KINDS, Kind.STATUS, KINDS[Kind.STATUS]._replace(most=1))
    for n in range(limits.ARCHIVED):
        await create(settings, Kind.STATUS, f"s{n}")
        await change(settings, f"s{n}", 1, Kind.STATUS, is_archived=True)
    with pytest.raises(LimitReached):
        await create(settings, Kind.STATUS, "another")


@pytest.mark.parametrize(
    ("kind", "values", "refusal"),
    [
        (Kind.QUEUE, {"hours": "none of ours"}, BadSetting),
        (Kind.QUEUE, {"absent_seconds": -1}, BadSetting),
        (Kind.QUEUE, {"away_message": "x" * (limits.CANNED_BYTES + 1)}, BadText),
        (Kind.CHANNEL, {"queue": "none of ours"}, BadSetting),
        (Kind.CHANNEL, {"bot": "a\0b"}, BadSetting),
        (Kind.CHANNEL, {"origins": ["shop.example"]}, BadSetting),
        (Kind.HOURS, {"zone": "Mars/Olympus"}, BadSetting),
        (Kind.HOURS, {"holidays": [{"on": "2026-12-25"}, {"on": "2026-12-25"}]}, BadSetting),
        (Kind.HOURS, {"spans": [{"day": "monday", "opens": "9", "closes": "17:00"}]}, BadSetting),
        (Kind.FIELD, {"kind": "text"}, BadSetting),
        (Kind.FIELD, {"choices": ["a", "a"]}, BadSetting),
        (Kind.FIELD, {"choices": []}, BadSetting),
        (Kind.STATUS, {"colour": "red"}, BadSetting),
        (Kind.STATUS, {"name": "\u200b"}, BadSetting),
        (Kind.CANNED_REPLY, {"text": " "}, BadText),
        (Kind.REASON, {"position": limits.POSITIONS + 1}, BadSetting),
    ],
)
async def test_what_does_not_fit_is_refused(
    settings: Settings, kind: Kind, values: dict[str, Any], refusal: type[InterveneError]
) -> None:
    """[P7]"""
    await create(settings, kind, "x1")
    with pytest.raises(refusal):
        await change(settings, "x1", 1, kind, **values)
    assert (await settings.read(ACME, kind, "x1")).version == 1


async def test_a_queue_names_hours_that_are_there_and_keeps_those_that_are_archived_later(settings: Settings) -> None:
    await create(settings, Kind.HOURS, "h1")
    await create(settings, hours="h1")
    await change(settings, "h1", 1, Kind.HOURS, is_archived=True)
    assert (await change(settings, SALES, 1, name="Other")).version == 2
    with pytest.raises(BadSetting):
        await create(settings, id="another", hours="h1")


@pytest.mark.parametrize("change_", [{"is_archived": True}, {"is_active": False}])
async def test_the_default_queue_stays_in_use(settings: Settings, change_: dict[str, Any]) -> None:
    """[P5] What has no other queue is in it."""
    with pytest.raises(BadSetting):
        await change(settings, DEFAULT_QUEUE, 0, **change_)


# -- teams -------------------------------------------------------------------------------------------------------------


async def test_agents_are_put_into_a_queue_and_taken_out(settings: Settings) -> None:
    await create(settings)
    await settings.change_team(ACME, SALES, 1, [BEN, CLEO], [], BY)
    assert await settings.team(ACME, SALES) == Team(2, frozenset({BEN, CLEO}))
    await settings.change_team(ACME, SALES, 2, [BEN, ANA], [CLEO, ANA], BY)
    assert await settings.team(ACME, SALES) == Team(3, frozenset({BEN}))
    unchanged = await settings.change_team(ACME, SALES, 3, [BEN], [CLEO], BY)
    assert (unchanged.row.version, unchanged.settings_version) == (3, 0)
    with pytest.raises(VersionChanged):
        await settings.change_team(ACME, SALES, 2, [], [BEN], BY)
    assert (await settings.team(ACME, DEFAULT_QUEUE)) == Team(0, frozenset())


async def test_all_queues_together_have_so_many_members(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """[P7]"""
    monkeypatch.setattr(limits, "MEMBERS", 3)
    await create(settings)
    await settings.change_team(ACME, SALES, 1, [ANA, BEN], [], BY)
    await settings.change_team(ACME, DEFAULT_QUEUE, 0, [ANA], [], BY)
    with pytest.raises(LimitReached):
        await settings.change_team(ACME, DEFAULT_QUEUE, 1, [BEN], [], BY)
    await settings.change_team(ACME, SALES, 2, [CLEO], [ANA], BY)


# -- as the rules read it ----------------------------------------------------------------------------------------------


async def test_a_policy_is_read_with_all_rows_but_canned_replies(settings: Settings, store: Store) -> None:
    made = [await create(settings, kind, f"of {kind}") for kind in Kind]
    await settings.change_team(ACME, DEFAULT_QUEUE, 0, [BEN], [], BY)
    stored = await store.policies.read(ACME)
    assert stored.version == 8
    assert stored.members == {DEFAULT_QUEUE: {BEN}}
    default = Row(kind=Kind.QUEUE, id=DEFAULT_QUEUE, version=1, values=QueueSettings(name="Default"))
    expected = [row for row in (*made, default) if row.kind is not Kind.CANNED_REPLY]
    assert sorted(stored.rows, key=lambda row: (row.kind, row.id)) == sorted(
        expected, key=lambda row: (row.kind, row.id)
    )
    assert await store.policies.read(GLOBEX) == Stored()


async def _store(store: Store, data: str) -> None:
    def query() -> Query[None]:
        yield AskText("UPDATE queue SET data = ?", (data,))

    await store.settings._database.tell(query())  # type: ignore[attr-defined]


async def _stored(store: Store) -> str:
    def query() -> Query[str]:
        ((data,),) = yield AskText("SELECT data FROM queue")
        return str(data)

    return await store.settings._database.ask(query())  # type: ignore[attr-defined, no-any-return]
