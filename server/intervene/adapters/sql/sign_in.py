"""How people sign in, on either engine: devices, links, attempts."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import delete, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from intervene.adapters.sql import people
from intervene.adapters.sql.audit import record
from intervene.adapters.sql.database import Ask, Database, Query
from intervene.adapters.sql.people_tables import device, link, person, sign_in_attempt
from intervene.adapters.sql.statements import Now, Statement, number, word
from intervene.core.devices import Device
from intervene.core.ids import AgentId, OrganisationId
from intervene.core.limits import DEVICES
from intervene.core.people import AuditEntry, StaffMember
from intervene.ports.people import Changes
from intervene.ports.sign_in import Counted, Link, Outcome

_NAMES = ("id", "organisation", "person", "label", "n", "issued_at", "first_used_at", "created_at")
_DEVICE = [device.c[name] for name in _NAMES]

_NOW = Statement(select(Now().label("now")))
_CLOCK = select(Now().label("now")).subquery()  # read once: a device's two times begin alike
_ADD = Statement(
    insert(device)
    .from_select(
        _NAMES,
        select(
            word("id_given"), word("organisation_given"), word("person_given"), word("label_given"),
            number("n_given"), _CLOCK.c.now, literal(0), _CLOCK.c.now,
        ),
    )
    .returning(*_DEVICE)
)  # fmt: skip
_LOCK = Statement(
    update(device).where(device.c.id == word("id")).values(n=device.c.n).returning(*_DEVICE, Now().label("now"))
)
_KEEP = Statement(
    update(device)
    .where(device.c.id == word("id"))
    .values(n=number("n_given"), issued_at=number("issued_given"), first_used_at=number("used_given"))
)
_DROP = Statement(delete(device).where(device.c.id == word("id")))
_OF = Statement(
    select(*_DEVICE)
    .where(device.c.person == word("person"), device.c.organisation == word("organisation"))
    .order_by(device.c.created_at.desc(), device.c.id)
)
_IDS = Statement(
    select(device.c.id, device.c.issued_at, device.c.first_used_at).where(device.c.person == word("person"))
)
_DROP_OF = Statement(
    delete(device).where(device.c.id == word("id"), device.c.person == word("person")).returning(device.c.id)
)


class SqlDevices:
    """`ports.Devices`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, device: Device, entry: AuditEntry) -> Device:
        return await self._database.tell(_add(device, entry))

    async def decide(self, id: str, decide: Callable[[Device, int], Outcome]) -> Device | None:
        return await self._database.tell(_decide(id, decide))

    async def of(self, organisation: OrganisationId, person: AgentId) -> Sequence[Device]:
        def query() -> Query[Sequence[Device]]:
            found = yield Ask(_OF, {"organisation": organisation, "person": person})
            return [_device(columns) for columns in found]

        return await self._database.ask(query())

    async def remove(self, person: AgentId, id: str, entry: AuditEntry) -> bool:
        return await self._database.tell(_remove(person, id, entry))


def _add(given: Device, entry: AuditEntry) -> Query[Device]:
    about = {name: getattr(given, name) for name in ("id", "organisation", "person", "label", "n")}
    [columns] = yield Ask(_ADD, {f"{name}_given": value for name, value in about.items()})
    others = yield Ask(_IDS, {"person": given.person})
    for id, *_ in sorted(others, key=lambda found: max(found[1:]), reverse=True)[DEVICES:]:
        yield Ask(_DROP, {"id": id})
    yield from record(entry)
    return _device(columns)


def _decide(id: str, decide: Callable[[Device, int], Outcome]) -> Query[Device | None]:
    for *columns, now in (yield Ask(_LOCK, {"id": id})):
        before = _device(columns)
        after, entry = decide(before, now)
        if after is None:
            yield Ask(_DROP, {"id": id})
        elif after != before:
            numbers = {"n_given": after.n, "issued_given": after.issued_at, "used_given": after.first_used_at}
            yield Ask(_KEEP, {"id": id, **numbers})
        if entry is not None:
            yield from record(entry)
        return after
    return None


def _remove(person: AgentId, id: str, entry: AuditEntry) -> Query[bool]:
    found = yield Ask(_DROP_OF, {"id": id, "person": person})
    if found:
        yield from record(entry)
    return bool(found)


def _device(columns: Sequence[Any]) -> Device:
    return Device(**dict(zip(_NAMES, columns, strict=True)))


# -- links -------------------------------------------------------------------------------------------------------------

_LINK_NAMES = ("hash", "organisation", "person", "purpose", "expires")
_LINK = [link.c[name] for name in _LINK_NAMES]

