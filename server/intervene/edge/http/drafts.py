"""What people have typed and not sent, kept for their next browser: each reads and writes their own alone."""

import re
from typing import Any, Protocol

from msgspec import Struct

from intervene.core import limits
from intervene.core.access import can_see, person
from intervene.core.errors import NotFound
from intervene.core.fair import Owner
from intervene.core.ids import ConversationId, Key
from intervene.core.text import piece_text
from intervene.edge.http.operations import Call, Caller, Operation, Price
from intervene.edge.services import Services
from intervene.ports.log import Range

_id = re.compile(rf"[!-~]{{1,{limits.ID_CHARS}}}")
_ROW_ALONE = Range(is_staff=True, limit=0)


class _Api(Protocol):
    @property
    def services(self) -> Services: ...


class KeptDraft(Struct, frozen=True, kw_only=True):
    """`at`: when it was kept, in milliseconds since 1970; an empty text and 0 where there is none."""

    text: str
    at: int


class KeepDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An empty `text` removes it."""

    text: str


async def _read(api: _Api, call: Call) -> KeptDraft:
    draft = await api.services.drafts.read(call.staff.agent.id, await _key(api.services, call))
    return KeptDraft(text=draft.text, at=draft.at)


async def _keep(api: _Api, call: Call) -> None:
    body: KeepDraft = call.body
    text = piece_text(body.text)
    await api.services.drafts.keep(call.staff.agent.id, await _key(api.services, call), text)


async def _key(services: Services, call: Call) -> Key:
    """Of the conversation. Raises `NotFound`, the same for one that there is not and for one that is out of sight."""
    key, who = Key(call.organisation, ConversationId(call.path["conversation"])), person(call.staff)
    found = None
    if _id.fullmatch(key.conversation):
        found = await services.readers.answer(Owner(who, who, 0), lambda reads: reads.read(key, _ROW_ALONE))
    if found is None or not can_see(call.staff, found.state, await services.policies.loaded(key.organisation)):
        raise NotFound("There is no such conversation.")
    return key


_MINE: dict[str, Any] = {"caller": Caller.STAFF}
_PATH = "/v1/me/drafts/{conversation}"

OPERATIONS = (
    Operation(
        "GET", _PATH, "what one has typed in the conversation and not sent", _read, KeptDraft, price=Price.READ,
        refusals=frozenset({"unavailable"}), **_MINE,
    ),
    Operation(
        "PUT", _PATH, "keeps that", _keep, None, price=Price.MESSAGE, body=KeepDraft,
        refusals=frozenset({"bad_text", "unavailable"}), **_MINE,
    ),
)  # fmt: skip
