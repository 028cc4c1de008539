"""What a scenario is: who talks, how much, for how long. Each key is declared once, with its bounds and its meaning.

`check` says what does not fit together, before anything is started: a load beyond what one person may send measures
refusals.
"""

from collections.abc import Iterator
from math import ceil
from typing import Annotated

from msgspec import Meta, Struct

from intervene.core.limits import (
    AGENT_PER_SECOND,
    CONTACT_PER_SECOND,
    SOCKETS_OF_AGENT,
    SOCKETS_OF_CONTACT,
    TEXT_BYTES,
    WATCHED_BY_AGENT,
)

TAG_BYTES = 24  # of a message, that say which one it is

Rate = Annotated[float, Meta(ge=0, le=1_000_000)]
Seconds = Annotated[float, Meta(ge=0, le=30 * 24 * 3600)]
Share = Annotated[float, Meta(ge=0, le=1)]


class Sessions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of each conversation."""

    customers: Annotated[int, Meta(ge=1, le=SOCKETS_OF_CONTACT)] = 1
    """Sessions of its one customer."""
    agents: Annotated[int, Meta(ge=1, le=10_000)] = 2
    """Sessions of staff that watch it."""
    watches: Annotated[int, Meta(ge=1, le=WATCHED_BY_AGENT)] = 25
    """Conversations that each of them watches."""
    each_person: Annotated[int, Meta(ge=1, le=SOCKETS_OF_AGENT)] = 1
    """Sessions of staff that are one person."""


class Messages(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In conversations without a bot, of all of them together, at random moments."""

    per_second: Rate = 0.0
    bytes: Annotated[int, Meta(ge=TAG_BYTES, le=TEXT_BYTES)] = 100
    by_agents: Share = 0.5
    """The share that agents write; the rest is by customers."""
    typing_per_second: Rate = 0.0
    """Changes of "is typing"."""


class Bots(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    streaming: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    """Conversations in which the customer keeps the server's bot replying."""
    pause: Seconds = 1.0
    """From the end of a reply to the customer's next message, on average."""


class Takeovers(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    per_second: Rate = 0.0
    clickers: Annotated[int, Meta(ge=1, le=20)] = 1
    """Agents who click in the same moment."""
    hold: Seconds = 1.0
    """From the takeover until the bot gets the conversation back."""


class Reconnects(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    every: Seconds = 0.0
    """From one storm to the next; 0: no storms."""
    share: Share = 1.0
    """Of all sessions, that are cut in the same moment and come back."""


class Slow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    sessions: Annotated[int, Meta(ge=0, le=100_000)] = 0
    """More sessions of staff, that read slowly."""
    pause: Seconds = 2.0
    """Between two reads of such a session."""


class Scenario(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    about: str = ""
    conversations: Annotated[int, Meta(ge=1, le=1_000_000)]
    duration: Annotated[float, Meta(gt=0, le=30 * 24 * 3600)]
    """Seconds of load, after everyone has come in."""
    ramp: Seconds = 0.0
    """Seconds over which sessions come in."""
    sessions: Sessions = Sessions()
    messages: Messages = Messages()
    bots: Bots = Bots()
    takeovers: Takeovers = Takeovers()
    reconnects: Reconnects = Reconnects()
    slow: Slow = Slow()

    @property
    def talks(self) -> int:
        """Conversations without a bot: those after the first `bots.streaming`."""
        return self.conversations - self.bots.streaming

    @property
    def groups(self) -> int:
        """Of conversations that the same sessions of staff watch."""
        return ceil(self.conversations / self.sessions.watches)

    @property
    def staff_sessions(self) -> int:
        return self.groups * self.sessions.agents + self.slow.sessions

    @property
    def total_sessions(self) -> int:
        return self.conversations * self.sessions.customers + self.staff_sessions


def problems(scenario: Scenario) -> Iterator[str]:
    """What does not fit together, a sentence for each; begins with the key to change."""
    messages, takeovers, bots = scenario.messages, scenario.takeovers, scenario.bots
    if scenario.talks < 0:
        yield f"bots.streaming is {bots.streaming}, more than the {scenario.conversations} conversations."
        return
    if (messages.per_second or messages.typing_per_second) and not scenario.talks:
        yield "messages.per_second needs conversations without a bot: fewer bots.streaming, or more conversations."
    elif messages.per_second:
        yield from _too_fast(scenario)
    if takeovers.per_second and not bots.streaming:
        yield "takeovers.per_second needs bots to take over from: set bots.streaming."
    if takeovers.per_second and takeovers.clickers > scenario.sessions.agents:
        yield f"takeovers.clickers is {takeovers.clickers}, and sessions.agents only {scenario.sessions.agents}."
    if takeovers.per_second and takeovers.clickers > 1 and scenario.sessions.each_person > 1:
        yield "takeovers.clickers has to be 1 where sessions.each_person is more: one person does not race themselves."
    if bots.streaming and takeovers.per_second * (takeovers.hold + bots.pause) > bots.streaming:
        yield (
            f"takeovers.per_second is {takeovers.per_second:g}: with a hold of {takeovers.hold:g} s, {bots.streaming} "
            "bots are not enough. Set bots.streaming higher."
        )


def _too_fast(scenario: Scenario) -> Iterator[str]:
    """One person may send so much (docs/protocol.md, Limits)."""
    messages, sessions = scenario.messages, scenario.sessions
    in_each = messages.per_second / scenario.talks
    of_customer = in_each * (1 - messages.by_agents)
    if of_customer > CONTACT_PER_SECOND:
        yield (
            f"messages.per_second is {messages.per_second:g}: each customer would send {of_customer:.1f} a second, and "
            f"a server takes {CONTACT_PER_SECOND:g}. Set conversations or messages.by_agents higher."
        )
    most = min(sessions.watches * ceil(sessions.each_person / sessions.agents), scenario.talks)
    held = min(ceil(most / sessions.agents) * sessions.each_person, most)
    of_agent = in_each * messages.by_agents * held
    if of_agent > AGENT_PER_SECOND:
        yield (
            f"messages.per_second is {messages.per_second:g}: each agent would send {of_agent:.1f} a second, and a "
            f"server takes {AGENT_PER_SECOND:g}. Set sessions.watches lower or conversations higher."
        )
