"""The people of organisations, on either engine."""

from collections.abc import Sequence
from functools import lru_cache
from sys import intern
from typing import Any

from msgspec import UNSET
from sqlalchemy import ColumnElement, case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from intervene.adapters.sql.audit import record
from intervene.adapters.sql.database import Ask, Database, Query
from intervene.adapters.sql.people_tables import device, person, subject
from intervene.adapters.sql.requests import keep, made_before
from intervene.adapters.sql.statements import Now, Statement, number, word
from intervene.adapters.sql.versions import portions
from intervene.core.actors import Role
from intervene.core.errors import IllegalMove, TooMany, VersionChanged
from intervene.core.ids import AgentId, OrganisationId
from intervene.core.limits import PEOPLE
from intervene.core.people import AuditEntry, StaffMember
from intervene.ports.people import Changes, Newcomer
from intervene.ports.requests import Request

UNCOUNTED_SHARE = 64  # one of so many places that are free

_COLUMNS = [
    person.c[name]
    for name in (
        "organisation", "id", "role", "name", "email", "version", "tokens_from", "available", "disabled", "created_at"
    )
]  # fmt: skip

_OF = Statement(select(*_COLUMNS).where(person.c.id == word("id"), person.c.organisation == word("organisation")))


@lru_cache(16)
def _with_ids(count: int) -> Statement:
    return Statement(select(*_COLUMNS).where(person.c.id.in_([word(f"p{n}") for n in range(count)])))


_NAMED = Statement(
    select(*_COLUMNS)
    .join(subject, subject.c.person == person.c.id)
    .where(
        subject.c.organisation == word("organisation"),
        subject.c.subject == word("subject"),
        person.c.organisation == word("organisation"),
    )
)
_WITH_EMAIL = Statement(
    select(*_COLUMNS, person.c.password).where(person.c.email == word("email"), person.c.email != "")
)
_IDS_WITH_EMAIL = Statement(select(person.c.id).where(person.c.email == word("email"), person.c.email != ""))
_PAGE = Statement(
    select(*_COLUMNS)
    .where(person.c.organisation == word("organisation"), person.c.id > word("after"))
    .order_by(person.c.id)
    .limit(number("limit"))
)
_COUNT = Statement(select(func.count()).select_from(person).where(person.c.organisation == word("organisation")))
_ANY = Statement(select(person.c.id).limit(1))
_LOCK = Statement(
    update(person)
    .where(person.c.id == word("id"), person.c.organisation == word("organisation"))
    .values(version=person.c.version)
    .returning(*_COLUMNS, person.c.password)
)

_ADD_SUBJECT = Statement(
    insert(subject)
    .values(organisation=word("organisation"), subject=word("subject"), person=word("subject"))
    .on_conflict_do_nothing()
    .returning(subject.c.subject)
)
"""First: a transaction at the same time waits for it, and then finds the row."""
_NAME_SUBJECT = Statement(
    update(subject)
    .where(subject.c.organisation == word("organisation"), subject.c.subject == word("subject"))
    .values(person=word("id"))
)
_ADD = Statement(
    insert(person)
    .values(
        id=word("id"),
        organisation=word("organisation"),
        role=word("role"),
        name=word("name"),
        email=word("email"),
        password=word("password"),
        version=1,
        tokens_from=0,
        available=1,
        disabled=0,
        created_at=Now(),
    )
    .on_conflict_do_nothing()
    .returning(*_COLUMNS)
)


def _if_given(flag: str, value: ColumnElement[Any], column: Any) -> ColumnElement[Any]:
    return case((number(flag) > 0, value), else_=column)


_CHANGE = Statement(
    update(person)
    .where(person.c.id == word("id"), person.c.organisation == word("organisation"))
    .values(
        role=word("role_given"),
        name=word("name_given"),
        email=word("email_given"),
        password=word("password_given"),
        available=number("available_given"),
        version=person.c.version + number("ends_sessions"),
        tokens_from=_if_given("ends_tokens", Now(), person.c.tokens_from),
        disabled=case((number("is_disabled") == 0, 0), (person.c.disabled > 0, person.c.disabled), else_=Now()),
    )
    .returning(*_COLUMNS)
)

_DROP_DEVICES = Statement(delete(device).where(device.c.person == word("id")))


