"""All sessions and conversations of one generator process: they come in, are put under load, and settle."""

import itertools
import random
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence

import anyio

from intervene.load import credentials
from intervene.load.exchange import Plan
from intervene.load.frames import CUSTOMER, STAFF
from intervene.load.recorder import Recorder
from intervene.load.rooms import BotTalk, Room, Talk
from intervene.load.schedule import Schedule
from intervene.load.session import Session
from intervene.load.target import Target, target

AT_THE_DOOR = 16  # sessions on their way in, of all processes; a server takes 20 of one address
LOOK_SECONDS = 1.0  # between two looks at bots
PATIENCE = 30.0  # seconds without one more session, after the ramp; then those that are late are not waited for
SETTLE_SECONDS = 5.0  # at the end, for the last answers
LOST_SECONDS = 1.0  # the same, where the load ends without a server
CHECK_SECONDS = 0.02


class Door:
    def __init__(self, most: int) -> None:
        self._free = most
        self._waiting: deque[Callable[[], None]] = deque()

    def ask(self, enter: Callable[[], None]) -> None:
        if self._free:
            self._free -= 1
            enter()
        else:
            self._waiting.append(enter)

    def passed(self) -> None:
        if self._waiting:
            self._waiting.popleft()()
        else:
            self._free += 1


