"""Who may do what: every operation over HTTP and every frame of a socket, with the least role and something to ask.

This table repeats what the design says and nothing of the code: an operation or frame that it does not have fails the
suite, and so does one whose server lets others do it.
"""

from typing import Any, NamedTuple

AGENT, SUPERVISOR, ADMIN = "agent", "supervisor", "admin"
ROLES = (AGENT, SUPERVISOR, ADMIN)


class Row(NamedTuple):
    """`body`: what is asked; `{name}` in it becomes the id that the target has of it. `is_own`: it is about the person
    who asks, and an id in its path is never another's."""

    least: str = AGENT
    body: dict[str, Any] | None = None
    is_own: bool = False
    query: str = ""


HERE: dict[str, Any] = {"epoch": 1}
SPOKEN: dict[str, dict[str, Any]] = {
    "say": {"text": "said by another", "epoch": 1, "seen": 1},
    "add_note": {"text": "noted by another"},
    "intervene": HERE,
    "hand_back": HERE,
    "send_bot": HERE,
    "assign": {**HERE, "agent": "somebody"},
    "transfer": {**HERE, "queue": "{queue}"},
    "release": HERE,
    "close": {**HERE, "seen": 1},
    "reopen": HERE,
    "set_queue": {**HERE, "queue": "{queue}"},
    "set_status": {**HERE, "status": "{status}"},
    "set_tags": {**HERE, "tags": ["late"]},
    "set_fields": {**HERE, "fields": {}},
    "edit": {**HERE, "n": 1, "text": "said otherwise"},
    "delete": {**HERE, "n": 1},
    "block": HERE,
}
"""Commands of staff, by socket and over HTTP: an agent may give each in a conversation that they see."""

SETTINGS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "queues": ("queue", ADMIN, {}),
    "statuses": ("status", ADMIN, {}),
    "canned-replies": ("canned_reply", SUPERVISOR, {"text": "Hello"}),
    "channels": ("channel", ADMIN, {}),
    "hours": ("hours", ADMIN, {}),
    "fields": ("field", ADMIN, {}),
    "reasons": ("reason", ADMIN, {}),
}
"""By the path: the name of its ids, who changes it, and what a row has beside its name."""

