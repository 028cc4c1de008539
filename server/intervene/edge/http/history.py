"""What became of a conversation, over HTTP: what was done in it, and what was said, from its log and in its order."""

import re
from typing import Protocol

from msgspec import Struct

from intervene.core import history, limits
from intervene.core.access import can_see, person
from intervene.core.errors import NotFound
from intervene.core.fair import Owner
from intervene.core.history import Action, Line
from intervene.core.ids import ConversationId, Key
from intervene.edge.http.answers import Problem
from intervene.edge.http.operations import Call, Caller, Operation, Price
from intervene.edge.http.reading import bad_cursor
from intervene.edge.services import Services
from intervene.ports.history import Strand, Stretch

_cursor = re.compile(r"[0-9]{1,15}")
_id = re.compile(rf"[!-~]{{1,{limits.ID_CHARS}}}")


class _Api(Protocol):
    @property
    def services(self) -> Services: ...


class Actions(Struct, frozen=True, kw_only=True):
    """`next`: a cursor while there may be more, else empty."""

    items: list[Action]
    next: str = ""


class Transcript(Struct, frozen=True, kw_only=True):
    """The same."""

    items: list[Line]
    next: str = ""


async def _actions(api: _Api, call: Call) -> Actions:
    if call.query.get("order", "oldest") not in ("oldest", "newest"):
        raise Problem(400, "bad_request", "`order` is `oldest` or `newest`.")
    is_back = call.query.get("order") == "newest"
    stretch = await _stretch(api.services, call, Strand.DONE, is_back=is_back)
    done = history.actions(stretch.events, stretch.times)
    if not is_back:
        return Actions(items=done, next=_next(stretch, stretch.end))
    return Actions(items=done[::-1], next=str(stretch.after + 1) if stretch.after else "")


async def _transcript(api: _Api, call: Call) -> Transcript:
    stretch = await _stretch(api.services, call, Strand.SAID)
    page = history.transcript(stretch.events, stretch.end, is_last=stretch.is_last)
    return Transcript(items=list(page.lines), next=_next(stretch, page.end))


def _as_text(transcript: Transcript) -> str:
    return history.as_text(transcript.items)


async def _stretch(services: Services, call: Call, strand: Strand, *, is_back: bool = False) -> Stretch:
    """Raises `NotFound`, the same for a conversation that there is not and for one that `by` may not see."""
    by, organisation = call.staff, call.organisation
    if call.after and not _cursor.fullmatch(call.after):
        raise bad_cursor()
    key, who = Key(organisation, ConversationId(call.path["conversation"])), person(by)
    read = services.history.read_back if is_back else services.history.read
    found: Stretch | None = None
    if _id.fullmatch(key.conversation):
        found = await services.readers.answer(
            Owner(who, who, 0),
            lambda reads: reads.in_time(read(key, strand, int(call.after or 0))),
        )
    if found is None or not can_see(by, found.state, await services.policies.loaded(organisation)):
        raise NotFound("There is no such conversation.")
    services.records.read(by, key)
    return found


def _next(stretch: Stretch, end: int) -> str:
    return str(end) if end < stretch.state.seq else ""


OPERATIONS = (
    Operation(
        "GET", "/v1/conversations/{conversation}/actions", "what was done in the conversation", _actions, Actions,
        caller=Caller.STAFF, price=Price.READ, refusals=frozenset({"unavailable"}),
        query={"order": "`oldest` first, as without it, or `newest` first"},
    ),
    Operation(
        "GET", "/v1/conversations/{conversation}/transcript", "what was said in the conversation, also as text",
        _transcript, Transcript, caller=Caller.STAFF, price=Price.READ, refusals=frozenset({"unavailable"}),
        as_text=_as_text, query={"format": "`text` for text, which `Accept: text/plain` asks for too"},
    ),
)  # fmt: skip