class Room:
    """How many may come to an organisation before its people are counted anew: to count them at each arrival costs
    the square of their number. A share of what is free is given away uncounted. A process that is alone never exceeds
    `PEOPLE`; each of several nodes may, by that share of what it last found free."""

    def __init__(self) -> None:
        self._uncounted: dict[OrganisationId, int] = {}

    def take(self, organisation: OrganisationId) -> Query[None]:
        """Raises `TooMany`."""
        uncounted = self._uncounted.pop(organisation, 0)
        if not uncounted:
            ((count,),) = yield Ask(_COUNT, {"organisation": organisation})
            if count >= PEOPLE:
                raise TooMany(f"At most {PEOPLE} people work for an organisation.")
            uncounted = max(1, (PEOPLE - count) // UNCOUNTED_SHARE)
        if uncounted > 1:
            self._uncounted[organisation] = uncounted - 1


class SqlPeople:
    """`ports.People`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._room = Room()

    async def of(self, organisation: OrganisationId, id: AgentId) -> StaffMember | None:
        return await self._database.ask(_first(_OF, organisation=organisation, id=id))

    async def with_ids(self, ids: Sequence[AgentId]) -> Sequence[StaffMember]:
        asked = portions(set(ids))

        def query() -> Query[list[StaffMember]]:
            members = []
            for some in asked:
                found = yield Ask(_with_ids(len(some)), {f"p{n}": id for n, id in enumerate(some)})
                members += [_member(*row) for row in found]
            return members

        return await self._database.ask(query()) if asked else []

    async def named(self, organisation: OrganisationId, subject: str) -> StaffMember | None:
        return await self._database.ask(_first(_NAMED, organisation=organisation, subject=subject))

    async def arrive(self, newcomer: Newcomer) -> StaffMember:
        return await self._database.tell(_arrive(newcomer, self._room))

    async def with_email(self, email: str) -> tuple[StaffMember, str] | None:
        def query() -> Query[tuple[StaffMember, str] | None]:
            for *columns, password in (yield Ask(_WITH_EMAIL, {"email": email})):
                return _member(*columns), password
            return None

        return await self._database.ask(query())

    async def is_anybody(self) -> bool:
        def query() -> Query[bool]:
            return len((yield Ask(_ANY, {}))) > 0

        return await self._database.ask(query())

    async def page(self, organisation: OrganisationId, after: str, limit: int) -> Sequence[StaffMember]:
        def query() -> Query[Sequence[StaffMember]]:
            found = yield Ask(_PAGE, {"organisation": organisation, "after": after, "limit": limit})
            return [_member(*columns) for columns in found]

        return await self._database.ask(query())

    async def add(
        self, member: StaffMember, password: str, entry: AuditEntry, request: Request | None = None
    ) -> StaffMember:
        return await self._database.tell(_add(member, password, entry, request, self._room))

    async def change(
        self, organisation: OrganisationId, id: AgentId, changes: Changes, entry: AuditEntry
    ) -> StaffMember | None:
        return await self._database.tell(change(organisation, id, changes, entry))


def _arrive(newcomer: Newcomer, room: Room) -> Query[StaffMember]:
    names: dict[str, object] = {"organisation": newcomer.organisation, "subject": newcomer.subject}
    if (yield Ask(_ADD_SUBJECT, names)):
        yield from room.take(newcomer.organisation)
        row = names | {"role": newcomer.role.value, "name": newcomer.name, "email": "", "password": ""}
        if member := (yield from _first(_ADD, **row, id=newcomer.subject)):
            return member
        yield Ask(_ADD, row | {"id": newcomer.spare_id})
        yield Ask(_NAME_SUBJECT, names | {"id": newcomer.spare_id})
    member = yield from _first(_NAMED, **names)
    assert member is not None, "a subject has a person from its own transaction on"
    return member


def _add(
    member: StaffMember, password: str, entry: AuditEntry, request: Request | None, room: Room
) -> Query[StaffMember]:
    if id := (yield from made_before(request)):
        return (yield from _known(member.organisation, AgentId(id)))
    yield from room.take(member.organisation)
    added = yield from _first(
        _ADD, organisation=member.organisation, id=member.id, role=member.role.value, name=member.name,
        email=member.email, password=password,
    )  # fmt: skip
    if added is None:
        raise IllegalMove("The id or the e-mail address is another person's.")
    yield from record(entry)
    yield from keep(request, member.id)
    return added


def _known(organisation: OrganisationId, id: AgentId) -> Query[StaffMember]:
    member = yield from _first(_OF, organisation=organisation, id=id)
    assert member is not None, "no row is ever deleted"
    return member


def change(organisation: OrganisationId, id: AgentId, changes: Changes, entry: AuditEntry) -> Query[StaffMember | None]:
    names: dict[str, object] = {"organisation": organisation, "id": id}
    for *columns, password in (yield Ask(_LOCK, names)):
        before = _member(*columns)
        if changes.expected not in (0, before.version):
            raise VersionChanged("It has been changed since then. Look at it and decide again.", version=before.version)
        yield from _check_email(before, changes)
        given = _given(before, password, changes)
        changed = yield from _first(_CHANGE, **names, **given)
        if given["ends_tokens"] or given["password_given"] != password:
            yield Ask(_DROP_DEVICES, {"id": id})
        yield from record(entry)
        return changed
    return None


def _given(before: StaffMember, password: str, changes: Changes) -> dict[str, object]:
    role, new_password = _or(changes.role, before.role), _or(changes.password, password)
    is_disabled = _or(changes.is_disabled, before.disabled > 0)
    ends_tokens = changes.signs_out or is_disabled != (before.disabled > 0)
    ends_sessions = ends_tokens or role is not before.role or new_password != password
    return {
        "role_given": role.value,
        "name_given": _or(changes.name, before.name),
        "email_given": _or(changes.email, before.email),
        "password_given": new_password,
        "available_given": int(_or(changes.is_available, before.is_available)),
        "is_disabled": int(is_disabled),
        "ends_tokens": int(ends_tokens),
        "ends_sessions": int(ends_sessions),
    }


def _or(value: Any, otherwise: Any) -> Any:
    return otherwise if value is UNSET else value


def _check_email(before: StaffMember, changes: Changes) -> Query[None]:
    """The unique index is the last word; this one is a sentence."""
    found = yield Ask(_IDS_WITH_EMAIL, {"email": changes.email if isinstance(changes.email, str) else ""})
    if any(id != before.id for (id,) in found):
        raise IllegalMove("The e-mail address is another person's.")


def _first(statement: Statement, **values: object) -> Query[StaffMember | None]:
    for columns in (yield Ask(statement, values)):
        return _member(*columns)
    return None


def _member(organisation: str, id: str, role: str, name: str, email: str, *numbers: int) -> StaffMember:
    version, tokens_from, available, disabled, created_at = numbers
    return StaffMember(
        organisation=OrganisationId(intern(organisation)),  # one string for all its people
        id=AgentId(id),
        role=Role(role),
        name=name,
        email=email,
        version=version,
        tokens_from=tokens_from,
        is_available=available > 0,
        disabled=disabled,
        created_at=created_at,
    )