OPERATIONS: dict[str, Row] = {
    "GET /v1/conversations": Row(),
    **{f"POST /v1/conversations/{{conversation}}/{name}": Row(AGENT, body) for name, body in SPOKEN.items()},
    "POST /v1/conversations/bulk": Row(
        AGENT, {"command": "add_note", "members": {"text": "noted by another"}, "conversations": {"{conversation}": {}}}
    ),
    "GET /v1/conversations/{conversation}/actions": Row(),
    "GET /v1/conversations/{conversation}/contact": Row(),
    "GET /v1/conversations/{conversation}/transcript": Row(),
    "GET /v1/takeovers": Row(SUPERVISOR),
    "GET /v1/takeovers/bots": Row(SUPERVISOR),
    **{f"GET /v1/{path}": Row() for path in SETTINGS},
    **{f"GET /v1/{path}/{{{name}}}": Row() for path, (name, _, _) in SETTINGS.items()},
    **{f"POST /v1/{path}": Row(least, {"name": "new", **more}) for path, (_, least, more) in SETTINGS.items()},
    **{f"PATCH /v1/{path}/{{{name}}}": Row(least, {"name": "new"}) for path, (name, least, _) in SETTINGS.items()},
    "GET /v1/queues/{queue}/members": Row(),
    "PATCH /v1/queues/{queue}/members": Row(ADMIN, {"add": ["somebody"]}),
    "GET /v1/me": Row(is_own=True),
    "PATCH /v1/me": Row(AGENT, {"name": "new"}, is_own=True),
    "GET /v1/me/drafts/{conversation}": Row(),
    "PUT /v1/me/drafts/{conversation}": Row(AGENT, {"text": "not sent yet"}),
    "GET /v1/me/devices": Row(is_own=True),
    "DELETE /v1/me/devices/{device}": Row(is_own=True),
    "POST /v1/me/sign-out": Row(is_own=True),
    "GET /v1/views/counts": Row(),
    "GET /v1/tags": Row(),
    "POST /v1/tags/rename": Row(ADMIN, {"tag": "late", "name": "later"}),
    "GET /v1/colleagues": Row(),
    "GET /v1/people": Row(ADMIN),
    "POST /v1/people": Row(ADMIN, {"name": "new", "email": "{fresh}@acme.test"}),
    "PATCH /v1/people/{person}": Row(ADMIN, {"name": "new"}),
    "POST /v1/people/{person}/reset-link": Row(ADMIN),
    "POST /v1/people/{person}/sign-out": Row(ADMIN),
    "GET /v1/organisations": Row(SUPERVISOR),
    "POST /v1/organisations": Row(ADMIN, {"name": "new"}),
    "GET /v1/organisations/{organisation}": Row(),
    "PATCH /v1/organisations/{organisation}": Row(ADMIN, {"name": "new"}),
    "GET /v1/signing-keys": Row(ADMIN),
    "POST /v1/signing-keys": Row(
        ADMIN, {"name": "new", "purpose": "contacts", "key": "{fresh}-and-much-more-than-that"}
    ),
    "PATCH /v1/signing-keys/{signing_key}": Row(ADMIN, {"name": "new"}),
    "GET /v1/audit": Row(ADMIN),
    "GET /v1/contacts": Row(),
    "POST /v1/contacts": Row(AGENT, {"name": "new"}),
    "GET /v1/contacts/{contact}": Row(),
    "PATCH /v1/contacts/{contact}": Row(AGENT, {"name": "new"}),
    "GET /v1/contacts/{contact}/conversations": Row(),
    "DELETE /v1/contacts/{contact}/addresses/{address}": Row(SUPERVISOR),
    "GET /v1/contacts/{contact}/attributes": Row(),
    "PATCH /v1/contacts/{contact}/attributes": Row(AGENT, {"attributes": {"plan": "pro"}}),
    "POST /v1/conversations": Row(AGENT, {"contact": "{contact}"}),
    "GET /v1/blocks": Row(SUPERVISOR),
    "POST /v1/blocks": Row(SUPERVISOR, {"address": "somebody"}),
    "DELETE /v1/blocks": Row(SUPERVISOR, query="address=somebody"),
}
"""Those of staff, the names of the ids in their paths in the place of `{id}`."""

OF_OTHERS = {
    "GET /healthz", "GET /readyz", "GET /v1/desk", "POST /v1/development/agents", "GET /v1/development/people",
    "GET /v1/webchat/{channel}",
    "POST /v1/webchat/{channel}/visitors", "POST /v1/webchat/{channel}/visitor", "DELETE /v1/webchat/{channel}/visitor",
    "POST /v1/webchat/visitor", "DELETE /v1/webchat/visitor", "POST /v1/session", "DELETE /v1/session",
    "POST /v1/session/refresh", "POST /v1/session/link", "POST /v1/session/redeem",
}  # fmt: skip
"""Operations that name no organisation: of customers, and of those who sign in."""

FRAMES: dict[str, Row] = {
    **{name: Row(AGENT, body) for name, body in SPOKEN.items()},
    "begin": Row(AGENT, {"contact": "{contact}"}),
    "watch": Row(AGENT, {}),
    "get_page": Row(AGENT, {"before": 10}),
}
"""Of staff, those that are answered."""

SILENT: dict[str, dict[str, Any]] = {
    "unwatch": {}, "set_typing": {"on": True}, "set_read": {"n": 1}, "seen": {"n": 1}
}  # fmt: skip
"""Of staff and customers, those that are not."""

OF_SESSIONS = {"hello", "refresh", "ping"}
"""Frames that name no conversation."""

OF_STAFF_THEMSELVES = {"active", "set_presence", "more_rows", "close_view", "look"}
"""Of staff, the same: they are about the person, or about a view that is open."""

OF_LISTS: dict[str, dict[str, Any]] = {
    "open_view": {"view": {"organisation": "{organisation}"}},
}  # fmt: skip
"""Of staff, those that name an organisation in a view."""

OF_CUSTOMERS: dict[str, dict[str, Any]] = {
    "watch": {}, "get_page": {"before": 10}, "say": {"text": "said by another"}, "ask_for_person": {},
    "rate": {"score": 1},
}  # fmt: skip
"""Of customers, those that name a conversation and are answered."""

OF_ONES_OWN = {"open", "set_attributes"}
"""Of customers, those that name none: they are about the customer's own."""
