"""One round of the demo: two agents who click at once cut a reply off, and every screen is held against the log."""

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import cycle
from typing import NamedTuple, Self

import anyio

from intervene.client import AgentClient, AgentConversation, CustomerClient, CustomerConversation, Refused
from intervene.core.actors import Bot
from intervene.core.codes import ErrorCode
from intervene.core.events import Event, Message
from intervene.core.wire.staff import Error, StaffAck
from intervene.demo.checks import Findings, Session, check_takeover, is_takeover
from intervene.demo.timeline import Timeline

CUSTOMER, AGENTS, AUDITOR = "Maria", ("Ana", "Ben"), "Auditor"
QUIET_SECONDS = 0.3  # after the takeover, for a leak to show
PATIENCE_SECONDS = 20.0  # for anything that must happen

ANSWERS = (
    "Hello {customer}, {agent} here. I have read everything up to this point, so you need not repeat it.",
    "Thank you. I can see it now: it was booked to your old number. I am moving it over.",
    "Yes, of course. Three parts, each on the last day of the month.",
    "It is on its way. Is there anything else?",
)

TIMES = {
    "click_to_ack": "click to ack",
    "click_to_seen": "click to seen by everybody",
    "click_to_bot_stopped": "click to bot stopped",
}
"""What is measured, as fields of `Result`, and what it means."""


class Desk(NamedTuple):
    """The staff of all rounds, as connected to one node. The auditor reads the log and touches nothing."""

    agents: Sequence[AgentClient]
    auditor: AgentClient


class Seats(NamedTuple):
    """Who is on which node in one round, as places in a list of nodes. They change from round to round."""

    customer: int
    agents: tuple[int, ...]
    nodes: int

    @classmethod
    def of(cls, number: int, nodes: int) -> Self:
        """Each agent on a node of their own, as long as there are two. The bot runs where the customer is."""
        home = number % nodes
        return cls(home, tuple((home + place) % nodes for place in range(1, len(AGENTS) + 1)), nodes)

    def auditor(self, winner: int) -> int:
        """The reader of the log is not at the node that took it over."""
        return (winner + 1) % self.nodes

    def __str__(self) -> str:
        people = zip((CUSTOMER, *AGENTS), (self.customer, *self.agents), strict=True)
        return ", ".join(f"{name} is on node {at + 1}" for name, at in people)


class Result(NamedTuple):
    """One round. Times in milliseconds, -1 for what did not happen."""

    winners: int = 0
    losers_told: bool = False
    was_cut: bool = False
    has_crossed: bool = False
    """The bot ran on one node, and the winner clicked on another."""
    findings: Findings = Findings()
    click_to_ack: float = -1.0
    click_to_seen: float = -1.0
    click_to_bot_stopped: float = -1.0

    @property
    def is_kept(self) -> bool:
        has_times = min(getattr(self, name) for name in TIMES) >= 0
        return self.winners == 1 and self.losers_told and has_times and not self.findings


class Click(NamedTuple):
    name: str
    node: int
    conversation: AgentConversation
    answer: StaffAck | Refused
    at: float


