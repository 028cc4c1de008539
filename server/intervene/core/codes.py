"""What a client gets when something goes wrong: error codes and close codes. Numbers and names never change.

A close code says what to do: 1007, 1009 and 4500 to 4999: stop, the same again will fail again; any other: come back
(with back-off), since proxies between a client and the server close with codes of their own. In the same way an HTTP
refusal is final only with a code of `FINAL_REFUSALS`. `ERRORS`, `CLOSES` and `HTTP` say of each code whether the same
again may be taken, and whose fault it was.
"""

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import NamedTuple


class ErrorCode(StrEnum):
    BAD_FRAME = "bad_frame"
    """Not JSON, an unknown or missing field, a wrong type, nested too deep."""
    BAD_TEXT = "bad_text"
    """NUL, a lone surrogate, nothing but white space, or too long."""
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    """No such conversation, or none of yours: the two look the same."""
    TAKEN = "taken"
    """A person holds control; says who and since when."""
    STALE = "stale"
    """Made in an epoch that is over; says what is true now. May be repeated once in the new epoch."""
    STALE_VIEW = "stale_view"
    """The customer wrote since the number you had seen. Look, then confirm."""
    NOT_HOLDER = "not_holder"
    ILLEGAL_MOVE = "illegal_move"
    OUT_OF_ORDER = "out_of_order"
    """A piece or a frame that does not follow what came before it."""
    UNCHANGEABLE = "unchangeable"
    """A message that can be changed no longer: too much time has passed, or it was deleted."""
    REASON_NEEDED = "reason_needed"
    """Conversations of this queue are not closed without a reason."""
    TOO_LONG = "too_long"
    ID_REUSED = "id_reused"
    """The id is that of another command of the same author. Nothing of this one was stored."""
    TOO_FAST = "too_fast"
    """Says when to try again."""
    TOO_MANY = "too_many"
    """A bound of this session is reached: something of its own must end first."""
    BLOCKED = "blocked"
    """The customer's address is blocked."""
    BUSY = "busy"
    """A queue of the server is full. Try again."""
    UNAVAILABLE = "unavailable"
    """The log could not answer. Nothing is known to be lost: repeat with the same id."""
    CONTINUED = "continued"
    """The conversation goes on in another one. No server sends it yet; clients follow."""
    OVER = "over"
    """The conversation closed too long ago: open the next one. No server sends it yet; clients do so."""


class CloseCode(IntEnum):
    NORMAL = 1000
    GOING_AWAY = 1001
    BAD_DATA = 1007
    TOO_BIG = 1009
    INTERNAL = 1011
    RESTART = 1012
    OVERLOADED = 1013
    RESUME = 4000
    """This socket fell too far behind. Come back and resume: nothing is lost."""
    TOKEN_EXPIRED = 4001
    HELLO_TIMEOUT = 4002
    TOO_FAST = 4003
    GONE_SILENT = 4004
    """No pong for too long."""
    ELSEWHERE = 4005
    """Another server can do what this one cannot. Come back: it may be that one."""
    NEW_TOKEN = 4006
    """What the token's owner may do has changed. Come back with a new token. No server sends it yet."""
    TOO_MANY_SESSIONS = 4007
    """One person, or the customers of one address, have as many sessions as they may. Those go on; this one may come
    back when another has ended."""
    BAD_TOKEN = 4500
    BAD_HELLO = 4501
    BLOCKED = 4502
    """This customer's address is blocked."""
    FOREIGN_ORIGIN = 4503
    """Pages of this origin may not connect: neither the server's setting nor the channel's names it."""


# -- what follows from a code ------------------------------------------------------------------------------------------


class Fault(StrEnum):
    """Whose fault a refusal is; says whom an operator asks."""

    PEER = "peer"
    SERVER = "server"
    NOBODY = "nobody"
    """Something happened meanwhile, or was planned."""


class Meaning(NamedTuple):
    """`is_final`: the same again fails again, unless something else has been done first."""

    is_final: bool
    fault: Fault


