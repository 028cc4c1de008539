"""What a client is told when something goes wrong: error codes and close codes. Numbers and names never change.

A close code says what to do: 1007, 1009 and 4500 to 4999: stop, the same again will fail again; any other: come back
(with back-off), since proxies between a client and the server close with codes of their own. In the same way an HTTP
refusal is final only with a code of `FINAL_REFUSALS`.
"""

from enum import IntEnum, StrEnum


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
    TOO_LONG = "too_long"
    TOO_FAST = "too_fast"
    """Says when to try again."""
    TOO_MANY = "too_many"
    """A bound of this session is reached: commands under way, conversations watched."""
    BUSY = "busy"
    """A queue of the server is full. Try again."""
    UNAVAILABLE = "unavailable"
    """The log could not answer. Nothing is known to be lost: repeat with the same id."""


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
    BAD_TOKEN = 4500
    BAD_HELLO = 4501


FINAL_REFUSALS = frozenset({"bad_token", "origin", "subprotocol"})
"""The codes of HTTP refusals, `{"error": code, "message": sentence}`, after which a client stops: what is wrong is in
the client itself and not on the way, and no proxy or other program is likely to answer with the same name."""


def may_come_back(code: int) -> bool:
    """Whether a client that was closed with `code` should connect again."""
    return code not in (CloseCode.BAD_DATA, CloseCode.TOO_BIG) and not 4500 <= code <= 4999