_ADD_LINK = Statement(
    insert(link)
    .values(
        hash=word("hash_given"), organisation=word("organisation_given"), person=word("person_given"),
        purpose=word("purpose_given"), expires=Now() + number("lasts"),
    )
    .returning(*_LINK)
)  # fmt: skip
_DROP_LINKS = Statement(delete(link).where((link.c.person == word("person")) | (link.c.expires < Now())))
_FIND_LINK = Statement(
    select(*_LINK)
    .join(person, person.c.id == link.c.person)
    .where(link.c.hash == word("hash"), link.c.expires > Now(), person.c.disabled == 0)
)
_TAKE_LINK = Statement(
    delete(link)
    .where(link.c.hash == word("hash"), link.c.expires > Now())
    .returning(link.c.organisation, link.c.person)
)


class SqlLinks:
    """`ports.Links`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def make(self, link: Link, seconds: int, entry: AuditEntry) -> Link:
        return await self._database.tell(make_link(link, seconds, entry))

    async def find(self, hash: str) -> Link | None:
        return await self._database.ask(_find_link(hash))

    async def redeem(self, hash: str, changes: Changes, entry: AuditEntry) -> StaffMember | None:
        return await self._database.tell(_redeem(hash, changes, entry))


def make_link(given: Link, seconds: int, entry: AuditEntry) -> Query[Link]:
    yield Ask(_DROP_LINKS, {"person": given.person})
    about = {name: getattr(given, name) for name in ("hash", "organisation", "person", "purpose")}
    [columns] = yield Ask(
        _ADD_LINK, {**{f"{name}_given": value for name, value in about.items()}, "lasts": seconds * 1000}
    )
    yield from record(entry)
    return _link(columns)


def _find_link(hash: str) -> Query[Link | None]:
    for columns in (yield Ask(_FIND_LINK, {"hash": hash})):
        return _link(columns)
    return None


def _redeem(hash: str, changes: Changes, entry: AuditEntry) -> Query[StaffMember | None]:
    if (yield from _find_link(hash)) is None:
        return None
    for organisation, id in (yield Ask(_TAKE_LINK, {"hash": hash})):
        return (yield from people.change(OrganisationId(organisation), AgentId(id), changes, entry))
    return None


def _link(columns: Sequence[Any]) -> Link:
    return Link(**dict(zip(_LINK_NAMES, columns, strict=True)))


# -- attempts ----------------------------------------------------------------------------------------------------------

_KEY = (sign_in_attempt.c.whose == word("whose"), sign_in_attempt.c.period == number("period"))
_COUNT = Statement(select(sign_in_attempt.c.count).where(*_KEY))
_adding = insert(sign_in_attempt).values(whose=word("whose_given"), period=number("period_given"), count=1)
_TAKE = Statement(
    _adding.on_conflict_do_update(
        index_elements=[sign_in_attempt.c.whose, sign_in_attempt.c.period],
        set_={"count": sign_in_attempt.c.count + 1},
    ).returning(sign_in_attempt.c.count)
)
_GIVE_BACK = Statement(
    update(sign_in_attempt).where(*_KEY, sign_in_attempt.c.count > 0).values(count=sign_in_attempt.c.count - 1)
)
_FORGET = Statement(delete(sign_in_attempt).where(sign_in_attempt.c.period < number("period")))


class SqlAttempts:
    """`ports.Attempts`. A period is the number of those that have passed since 1970."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, counted: Sequence[Counted], seconds: int) -> int:
        """What is full is found without a write: attempts beyond the limit cost no disk."""
        if wait := await self._database.ask(_wait(counted, seconds)):
            return wait
        return await self._database.tell(_take(counted, seconds))

    async def give_back(self, counted: Sequence[Counted], seconds: int) -> None:
        await self._database.tell(_give_back(counted, seconds))


def _wait(counted: Sequence[Counted], seconds: int) -> Query[int]:
    ((now,),) = yield Ask(_NOW, {})
    period, passed = divmod(now // 1000, seconds)
    for whose, most in counted:
        for (count,) in (yield Ask(_COUNT, {"whose": whose, "period": period})):
            if count >= most:
                return int(seconds - passed)
    return 0


def _take(counted: Sequence[Counted], seconds: int) -> Query[int]:
    """In one order, so that no two wait for each other."""
    ((now,),) = yield Ask(_NOW, {})
    period, passed = divmod(now // 1000, seconds)
    taken: list[str] = []
    for whose, most in sorted(counted):
        ((count,),) = yield Ask(_TAKE, {"whose_given": whose, "period_given": period})
        taken.append(whose)
        if count > most:
            for name in taken:
                yield Ask(_GIVE_BACK, {"whose": name, "period": period})
            return int(seconds - passed)
        if count == 1:
            yield Ask(_FORGET, {"period": period - 1})
    return 0


def _give_back(counted: Sequence[Counted], seconds: int) -> Query[None]:
    ((now,),) = yield Ask(_NOW, {})
    for whose, _ in sorted(counted):
        yield Ask(_GIVE_BACK, {"whose": whose, "period": now // 1000 // seconds})