class Crew:
    def __init__(self, plan: Plan, recorder: Recorder) -> None:
        self.rooms: list[Room] = []
        self.sessions: list[Session] = []
        self._slow: list[Session] = []
        self._plan = plan
        self._recorder = recorder
        self._door = Door(max(1, AT_THE_DOOR // plan.of))
        self._targets: list[Target] = [target(url) for url in plan.urls]
        self._schedule = Schedule(lambda late: recorder.time("lag", late))
        for group in range(plan.part, plan.scenario.groups, plan.of):
            self._make_group(group)

    @property
    def inside(self) -> int:
        return sum(session.is_here for session in self.sessions)

    @property
    def absent(self) -> int:
        return sum(not session.is_in or session.is_asked for session in self.sessions)

    @property
    def refused(self) -> int:
        return sum(session.entrance.is_dead for session in self.sessions)

    async def gather(self) -> None:
        """Returns when all have come in, and every conversation is as it should be, or no more of them come."""
        ramp, begun = self._plan.scenario.ramp, time.monotonic()
        step = ramp / len(self.sessions)
        order = [*self.sessions]
        random.shuffle(order)
        for number, session in enumerate(order):
            self._schedule.at(begun + number * step, session.join)
        await _until(self._has_gathered, ramp)
        reached = -1
        while self._ready > reached and not self._has_gathered():
            reached = self._ready
            await _until(self._has_gathered, PATIENCE)

    def begin(self, at: float) -> None:
        """`at`: on the clock of `time.monotonic`."""
        scenario, share = self._plan.scenario, self._share
        talks = [room for room in self.rooms if isinstance(room, Talk) and room.is_ready]
        bots = [room for room in self.rooms if isinstance(room, BotTalk) and room.is_ready]
        if talks:
            writers, typists = _round(talks), _round(talks)
            messages = scenario.messages
            self._schedule.flow(messages.per_second * share(Talk), at, lambda due: self._write(next(writers), due))
            self._schedule.flow(
                messages.typing_per_second * share(Talk), at, lambda due: self._type(next(typists), due)
            )
        for bot in bots:
            self._schedule.at(at + random.random() * (1.0 + scenario.bots.pause), bot.ask)
        if bots:
            rate = scenario.takeovers.per_second * share(BotTalk)
            ring = deque(bots)
            self._schedule.pace(rate, at, lambda due: self._take_over(ring, due))
            self._schedule.at(at + LOOK_SECONDS, lambda due: self._look(bots, due))
        if scenario.reconnects.every:
            self._schedule.at(at + scenario.reconnects.every, self._storm)

    async def settle(self) -> None:
        """Nothing new is due. Returns when all that was under way has come to every session, or that takes too long;
        then what was acknowledged has to be there."""
        self._schedule.end()
        for session in self._slow:
            session.read_on()
        aims = [(room, _furthest(room)) for room in self.rooms if room.log.conversation]
        is_anyone_in = self.absent < len(self.sessions)
        for session in self.sessions:
            session.ask()
        await _until(lambda: self._has_settled(aims), SETTLE_SECONDS if is_anyone_in else LOST_SECONDS)
        self._count_unanswered(time.monotonic())
        if self.absent == len(self.sessions):
            return  # what they were not shown is not known
        for room, aim in aims:
            if isinstance(room, BotTalk):
                room.time_takeover()
            for session in _behind(room, aim):
                last = session.screen(room.log.conversation).last
                said = f"{room.log.conversation}, {session.side}: was shown {last} of {aim[session.side]} events."
                self._recorder.findings.add("lost", said)
            if any(session.is_watching(room.log.conversation) for session in room.sessions):
                room.log.check()  # else what was acknowledged cannot be looked for

    def leave(self) -> None:
        for session in self.sessions:
            session.entrance.leave()

    @property
    def _ready(self) -> int:
        return self.inside + sum(room.is_ready for room in self.rooms)

    def _has_gathered(self) -> bool:
        if self.refused:
            return True  # it will not be the scenario that was asked for
        return all(room.is_ready for room in self.rooms) and all(session.is_here for session in self.sessions)

    def _has_settled(self, aims: Sequence[tuple[Room, Mapping[str, int]]]) -> bool:
        is_open = any(session.is_asked or session.unanswered for session in self.sessions)
        return not is_open and not any(_behind(room, aim) for room, aim in aims)

    def _count_unanswered(self, now: float) -> None:
        """What has no answer took at least as long as until now."""
        for session in self.sessions:
            for command in session.unanswered:
                if command.number:
                    self._recorder.count("unanswered")
                    self._recorder.time("ack", now - command.due)

    # -- what is due ---------------------------------------------------------------------------------------------------

    def _write(self, room: Talk, due: float) -> None:
        is_agent = random.random() < self._plan.scenario.messages.by_agents
        room.say(room.desk if is_agent else room.customers[0], due)

    def _type(self, room: Talk, due: float) -> None:
        room.type(room.desk if random.random() < 0.5 else room.customers[0], due)

    def _take_over(self, ring: "deque[BotTalk]", due: float) -> None:
        """In the one that was taken longest ago, best in the middle of a reply."""
        free = [bot for bot in ring if bot.is_of_bot]
        bot = next((bot for bot in free if bot.is_streaming), free[0] if free else None)
        if bot is None:
            self._recorder.count("missed")
            return
        ring.remove(bot)
        ring.append(bot)
        bot.take_over(due, self._plan.scenario.takeovers.clickers)

    def _look(self, bots: Sequence[BotTalk], due: float) -> None:
        for bot in bots:
            bot.look(due)
        self._schedule.at(due + LOOK_SECONDS, lambda due: self._look(bots, due))

    def _storm(self, due: float) -> None:
        reconnects = self._plan.scenario.reconnects
        if not self._plan.part:
            self._recorder.count("storms")
        cut = [*self.sessions]
        random.shuffle(cut)
        for session in cut[: round(len(cut) * reconnects.share)]:
            session.cut()
        self._schedule.at(due + reconnects.every, self._storm)

    # -- who is there --------------------------------------------------------------------------------------------------

    def _share(self, kind: type[Room]) -> float:
        """Of this process, of all conversations of that kind."""
        mine = sum(isinstance(room, kind) for room in self.rooms)
        scenario = self._plan.scenario
        return mine / (scenario.talks if kind is Talk else scenario.bots.streaming)

    def _make_group(self, group: int) -> None:
        """Conversations with the sessions of staff that watch them all."""
        scenario = self._plan.scenario
        size, agents = scenario.sessions.watches, scenario.sessions.agents
        numbers = range(group * size, min((group + 1) * size, scenario.conversations))
        rooms = [self._make_room(number) for number in numbers]
        desks = [self._make_desk(group * agents + number) for number in range(agents)]
        slow = [
            self._make_desk(scenario.groups * agents + number, scenario.slow.pause)
            for number in range(group, scenario.slow.sessions, scenario.groups)
        ]
        for room in rooms:
            room.desks += [*desks, *slow]
        self._slow += slow
        self.rooms += rooms
        self.sessions += [*desks, *slow, *(customer for room in rooms for customer in room.customers)]

    def _make_room(self, number: int) -> Room:
        scenario = self._plan.scenario
        size, holder = scenario.messages.bytes, number % scenario.sessions.agents
        room: Room
        if number < scenario.bots.streaming:
            pause, hold = scenario.bots.pause, scenario.takeovers.hold
            room = BotTalk(self._recorder, self._schedule.at, size, holder, pause, hold)
        else:
            room = Talk(self._recorder, self._schedule.at, size, holder)
        tokens = credentials.customer(self._plan.credentials, self._url(number), self._plan.run, number)
        for tab in range(scenario.sessions.customers):
            where = self._targets[(number + tab) % len(self._targets)]
            room.customers.append(Session(CUSTOMER, tokens, where, self._door, self._recorder, room))
        return room

    def _make_desk(self, number: int, pause: float = 0.0) -> Session:
        person = number // self._plan.scenario.sessions.each_person
        tokens = credentials.staff(self._plan.credentials, self._url(number), person)
        where = self._targets[(number + 1) % len(self._targets)]  # best another one than the customer's
        return Session(STAFF, tokens, where, self._door, self._recorder, pause=pause)

    def _url(self, number: int) -> str:
        return self._plan.urls[number % len(self._plan.urls)]


async def _until(is_so: Callable[[], bool], seconds: float) -> None:
    with anyio.move_on_after(seconds):
        while True:
            if is_so():
                return
            await anyio.sleep(CHECK_SECONDS)


def _round(rooms: Sequence[Talk]) -> Iterator[Talk]:
    order = [*rooms]
    random.shuffle(order)
    return itertools.cycle(order)


def _furthest(room: Room) -> dict[str, int]:
    """Up to where a session of each side was shown the log."""
    conversation = room.log.conversation
    aims = {STAFF: 0, CUSTOMER: 0}
    for session in room.sessions:
        if conversation in session.followed:
            aims[session.side] = max(aims[session.side], session.screen(conversation).last)
    return aims


def _behind(room: Room, aims: Mapping[str, int]) -> list[Session]:
    """Sessions that are in, and were not shown as much."""
    conversation = room.log.conversation
    return [
        session
        for session in room.sessions
        if session.is_watching(conversation) and session.screen(conversation).last < aims[session.side]
    ]
