"""Anything that can happen to a conversation on two nodes, over a real log, a hub that loses, doubles and reorders, and
nodes that die: after each burst of it the promises hold, in the log and on every screen.

A burst is given to the engines at once, without waiting, so that batches, conflicts, holes and repeats come about; then
all settles and is looked at. `cluster.is_sound` reads the log with `promises` and compares it with the screens and with
what the nodes know; what only those who asked can know is checked here.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from msgspec.structs import replace

from intervene.adapters.sqlite.database import SqliteDatabase
from intervene.core.actors import Bot
from intervene.core.control import Place
from intervene.core.conversation.state import Conversation, Running
from intervene.core.conversation.turns import AddPiece, Answered, Ask, Finish, Outcome, Wait
from intervene.core.errors import Refusal, Taken
from intervene.core.events import ControlChanged, Event
from intervene.ports.log import Receipt
from tests.integration.engine.actors import Asked, Human, Port, takes_up
from tests.integration.engine.cluster import Cluster, Node
from tests.integration.engine.faults import Accident
from tests.kit import sqlite
from tests.kit.examples import examples
from tests.kit.limits import TIMING
from tests.unit.core.cast import ECHO

T = TypeVar("T")
OUTCOMES: list[Outcome] = [Answered(), Wait(5.0), Ask("why"), Finish(), Finish(close=True)]
SECRET = "between us"


class Done(NamedTuple):
    """Something asked in this burst. `place`: who gave it to which node; there their words keep their order."""

    asked: Asked
    place: tuple[object, Node]
    is_repeat: bool = False


class Nodes(RuleBasedStateMachine):
    run: Callable[[Coroutine[Any, Any, None]], None]
    database: SqliteDatabase
    """Both are the test's: one loop and one log for all examples, each of which has a conversation of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.burst: list[Done] = []
        self.first: dict[str, tuple[Human, Asked]] = {}
        """What was accepted, by its name and id: its result stays."""
        self.open: list[tuple[Human, Asked]] = []
        """What was never answered, or that the log was away."""
        self.expected: list[tuple[Asked, Asked]] = []
        """Repeats of this burst, and what was accepted first."""
        self.ports: list[Port] = []

    @initialize(seed=st.integers(0, 1 << 32), inbound=st.sampled_from([ECHO, ECHO, None]))
    def begins(self, seed: int, inbound: Bot | None) -> None:
        self.run(self._begins(seed, inbound))

    async def _begins(self, seed: int, inbound: Bot | None) -> None:
        self.random = Random(seed)
        self.inbound = inbound
        self.cluster = Cluster(self.database)
        self.cluster.has_one_socket_each = False
        self.cluster.timing = replace(TIMING, feed_gap=0.002, feed_retry=0.002)
        self.cluster.hub.fate = lambda node, commit: self.random.choice([0, 1, 1, 1, 2])
        for _ in range(2):
            self._starts()
        self.room = await self.cluster.opens(self.nodes[0])
        self.customers = [self.room.customer(node) for node in self.nodes]
        self.staff = [self.room.agent(name, self.nodes[0]) for name in ("Anna", "Ben")]
        self.staff.append(self.room.supervisor("Sara", self.nodes[1]))
        for person in self.people:
            person.screen.joins(person.node)
        await self._settles()

    def _starts(self) -> None:
        self.cluster.node(f"n{self.random.getrandbits(32)}", inbound=self.inbound)

    @property
    def nodes(self) -> list[Node]:
        return self.cluster.nodes

    @property
    def people(self) -> list[Human]:
        return [*self.customers, *self.staff]

    def teardown(self) -> None:
        if hasattr(self, "room"):
            self.run(self._ends())

    async def _ends(self) -> None:
        """Everybody comes back; then nothing is missing on any screen, and every result is what it was."""
        for person in self.people:
            person.goes_to(self.nodes[0])
            await person.watches()
        await self._settles()
        for person, asked in list(self.first.values()):
            self._repeats(person, asked, self.nodes[1])
        await self._settles()
        for node in list(self.nodes):
            node.dies()

    # -- a burst -------------------------------------------------------------------------------------------------------

    acts = st.tuples(
        st.sampled_from(
            ["goes on"] * 12
            + ["customer says", "intervenes", "a former turn speaks", "repeats"] * 2
            + ["agent says", "notes", "hands back", "releases", "closes", "reopens", "asks for a person", "takes up"]
            + ["leaves", "joins", "holds", "releases writes", "an accident"]
        ),
        st.integers(0, 5),
        st.integers(0, 5),
    )

    @rule(acts=st.lists(acts, min_size=1, max_size=6), is_holding=st.booleans(), dying=st.integers(0, 9))
    def happens(self, acts: list[tuple[str, int, int]], is_holding: bool, dying: int) -> None:
        """Commits may be held until the end of the burst; sometimes a node dies with what is under way."""
        self.run(self._happens(acts, is_holding, self.nodes[dying - 8] if dying >= 8 else None))

    async def _happens(self, acts: list[tuple[str, int, int]], is_holding: bool, dying: Node | None) -> None:
        if is_holding:
            self.cluster.hub.holds()
        for what, a, b in acts:
            self._acts(self._going_on(a, b) if what == "goes on" else what, a, b)
            if a % 2:  # what is on its way gets a little further
                await asyncio.sleep(0)
        if dying:
            dying.dies()
            self._starts()
            for person in self.people:
                if person.node is dying:
                    person.node = self.nodes[-1]
        await self._settles()

    def _going_on(self, a: int, b: int) -> str:
        """What would mostly happen next, so that bursts do not all end in refusals."""
        match self.state.place:
            case Place.BOT if isinstance(self.state.turn, Running):
                return ["bot writes", "bot writes", "bot finishes", "bot says", "bot ends", "intervenes"][(a + b) % 6]
            case Place.BOT | Place.NOBODY | Place.CLOSED:
                return ["customer says", "customer says", "customer says", "intervenes", "intervenes", "reopens"][a]
            case Place.AGENT:
                return ["agent says", "hands back", "hands back", "hands back", "releases", "closes"][a]

    def _acts(self, what: str, a: int, b: int) -> None:
        node, customer, person = self.nodes[a % 2], self.customers[a % 2], self.staff[b % 3]
        for other in self.staff:
            if what not in ("intervenes", "notes") and b and other.who == self.state.holder:
                person = other  # mostly the one who may
        epoch = max(0, self.state.epoch - (b == 5))
        seen = max(0, self.state.seq - (a == 5))
        match what:
            case "customer says":
                self._asks(customer, customer.says("hello"))
            case "asks for a person":
                self._asks(customer, customer.asks_for_a_person())
            case "agent says":
                self._asks(person, person.says("hello", epoch=epoch, seen=seen, confirmed=a < 3))
            case "notes":
                self._asks(person, person.notes(SECRET))
            case "intervenes":
                self._asks(person, person.intervenes(epoch=epoch))
            case "hands back":
                self._asks(person, person.hands_back(epoch=epoch))
            case "releases":
                self._asks(person, person.releases(epoch=epoch))
            case "closes":
                self._asks(person, person.closes(epoch=epoch, seen=seen))
            case "reopens":
                self._asks(person, person.reopens(epoch=epoch))
            case "bot writes" | "bot says" | "bot finishes" | "bot ends" if self.ports:
                self._speaks(self.ports[-1], what, a)
            case "a former turn speaks" if self.ports[:-1]:
                what = ["bot writes", "bot says", "bot finishes", "bot ends"][b % 4]
                self._speaks(self.ports[a % len(self.ports[:-1])], what, a)
            case "takes up":
                asked = takes_up(node, self.room, lost=self.state.runner)
                self.burst.append(Done(asked, (None, node)))
            case "repeats":
                known = [*self.first.values(), *self.open]
                if known:
                    human, asked = known[(7 * a + b) % len(known)]
                    self._repeats(human, asked, node)
            case "leaves":
                self.people[b % 5].screen.leaves()
            case "joins":
                human = self.people[b % 5]
                human.goes_to(node)
                human.screen.joins(human.node)
            case "holds":
                node.log.holds_writes()
            case "releases writes":
                node.log.releases_writes()
            case "an accident":
                node.log.accidents.append(list(Accident)[b % 3])
            case _:
                pass

    def _speaks(self, port: Port, what: str, a: int) -> None:
        if port.node not in self.nodes:
            port.node = self.nodes[a % 2]  # an evil one: the node of that turn is dead
        self.burst.append(Done(self._bot_acts(port, what, a), (port, port.node)))

    def _bot_acts(self, port: Port, what: str, a: int) -> Asked:
        match what:
            case "bot writes":
                return port.writes("word ")
            case "bot says":
                return port.says("words")
            case "bot finishes" if port.message:
                return port.finishes("end." if a % 2 else "")
            case "bot finishes":
                return port.writes("begins ")
            case _:
                return port.ends(OUTCOMES[a % len(OUTCOMES)])

    def _asks(self, human: Human, asked: Asked) -> None:
        self.burst.append(Done(asked, (human, human.node)))
        self.open.append((human, asked))

    def _repeats(self, human: Human, asked: Asked, node: Node) -> None:
        was, human.node = human.node, node
        again = human.submit(asked.command, asked.name, human.screen if was is node else None)
        human.node = was
        self.burst.append(Done(again, (human, node), is_repeat=True))
        if (first := self.first.get(self._id(asked))) is not None:
            self.expected.append((again, first[1]))
        else:
            self.open.append((human, again))

    @staticmethod
    def _id(asked: Asked) -> str:
        return f"{asked.name} {getattr(asked.command, 'id', '')}"

    # -- and after it --------------------------------------------------------------------------------------------------

    state: Conversation

    async def _settles(self) -> None:
        before = self.state.epoch if hasattr(self, "state") else 0
        for node in self.nodes:
            node.log.releases_writes()
        await self.cluster.settles(self.random)
        await self.cluster.is_sound()
        self.state = await self.room.state()
        self._check_answers(await self.room.events(), before)
        self._learns_of_a_turn()
        self.burst, self.expected = [], []
        for node in self.nodes:
            node.log.accidents.clear()
        for customer in self.customers:
            assert SECRET.encode() not in customer.screen.raw, "[P6] a note reached a customer"

    def _check_answers(self, events: Sequence[Event], before: int) -> None:
        """`before`: the epoch when the burst began."""
        holders = {event.epoch: event.body.holder for event in events if isinstance(event.body, ControlChanged)}
        repeated = {self._id(done.asked) for done in self.burst if done.is_repeat}
        last: dict[tuple[object, Node], int] = {}
        for asked, place, _ in self.burst:
            assert len(asked.answers) == 1 or place[1] not in self.nodes, f"{asked.name}: {asked.answers}"
            answer = asked.answer
            if isinstance(answer, Receipt):
                self._check_receipt(asked, answer, events)
                # Not of those that were repeated at the same time, perhaps elsewhere. And a turn awaits each of its
                # commands; here it does not, and one that was refused because of the next may be accepted behind it,
                # when nobody knew whether that next one was committed.
                if answer.seq and self._id(asked) not in repeated and not isinstance(place[0], Port):
                    assert answer.seq > last.get(place, 0), "[P5] an author's words keep their order"
                    last[place] = answer.seq
            elif isinstance(answer, Refusal):
                assert answer.facts.get("epoch", before) >= before, "[P3] a refusal is fresh"
                if isinstance(answer, Taken):
                    assert answer.facts["by"] == holders[answer.facts["epoch"]], "[P3] who won is who the log says"
                id = getattr(asked.command, "id", "refused")
                assert all(event.command != id for event in events), "[P5] what was refused is not in the log"
        for again, first in self.expected:
            assert again.answer == first.answer or again.answers == [], "[P3] the first result stays the result"
        for human, asked in self.open:
            if isinstance(asked.answer, Receipt) and asked.answer.seq:
                self.first.setdefault(self._id(asked), (human, asked))
        self.open = [(human, asked) for human, asked in self.open if asked.answer is None]

    def _check_receipt(self, asked: Asked, receipt: Receipt, events: Sequence[Event]) -> None:
        command = asked.command
        if receipt.seq:
            event = events[receipt.seq - 1]
            assert event.command == getattr(command, "id", event.command), "[P5] what was acked is in the log"
            assert (event.pub, event.epoch, event.at) == (receipt.pub, receipt.epoch, receipt.at)
            made_in = event.epoch - isinstance(event.body, ControlChanged)
            assert getattr(command, "epoch", made_in) == made_in, "[P1] made in another epoch"
            assert getattr(command, "turn", event.turn) == event.turn, "[P1] made in another turn"
        elif isinstance(command, AddPiece):
            turns = {event.turn for event in events if getattr(event.body, "message", "") == command.message}
            assert turns == {command.turn}, "[P1] made in another turn"

    def _learns_of_a_turn(self) -> None:
        turn, holder = self.state.turn, self.state.holder
        if not isinstance(turn, Running) or not isinstance(holder, Bot):
            return
        if not self.ports or self.ports[-1].number != turn.number:
            node = next((node for node in self.nodes if node.id == turn.node), self.nodes[0])
            port = Port(self.room, node, holder, self.state.epoch, turn.number, self.state.asked)
            self.ports = [*self.ports[-5:], port]


def test_no_promise_breaks_whatever_happens_on_two_nodes(tmp_path: Path) -> None:
    """[P1] [P2] [P3] [P5] [P6]"""
    with asyncio.Runner() as runner:
        start = SqliteDatabase.start(tmp_path / "intervene.db", sqlite.migrate, durability="normal")
        database = runner.run(start)
        try:
            run_state_machine_as_test(
                type("", (Nodes,), {"run": staticmethod(runner.run), "database": database}),
                settings=settings(
                    max_examples=examples(100),
                    stateful_step_count=20,
                    deadline=None,
                    suppress_health_check=[HealthCheck.too_slow],
                ),
            )
        finally:
            with suppress(Exception):
                runner.run(database.close())
            runner.run(_end_all())


async def _end_all() -> None:
    """What ends may begin what waited behind it: the runner by itself cancels once."""
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        for task in others:
            task.cancel()
        await asyncio.wait(others)