class Round:
    """`desks`: one on each node."""

    def __init__(self, number: int, desks: Sequence[Desk], lines: Sequence[str], timeline: Timeline) -> None:
        self.seats = Seats.of(number, len(desks))
        self._desks = desks
        self._lines = lines
        self._timeline = timeline
        self._pieces_first = 3 + number % 5  # how far into the reply they click
        self._is_swapped = (number - 1) // len(desks) % 2 == 1  # somebody's frame has to leave first

    async def play(self, maria: CustomerClient) -> Result:
        """Maria is a client of the customer's seat."""
        if self.seats.nodes > 1:
            self._timeline.tell("", str(self.seats))
        customer = await maria.open()
        agents = [self._desks[node].agents[which] for which, node in enumerate(self.seats.agents)]
        staff = [await agent.watch(customer.id) for agent in agents]
        self._timeline.follow(staff[0], customer, CUSTOMER)
        try:
            return await self._take_over(customer, staff)
        except Refused as problem:
            self._timeline.tell("", f"This round went wrong: {problem}")
            return Result()
        finally:
            for conversation in staff:
                conversation.unwatch()

    async def _take_over(self, customer: CustomerConversation, staff: Sequence[AgentConversation]) -> Result:
        await customer.say(self._lines[0])
        await _until(lambda: self._is_time(staff[0]), staff[0])
        clicked = time.monotonic()
        order = list(zip(AGENTS, self.seats.agents, staff, strict=True))[:: -1 if self._is_swapped else 1]
        clicks = await asyncio.gather(*(self._click(*who) for who in order))
        won = [click for click in clicks if isinstance(click.answer, StaffAck)]
        if len(won) != 1 or not isinstance(won[0].answer, StaffAck):
            return Result(winners=len(won))
        winner, ack = won[0], won[0].answer
        sessions: list[Session] = [customer, *staff]
        await _until(lambda: all(_seen_at(session, ack.seq) for session in sessions), *sessions)
        await self._talk(winner, customer)
        await anyio.sleep(QUIET_SECONDS)
        seen = [_seen_at(session, ack.seq) for session in sessions]
        log = await self._read_log(customer.id, self._desks[self.seats.auditor(winner.node)].auditor)
        await _until(lambda: all(_is_complete(session, log) for session in sessions), *sessions)
        return Result(
            winners=1,
            losers_told=all(_is_told(click, winner) for click in clicks if click is not winner),
            was_cut=any(isinstance(event.body, Message) and event.body.interrupted for event in log),
            has_crossed=winner.node != self.seats.customer,
            findings=check_takeover(log, ack.seq, sessions),
            click_to_ack=(winner.at - clicked) * 1000,
            click_to_seen=(max(seen) - clicked) * 1000 if all(seen) else -1.0,
            click_to_bot_stopped=await _bot_stopped(winner.conversation, ack.epoch),
        )

    def _is_time(self, conversation: AgentConversation) -> bool:
        """In the middle of the reply; or after it, with a bot that says little."""
        if conversation.stream:
            return conversation.stream.n >= self._pieces_first
        last = conversation.events[-1]
        return isinstance(last.author, Bot) and isinstance(last.body, Message)

    async def _click(self, name: str, node: int, conversation: AgentConversation) -> Click:
        self._timeline.tell(name, "clicks Intervene")
        answer: StaffAck | Refused
        try:
            answer = await conversation.intervene()
        except Refused as refused:
            answer = refused
        click = Click(name, node, conversation, answer, time.monotonic())
        told = answer.message if isinstance(answer, Refused) else "You have control."
        self._timeline.tell(name, f"is told: {told}")
        return click

    async def _talk(self, winner: Click, customer: CustomerConversation) -> None:
        agent = winner.conversation
        await agent.say(ANSWERS[0].format(customer=CUSTOMER, agent=winner.name))
        for line, answer in zip(self._lines[1:], cycle(ANSWERS[1:]), strict=False):
            before = agent.state.asked
            await customer.say(line)
            await _until(partial(_has_asked, agent, before), agent)
            await agent.say(answer)

    async def _read_log(self, conversation: str, auditor: AgentClient) -> Sequence[Event]:
        """As the server pages it out to somebody who had not been there."""
        audited = await auditor.watch(conversation)
        while await audited.page_back(limit=500):
            pass
        audited.unwatch()
        return audited.events


async def _until(condition: Callable[[], bool], *conversations: Session) -> bool:
    """Whether it came true in time. Looked at with each change of the conversations."""
    changed = asyncio.Event()
    stops = [conversation.on(lambda _: changed.set()) for conversation in conversations]
    try:
        with anyio.move_on_after(PATIENCE_SECONDS):
            while not condition():
                changed.clear()
                await changed.wait()
    finally:
        for stop in stops:
            stop()
    return condition()


def _seen_at(session: Session, takeover: int) -> float:
    """When the session showed the control event; 0 when it has not."""
    return next((recorded.at for recorded in session.history if is_takeover(recorded.change, takeover)), 0.0)


def _has_asked(agent: AgentConversation, before: int) -> bool:
    return agent.state.asked > before


def _is_complete(session: Session, log: Sequence[Event]) -> bool:
    visible = [event.seq if isinstance(session, AgentConversation) else event.pub for event in log]
    return session.screen.number >= max(visible)


def _is_told(loser: Click, winner: Click) -> bool:
    answer = loser.answer
    if not isinstance(answer, Refused) or not isinstance(answer.facts, Error):
        return False
    return answer.code is ErrorCode.TAKEN and answer.facts.by is not None and answer.facts.by.name == winner.name


async def _bot_stopped(conversation: AgentConversation, epoch: int) -> float:
    """As the server measured it: since the click came to it."""

    def told() -> float:
        times = conversation.takeovers.get(epoch)
        return times.bot_stopped_ms if times else -1.0

    await _until(lambda: told() >= 0, conversation)
    return told()
