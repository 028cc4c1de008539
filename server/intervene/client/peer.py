"""What a connection and those who use it know of each other: how patient they are, what is said, and how it ends."""

from typing import NamedTuple, Protocol

from msgspec import Struct

from intervene.client.trouble import Trouble
from intervene.core.text import printable
from intervene.core.wire.contact import ContactOut, ContactWelcome
from intervene.core.wire.staff import StaffOut, StaffWelcome

Welcome = StaffWelcome | ContactWelcome

Out = StaffOut | ContactOut


class Pace(Struct, frozen=True, kw_only=True):
    """How patient a client is, in seconds."""

    first_delay: float = 0.5
    """The first reconnect waits a random part of this, each that fails again of the double (full jitter)."""
    longest_delay: float = 30.0
    stable: float = 30.0
    """A connection that lived as long starts over from `first_delay`."""
    join: float = 10.0
    """For connecting, and again for being welcomed."""
    silence: float = 0.0
    """Without a frame for as long it pings, for as long again it reconnects. 0: what the server's welcome says."""
    refresh: float = 5.0
    """The least time between two tokens, whatever the clocks say."""
    enter: float = 30.0
    """`async with` raises `NotConnected` without a first welcome within this. `math.inf`: it waits."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
                raise ValueError(f"{name} is a number of seconds, not {value!r}.")


class Closed(Exception):
    """The server sent us away for good, or we left. `code` is a close code, or an HTTP status below 1000."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(printable(f"closed with {code}: {reason or 'no reason given'}"))
        self.code = code
        self.reason = reason


class BeganAnew(Exception):
    """The server refused this visitor's token, and the client goes on as a new visitor. What was not acknowledged is
    not sent in the new one's name, and the conversations of the old one cannot be seen any more."""


class Continued(Exception):
    """This conversation is followed no more, as it goes on in another one, which `open` answers (R63)."""

    def __init__(self, conversation: str) -> None:
        super().__init__(f"It goes on in the conversation {conversation}.")
        self.conversation = conversation


class Outgoing(NamedTuple):
    data: bytes
    is_free: bool
    """Whether the server counts it as a message: see `limits`."""


class Peer(Protocol):
    """What is said on the socket. All synchronous."""

    def joined(self, welcome: Welcome) -> None: ...

    def left(self) -> None: ...

    def receive(self, frame: Out) -> None: ...

    def next_frame(self) -> Outgoing | None:
        """What to send now. After None it is asked again when `Connection.wake` was called."""

    def failed(self, trouble: Trouble) -> None:
        """We are not connected; before each wait for the next try."""

    def began_anew(self, news: BeganAnew) -> None:
        """All that was the old visitor's is over."""
