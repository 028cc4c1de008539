"""Takeovers of an organisation over HTTP: their times, what the log has after each, and sums per bot and hour."""

import re
from typing import Protocol

from msgspec import Struct

from intervene.core.access import person
from intervene.core.actors import Role
from intervene.core.bot_shares import BotShare, bot_shares
from intervene.core.fair import Owner
from intervene.core.takeover_sums import HOUR_MS, TakeoverLine, TakeoverSum, takeover_sums
from intervene.edge.http.answers import Problem
from intervene.edge.http.operations import Call, Caller, Operation, Price
from intervene.edge.http.reading import bad_cursor
from intervene.edge.services import Services
from intervene.ports.history import Place

_cursor = re.compile(r"([0-9]{1,15})-([0-9]{1,15})-([0-9]{1,15})")
_time = re.compile(r"[0-9]{1,15}")
DAY_MS = 24 * HOUR_MS


class _Api(Protocol):
    @property
    def services(self) -> Services: ...


class Takeovers(Struct, frozen=True, kw_only=True):
    """`sums` are those of `items`. `next`: a cursor while there may be more, else empty."""

    items: list[TakeoverLine]
    sums: list[TakeoverSum]
    next: str = ""


async def _takeovers(api: _Api, call: Call) -> Takeovers:
    services, who = api.services, person(call.staff)
    until = _given(call, "to", services.clock.now() + 1)
    since, after = _given(call, "from", max(until - DAY_MS, 0)), _place(call.after)
    page = await services.readers.answer(
        Owner(who, who, 0),
        lambda reads: reads.in_time(services.history.takeovers(call.organisation, since, until, after)),
    )
    following = "-".join(map(str, page.next)) if page.next else ""
    return Takeovers(items=list(page.lines), sums=takeover_sums(page.lines), next=following)


class BotShares(Struct, frozen=True, kw_only=True):
    """`truncated`: only the latest of the conversations were counted."""

    items: list[BotShare]
    truncated: bool = False


async def _bots(api: _Api, call: Call) -> BotShares:
    services, who = api.services, person(call.staff)
    since = _given(call, "from", max(services.clock.now() - DAY_MS, 0))
    found = await services.readers.answer(
        Owner(who, who, 0), lambda reads: reads.in_time(services.history.controls(call.organisation, since))
    )
    return BotShares(items=bot_shares(found.conversations, since), truncated=found.truncated)


def _given(call: Call, name: str, otherwise: int) -> int:
    given = call.query.get(name, "")
    if given and not _time.fullmatch(given):
        raise Problem(400, "bad_request", f"{name} is a time in milliseconds since 1970.")
    return int(given) if given else otherwise


def _place(cursor: str) -> Place:
    if not cursor:
        return Place()
    if not (found := _cursor.fullmatch(cursor)):
        raise bad_cursor()
    return Place(*map(int, found.groups()))


OPERATIONS = (
    Operation(
        "GET", "/v1/takeovers", "takeovers with their times, and sums per bot and hour", _takeovers, Takeovers,
        caller=Caller.STAFF, least=Role.SUPERVISOR, price=Price.READ, refusals=frozenset({"unavailable"}),
        query={"from": "times in milliseconds since 1970, from this one on", "to": "and before this one"},
    ),
    Operation(
        "GET", "/v1/takeovers/bots", "how often people took control from each bot", _bots, BotShares,
        caller=Caller.STAFF, least=Role.SUPERVISOR, price=Price.READ, refusals=frozenset({"unavailable"}),
        query={"from": "a time in milliseconds since 1970, from this one on"},
    ),
)  # fmt: skip
