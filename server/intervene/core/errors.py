"""Everything that can go wrong, in one tree.

InterveneError
├── PeerError           the peer's fault: answered with a code and a sentence that helps
│   ├── BadFrame
│   ├── BadText
│   ├── NotFound
│   ├── TooFast
│   ├── TooMany
│   ├── Busy
│   ├── IdReused
│   └── Refusal         what `decide` says no with
│       ├── Taken
│       ├── Stale
│       ├── StaleView
│       ├── NotHolder
│       ├── IllegalMove
│       ├── Forbidden
│       │   └── Spent
│       ├── Blocked
│       ├── OutOfOrder
│       ├── ReasonNeeded
│       ├── Unchangeable
│       ├── TooLong
│       ├── Continued
│       └── Over
├── SettingError        a change of settings that is not taken: answered over HTTP alone, with `problem` as its code
│   ├── BadSetting
│   ├── LimitReached
│   ├── TagExists
│   └── VersionChanged
├── AccountError        what signs nobody in: answered over HTTP alone, with `problem` as its code
│   ├── BadCredentials
│   ├── SignedOut
│   └── BadLink
└── Unavailable         ours: logged whole, answered without detail
    └── NewerRelease

Beside it, `CorruptLog`: no server has written such a log, and no peer is answered with it.
"""

from typing import Any, ClassVar

from intervene.core.codes import ErrorCode


class InterveneError(Exception):
    """The root. `code` goes to the client; `facts` are the fields it gets beside the sentence."""

    code: ClassVar[ErrorCode]

    def __init__(self, sentence: str, **facts: Any) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.facts = facts


class PeerError(InterveneError):
    pass


class BadFrame(PeerError):
    code = ErrorCode.BAD_FRAME


class BadText(PeerError):
    """A text is empty, too long, or has NUL or half of a surrogate pair in it. The message says which."""

    code = ErrorCode.BAD_TEXT


class NotFound(PeerError):
    code = ErrorCode.NOT_FOUND


class TooFast(PeerError):
    """`retry_after` in seconds."""

    code = ErrorCode.TOO_FAST


class TooMany(PeerError):
    code = ErrorCode.TOO_MANY


class Busy(PeerError):
    code = ErrorCode.BUSY


class IdReused(PeerError):
    """The command's id is that of another command of its author."""

    code = ErrorCode.ID_REUSED


class Refusal(PeerError):
    """A rule said no. Nothing was written."""


class Taken(Refusal):
    """A person holds control: `by`, `at`, `epoch`."""

    code = ErrorCode.TAKEN


class Stale(Refusal):
    """Made in an epoch, or by a turn, that is over: `holder`, `epoch`."""

    code = ErrorCode.STALE


class StaleView(Refusal):
    """The customer wrote after what the author had seen: `asked`, the number of that message."""

    code = ErrorCode.STALE_VIEW


class NotHolder(Refusal):
    code = ErrorCode.NOT_HOLDER


class IllegalMove(Refusal):
    code = ErrorCode.ILLEGAL_MOVE


class Forbidden(Refusal):
    code = ErrorCode.FORBIDDEN


class Spent(Forbidden):
    """The address was given up: every token of it is refused, on every node, for ever."""


class Blocked(Refusal):
    """The customer's address is blocked: `until`, in milliseconds since 1970, 0: for good."""

    code = ErrorCode.BLOCKED


class OutOfOrder(Refusal):
    code = ErrorCode.OUT_OF_ORDER


class Unchangeable(Refusal):
    """The message was written too long ago to be changed, or was deleted."""

    code = ErrorCode.UNCHANGEABLE


class ReasonNeeded(Refusal):
    """The conversation's queue wants to know why it is closed."""

    code = ErrorCode.REASON_NEEDED


class TooLong(Refusal):
    code = ErrorCode.TOO_LONG


class Continued(Refusal):
    """The conversation goes on in another one: `to`."""

    code = ErrorCode.CONTINUED


class Over(Refusal):
    """The conversation closed too long ago for the customer to go on in it."""

    code = ErrorCode.OVER


class SettingError(InterveneError):
    problem: ClassVar[str]


class BadSetting(SettingError):
    """It does not fit, names what there is not, or would leave the organisation without what it needs."""

    problem = "bad_setting"


class LimitReached(SettingError):
    """The organisation has as many as it may: `limit`."""

    problem = "limit_reached"


class TagExists(SettingError):
    """Conversations have a tag of that name already."""

    problem = "tag_exists"


class VersionChanged(SettingError):
    """Somebody has changed it since the version that the change was made for: `version`, the present one."""

    problem = "version_changed"


class AccountError(InterveneError):
    problem: ClassVar[str]
    sentence_of_all: ClassVar[str]

    def __init__(self) -> None:
        super().__init__(self.sentence_of_all)


class BadCredentials(AccountError):
    problem = "bad_credentials"
    sentence_of_all = "This e-mail address and password do not belong together."


class SignedOut(AccountError):
    """This browser is not signed in, or not any more."""

    problem = "signed_out"
    sentence_of_all = "This browser is not signed in. Sign in again."


class BadLink(AccountError):
    problem = "bad_link"
    sentence_of_all = "This link has been used, or has ended. Ask an admin for another one."


class Fenced(InterveneError):
    """The turn is over: a person took control, the conversation was closed, or another turn replaced this one. Nothing
    that the bot sends will be committed; it should return."""

    code = ErrorCode.STALE


class Unavailable(InterveneError):
    """The log did not answer, or not in time. The same command may be repeated with the same id."""

    code = ErrorCode.UNAVAILABLE


class NewerRelease(Unavailable):
    """A newer release has written this conversation: a node of that release can serve it, this one cannot."""


class CorruptLog(Exception):
    """An event cannot follow those before it. The message says why."""