class Refusal(NamedTuple):
    """Of a request over HTTP. `title` is the same for all requests that are refused with the code."""

    title: str
    is_final: bool
    fault: Fault


_PEER, _PEER_FOR_NOW = Meaning(True, Fault.PEER), Meaning(False, Fault.PEER)
_SERVER_FOR_NOW = Meaning(False, Fault.SERVER)
_NOBODY, _NOBODY_FOR_NOW = Meaning(True, Fault.NOBODY), Meaning(False, Fault.NOBODY)

ERRORS: Mapping[ErrorCode, Meaning] = {
    ErrorCode.BAD_FRAME: _PEER,
    ErrorCode.BAD_TEXT: _PEER,
    ErrorCode.FORBIDDEN: _PEER,
    ErrorCode.NOT_FOUND: _PEER,
    ErrorCode.TAKEN: _NOBODY,
    ErrorCode.STALE: _NOBODY,
    ErrorCode.STALE_VIEW: _NOBODY,
    ErrorCode.NOT_HOLDER: _PEER,
    ErrorCode.ILLEGAL_MOVE: _PEER,
    ErrorCode.OUT_OF_ORDER: _PEER,
    ErrorCode.UNCHANGEABLE: _NOBODY,
    ErrorCode.REASON_NEEDED: _PEER,
    ErrorCode.TOO_LONG: _PEER,
    ErrorCode.ID_REUSED: _PEER,
    ErrorCode.TOO_FAST: _PEER_FOR_NOW,
    ErrorCode.TOO_MANY: _PEER,
    ErrorCode.BLOCKED: _PEER,
    ErrorCode.BUSY: _SERVER_FOR_NOW,
    ErrorCode.UNAVAILABLE: _SERVER_FOR_NOW,
    ErrorCode.CONTINUED: _NOBODY,
    ErrorCode.OVER: _NOBODY,
}

CLOSES: Mapping[CloseCode, Meaning] = {
    CloseCode.NORMAL: _NOBODY_FOR_NOW,
    CloseCode.GOING_AWAY: _NOBODY_FOR_NOW,
    CloseCode.BAD_DATA: _PEER,
    CloseCode.TOO_BIG: _PEER,
    CloseCode.INTERNAL: _SERVER_FOR_NOW,
    CloseCode.RESTART: _NOBODY_FOR_NOW,
    CloseCode.OVERLOADED: _SERVER_FOR_NOW,
    CloseCode.RESUME: _PEER_FOR_NOW,
    CloseCode.TOKEN_EXPIRED: _NOBODY_FOR_NOW,
    CloseCode.HELLO_TIMEOUT: _PEER_FOR_NOW,
    CloseCode.TOO_FAST: _PEER_FOR_NOW,
    CloseCode.GONE_SILENT: _PEER_FOR_NOW,
    CloseCode.ELSEWHERE: _NOBODY_FOR_NOW,
    CloseCode.NEW_TOKEN: _NOBODY_FOR_NOW,
    CloseCode.TOO_MANY_SESSIONS: _PEER_FOR_NOW,
    CloseCode.BAD_TOKEN: _PEER,
    CloseCode.BAD_HELLO: _PEER,
    CloseCode.BLOCKED: _PEER,
    CloseCode.FOREIGN_ORIGIN: _PEER,
}

