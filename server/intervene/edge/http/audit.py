"""The record of what people changed, over HTTP, for admins."""

import re
from typing import Any, Protocol

from msgspec import Struct

from intervene.core.actors import Role
from intervene.core.ids import AgentId
from intervene.core.people import AuditEntry
from intervene.edge.http.operations import Call, Caller, Operation, Price
from intervene.edge.http.reading import bad_cursor
from intervene.edge.services import Services

PAGE = 100
_number = re.compile(r"[0-9]{1,18}")


class _Api(Protocol):
    @property
    def services(self) -> Services: ...


class AuditRow(Struct, frozen=True, kw_only=True):
    """Somebody did `action` to `subject`. `by` "": the operator of the server. `before` and `after`: what has changed;
    `network`: where from; `at` in milliseconds since 1970."""

    number: int
    at: int
    by: AgentId
    action: str
    subject: str
    network: str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


class AuditRows(Struct, frozen=True, kw_only=True):
    """The latest first."""

    items: list[AuditRow]
    next: str = ""


async def _read(api: _Api, call: Call) -> AuditRows:
    if call.after and not _number.fullmatch(call.after):
        raise bad_cursor()
    stored = api.services.accounts.stored.audit
    found = await stored.of(call.organisation, PAGE, int(call.after or 0))
    return AuditRows(items=[_row(entry) for entry in found], next=str(found[-1].number) if len(found) == PAGE else "")


def _row(entry: AuditEntry) -> AuditRow:
    return AuditRow(
        number=entry.number, at=entry.at, by=entry.by, action=entry.action, subject=entry.subject,
        network=entry.network, before=entry.before, after=entry.after,
    )  # fmt: skip


OPERATIONS = (
    Operation(
        "GET", "/v1/audit", "what people did in an organisation, the latest first", _read, AuditRows,
        caller=Caller.STAFF, least=Role.ADMIN, price=Price.READ,
    ),
)  # fmt: skip
