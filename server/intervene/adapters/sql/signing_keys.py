"""Keys of host applications, on either engine. A change raises the version of the tree: nodes compare that one."""

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace
from sqlalchemy import case, func, select, update
from sqlalchemy.dialects.postgresql import insert

from intervene.adapters.sql.audit import record
from intervene.adapters.sql.database import Ask, Database, Query
from intervene.adapters.sql.organisations import raised_tree
from intervene.adapters.sql.people_tables import signing_key as table
from intervene.adapters.sql.requests import keep, made_before
from intervene.adapters.sql.statements import Now, Statement, number, word
from intervene.core.actors import Role
from intervene.core.errors import BadSetting, LimitReached, NotFound, VersionChanged
from intervene.core.ids import OrganisationId
from intervene.core.limits import ARCHIVED, SIGNING_KEYS
from intervene.core.people import AuditEntry
from intervene.core.signing_keys import Algorithm, Purpose, SigningKey
from intervene.ports.requests import Request
from intervene.ports.signing_keys import KeptKey, KeyChanges

_NAMES = ("kid", "organisation", "name", "purpose", "role", "algorithm", "key", "lifetime", "version", "archived")
_COLUMNS = [table.c[name] for name in _NAMES]
_OF = (table.c.kid == word("key_id"), table.c.organisation == word("organisation"))

_GOOD = Statement(select(*_COLUMNS).where(table.c.archived == 0))
_ONE = Statement(select(*_COLUMNS).where(*_OF))
_PAGE = Statement(
    select(*_COLUMNS)
    .where(table.c.organisation == word("organisation"), table.c.kid > word("after"))
    .order_by(table.c.kid)
    .limit(number("limit"))
)
_COUNT = Statement(
    select(func.count(), func.coalesce(func.sum(case((table.c.archived > 0, 1), else_=0)), 0)).where(
        table.c.organisation == word("organisation")
    )
)
_SAME = Statement(
    select(table.c.kid).where(table.c.organisation == word("organisation"), table.c.key == word("key_text"))
)
_GIVEN = {name: word(f"{name}_given") for name in ("name", "role")} | {"lifetime": number("lifetime_given")}
_ADD = Statement(
    insert(table).values(
        kid=word("kid_given"), organisation=word("organisation_given"), purpose=word("purpose_given"),
        algorithm=word("algorithm_given"), key=word("key_given"), version=1, archived=0, **_GIVEN,
    )
)  # fmt: skip
_CHANGE = Statement(
    update(table)
    .where(*_OF)
    .values(
        version=table.c.version + 1,
        archived=case((number("is_archived") == 0, 0), (table.c.archived > 0, table.c.archived), else_=Now()),
        **_GIVEN,
    )
)


class SqlSigningKeys:
    """`ports.SigningKeys`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def good(self) -> Sequence[SigningKey]:
        def query() -> Query[Sequence[SigningKey]]:
            return [_key(*columns) for columns in (yield Ask(_GOOD, {}))]

        return await self._database.ask(query())

    async def page(self, organisation: OrganisationId, after: str, limit: int) -> Sequence[SigningKey]:
        def query() -> Query[Sequence[SigningKey]]:
            found = yield Ask(_PAGE, {"organisation": organisation, "after": after, "limit": limit})
            return [_key(*columns) for columns in found]

        return await self._database.ask(query())

    async def read(self, organisation: OrganisationId, kid: str) -> SigningKey:
        return await self._database.ask(_read(organisation, kid))

    async def add(self, key: SigningKey, entry: AuditEntry, request: Request) -> KeptKey:
        return await self._database.tell(_add(key, entry, request))

    async def change(self, organisation: OrganisationId, kid: str, changes: KeyChanges, entry: AuditEntry) -> KeptKey:
        return await self._database.tell(_change(organisation, kid, changes, entry))


def _add(key: SigningKey, entry: AuditEntry, request: Request) -> Query[KeptKey]:
    tree = yield from raised_tree()
    if kid := (yield from made_before(request)):
        return KeptKey((yield from _read(key.organisation, kid)), tree)
    check_role(key)
    yield from _check_room(key.organisation, is_new=True)
    if (yield Ask(_SAME, {"organisation": key.organisation, "key_text": key.key})):
        raise BadSetting("Another key of the organisation is the same: each has to be good for one purpose alone.")
    given = {
        "kid": key.kid, "organisation": key.organisation, "purpose": key.purpose.value,
        "algorithm": key.algorithm.value, "key": key.key,
    }  # fmt: skip
    yield Ask(_ADD, {**{f"{name}_given": value for name, value in given.items()}, **_values(key)})
    yield from record(entry)
    yield from keep(request, key.kid)
    return KeptKey((yield from _read(key.organisation, key.kid)), tree)


def _change(organisation: OrganisationId, kid: str, changes: KeyChanges, entry: AuditEntry) -> Query[KeptKey]:
    tree = yield from raised_tree()
    before = yield from _read(organisation, kid)
    if before.version != changes.expected:
        raise VersionChanged("It has been changed since then. Look at it and decide again.", version=before.version)
    after = replace(
        before,
        name=before.name if changes.name is UNSET else changes.name,
        role=before.role if changes.role is UNSET else changes.role,
        lifetime=before.lifetime if changes.lifetime is UNSET else changes.lifetime,
        archived=before.archived if changes.is_archived is UNSET else int(changes.is_archived),
    )
    check_role(after)
    if before.archived and not after.archived:
        yield from _check_room(organisation, is_new=False)
    named = {"key_id": kid, "organisation": organisation, "is_archived": int(after.archived > 0)}
    yield Ask(_CHANGE, {**named, **_values(after)})
    yield from record(entry)
    return KeptKey((yield from _read(organisation, kid)), tree)


def check_role(key: SigningKey) -> None:
    if key.purpose is Purpose.CONTACTS and key.role is not Role.AGENT:
        raise BadSetting("A key for contacts gives no role: customers have none.")


def _check_room(organisation: OrganisationId, *, is_new: bool) -> Query[None]:
    ((count, archived),) = yield Ask(_COUNT, {"organisation": organisation})
    if count - archived >= SIGNING_KEYS or (is_new and count >= SIGNING_KEYS * ARCHIVED):
        raise LimitReached("The organisation has as many keys as it may. Archive one.", limit=SIGNING_KEYS)


def _values(key: SigningKey) -> dict[str, Any]:
    return {"name_given": key.name, "role_given": key.role.value, "lifetime_given": key.lifetime}


def _read(organisation: OrganisationId, kid: str) -> Query[SigningKey]:
    for columns in (yield Ask(_ONE, {"organisation": organisation, "key_id": kid})):
        return _key(*columns)
    raise NotFound("There is no such key, or none of yours.")


def _key(
    kid: str, organisation: str, name: str, purpose: str, role: str, algorithm: str, key: str, *numbers: int
) -> SigningKey:
    lifetime, version, archived = numbers
    return SigningKey(
        kid=kid, organisation=OrganisationId(organisation), name=name, purpose=Purpose(purpose), role=Role(role),
        algorithm=Algorithm(algorithm), key=key, lifetime=lifetime, version=version, archived=archived,
    )  # fmt: skip