HTTP: Mapping[str, Refusal] = {
    "origin": Refusal("Pages of this origin may not connect", *_PEER),
    "subprotocol": Refusal("None of the subprotocols offered is spoken here", *_PEER),
    "bad_token": Refusal("This token is not good here, or cannot be renewed", *_PEER),
    "bad_frame": Refusal("The body does not fit the command", *_PEER),
    "bad_text": Refusal("A text with nothing visible in it, or that is too long", *_PEER),
    "taken": Refusal("Another person holds control", *_NOBODY),
    "stale": Refusal("Control has changed since", *_NOBODY),
    "stale_view": Refusal("The customer has written since", *_NOBODY),
    "not_holder": Refusal("Only who holds control may do this", *_PEER),
    "illegal_move": Refusal("There is no such move from here", *_PEER),
    "blocked": Refusal("The customer's address is blocked", *_PEER),
    "out_of_order": Refusal("A number that no event has yet", *_PEER),
    "reason_needed": Refusal("Conversations of this queue are closed with a reason", *_PEER),
    "unchangeable": Refusal("A message that can be changed no longer", *_NOBODY),
    "id_reused": Refusal("The Idempotency-Key is that of another request", *_PEER),
    "bad_setting": Refusal("A setting that does not fit with the others", *_PEER),
    "limit_reached": Refusal("The organisation has as many as it may", *_PEER),
    "tag_exists": Refusal("Conversations have a tag of that name already", *_PEER),
    "version_changed": Refusal("It has been changed since that version", *_NOBODY),
    "version_needed": Refusal("If-Match is missing", *_PEER),
    "bad_credentials": Refusal("E-mail address and password do not belong together", *_PEER),
    "signed_out": Refusal("This browser is not signed in", *_NOBODY),
    "bad_link": Refusal("A link that was used, or has ended", *_PEER),
    "bad_request": Refusal("The request cannot be read", *_PEER),
    "bad_json": Refusal("The body is not JSON", *_PEER),
    "no_body": Refusal("A body is missing", *_PEER),
    "forbidden": Refusal("Not allowed here, or not to you", *_PEER),
    "forwarded": Refusal("In development, not through a proxy", *_PEER),
    "host": Refusal("Not one Host header that names a host", *_PEER),
    "http_version": Refusal("Not HTTP/1.1", *_PEER),
    "method_not_allowed": Refusal("Not a method of this address", *_PEER),
    "not_found": Refusal("Nothing is at this address, or nothing of yours", *_PEER),
    "too_large": Refusal("The body is larger than the limits say", *_PEER),
    "head_too_large": Refusal("The head is larger than the limits say", *_PEER),
    "transfer_coding": Refusal("A transfer coding other than chunked", *_PEER),
    "timeout": Refusal("The request was not whole in time", *_PEER_FOR_NOW),
    "upgrade_required": Refusal("This address is for websockets", *_PEER),
    "websocket_key": Refusal("The handshake has no valid key", *_PEER),
    "websocket_version": Refusal("A websocket version other than 13", *_PEER),
    "too_fast": Refusal("Too many in a short time", *_PEER_FOR_NOW),
    "too_many": Refusal("Too many at once from one address, or of one person", *_PEER_FOR_NOW),
    "busy": Refusal("A queue of the server is full", *_SERVER_FOR_NOW),
    "full": Refusal("The server has as much as it takes", *_SERVER_FOR_NOW),
    "draining": Refusal("The server is stopping", *_NOBODY_FOR_NOW),
    "cut_off": Refusal("The server has lost its database", *_SERVER_FOR_NOW),
    "not_ready": Refusal("The server cannot serve yet", *_SERVER_FOR_NOW),
    "unavailable": Refusal("The log did not answer in time", *_SERVER_FOR_NOW),
    "internal": Refusal("A fault of the server's", *_SERVER_FOR_NOW),
}
"""By the code of the refusal."""

PROBLEM = "urn:intervene:problem:"
"""What the `type` of a refusal over HTTP (RFC 9457) begins with; the code follows."""

FINAL_REFUSALS = frozenset({"bad_token", "origin", "subprotocol"})
"""Those of them after which a client stops: what is wrong is in the client itself and not on the way, and no proxy or
other program is likely to answer with the same name."""


def may_come_back(code: int) -> bool:
    """Whether a client that was closed with `code` should connect again. Codes that are not ours are a proxy's, or a
    newer server's, which keeps to the range."""
    meaning = CLOSES.get(code)  # type: ignore[call-overload]  # a CloseCode is its number
    return not meaning.is_final if meaning else not 4500 <= code <= 4999
