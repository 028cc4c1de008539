"""Anything that can happen to a conversation, in any order, several commands to a commit: no promise breaks.

`promises` reads the log after every commit, `machine` keeps what only the one who acts can know. Here stand the rules:
what may be done, and what has to come of it.
"""

from functools import partial

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule
from msgspec.structs import replace

from intervene.core.actors import Agent, Bot, Nobody
from intervene.core.control import Move, Place
from intervene.core.conversation.lapses import Why
from intervene.core.conversation.state import Running
from intervene.core.conversation.turns import Answered, Ask, Finish, Outcome, Wait
from intervene.core.errors import NotHolder, OutOfOrder, PeerError, Refusal, Stale, StaleView, Taken
from intervene.core.events import ControlChanged, Event, Message
from intervene.core.ids import DEFAULT_QUEUE, BotId, NodeId
from intervene.core.limits import TURN_RESTARTS
from intervene.core.policy import Policy
from tests.kit.examples import examples
from tests.unit.core.cast import ECHO, N1, N2
from tests.unit.core.expected import fenced, forbidden, holds
from tests.unit.core.machine import STREAK, Machine, nodes
from tests.unit.core.play import Act, Facts, Person, Play, Port

OTHER = Bot(id=BotId("other"), name="Other")

OF_STAFF = set(Move) - {Move.ASK, Move.FINISH, Move.LAPSE}
people = st.sampled_from(["the holder", "the holder", "Anna", "Ben", "Sara"])
mostly_present = st.sampled_from([0, 0, 0, 0, 0, 0, -1, -2, 1])
mostly_all = st.sampled_from([0, 1, 3])
outcomes: st.SearchStrategy[Outcome] = st.one_of(
    st.just(Answered()),
    st.just(Answered()),
    st.builds(Wait, seconds=st.sampled_from([0.0, 5.0, 60.0, float("inf"), float("nan")])),
    st.just(Ask(reason="why")),
    st.builds(Finish, close=st.booleans()),
)


class Conversations(Machine):
    # -- commits -------------------------------------------------------------------------------------------------------

    @precondition(lambda self: not self.play.is_under_way)
    @rule(acts=st.integers(2, 4))
    def the_next_share_a_commit(self, acts: int) -> None:
        self.play.begins_a_commit()
        self.left = acts

    # -- the world -----------------------------------------------------------------------------------------------------

    @rule(node=nodes, seconds=st.sampled_from([0, 1, 30, 100, -50]))
    def time_passes_and_the_next_commands_come_to(self, node: NodeId | None, seconds: int) -> None:
        self.play.node = node
        self.play.passes(seconds=seconds)

    # -- customers -----------------------------------------------------------------------------------------------------

    @rule(words=st.integers(1, 3))
    def the_customer_writes(self, words: int) -> None:
        for _ in range(words):
            before = self.play.latest
            facts = self.act(lambda play: play.customer.says("hi"))
            assert not isinstance(facts, PeerError), "[P5] a customer can always write"
            said = next(fact for fact in facts if isinstance(fact, Event) and isinstance(fact.body, Message))
            if not before.is_open:
                assert self.play.latest.is_open
                assert self.play.latest.holder == (self.play.policy.bot or Nobody())
            self.waiting.append(said.seq)
            turn, after = before.turn, self.play.latest.turn
            if isinstance(turn, Running) and turn.spoke:
                assert after is turn, "what was begun is not begun again"
            elif isinstance(turn, Running) and isinstance(after, Running):
                assert turn.restarts <= after.restarts <= TURN_RESTARTS, "[P7]"
                assert after.restarts == TURN_RESTARTS or after.number == self.play.latest.version, "[P5] not told"

    @rule(really=st.sampled_from([False, False, True]))
    def the_customer_asks_for_a_person(self, really: bool) -> None:
        place, is_wanted = self.play.latest.place, self.play.latest.wants_person
        if place is Place.BOT and not really:
            return  # or bots would hold control too seldom
        facts = self.act(lambda play: play.customer.asks_for_a_person())
        assert not isinstance(facts, PeerError)
        assert bool(facts) == (place in (Place.BOT, Place.CLOSED) or (place is Place.NOBODY and not is_wanted))
        assert self.play.latest.place in (Place.NOBODY, Place.AGENT)

    # -- staff ---------------------------------------------------------------------------------------------------------

    def person(self, name: str) -> Person:
        holder = self.play.latest.holder
        if name == "the holder":
            name = holder.name if isinstance(holder, Agent) else "Anna"
        return self.staff[name]

    @rule(name=people)
    def somebody_notes(self, name: str) -> None:
        assert not isinstance(self.act(lambda _: self.person(name).notes("hm")), PeerError)

    @rule(name=people, late=mostly_present, unseen=mostly_all, confirmed=st.booleans())
    def somebody_says(self, name: str, late: int, unseen: int, confirmed: bool) -> None:
        person, before = self.person(name), self.play.latest
        epoch, seen = before.epoch + late, before.seq - unseen
        result = self.act(lambda _: person.says("hello", epoch=epoch, seen=seen, confirmed=confirmed))
        expected = fenced(before, person, epoch)
        if not expected and not holds(before.holder, person):
            expected = Taken if isinstance(before.holder, Agent) else NotHolder
        if expected:
            assert type(result) is expected, "[P1] spoken without control"
        elif before.asked > seen and not confirmed:
            assert isinstance(result, StaleView)
        else:
            assert not isinstance(result, PeerError)
            self.waiting.clear()

    @precondition(lambda self: self.play.latest.place in (Place.BOT, Place.NOBODY))
    @rule(name=people, late=mostly_present)
    def somebody_intervenes(self, name: str, late: int) -> None:
        self.somebody_moves(name, Move.INTERVENE, late, 0)

    @precondition(lambda self: self.play.latest.place is Place.AGENT)
    @rule(late=mostly_present)
    def the_holder_hands_back(self, late: int) -> None:
        self.somebody_moves("the holder", Move.HAND_BACK, late, 0)

    @rule(
        name=people,
        move=st.sampled_from(
            [
                Move.INTERVENE,
                Move.HAND_BACK,
                Move.RELEASE,
                Move.CLOSE,
                Move.REOPEN,
                Move.ASSIGN,
                Move.TRANSFER,
                Move.START,
            ]
        ),
        late=mostly_present,
        unseen=mostly_all,
    )
    def somebody_does(self, name: str, move: Move, late: int, unseen: int) -> None:
        self.somebody_moves(name, move, late, unseen)

    def somebody_moves(self, name: str, move: Move, late: int, unseen: int) -> None:
        person, before = self.person(name), self.play.latest
        epoch, seen = before.epoch + late, before.seq - unseen
        result = self.act(lambda _: makes(person, move, epoch=epoch, seen=seen))
        if move is Move.INTERVENE and holds(before.holder, person):
            assert result == (), "[P3] the holder again: no change"
        elif expected := fenced(before, person, epoch):
            assert type(result) is expected, "[P3] a move of another epoch"
        elif move is Move.CLOSE and before.is_open and before.asked > seen:
            assert isinstance(result, StaleView), "[P5] closed over a message"
        elif move is Move.TRANSFER and before.place is Place.NOBODY:
            assert result == (), "it waits there already"
        elif expected := forbidden(before, person, move):
            assert type(result) is expected
        elif move is Move.ASSIGN and before.placement.holder == "ben":
            assert result == (), "he holds it already"
        else:
            assert not isinstance(result, PeerError)
            last = result[-1]
            assert isinstance(last, Event)
            assert isinstance(last.body, ControlChanged)
            assert last.body.move is move
            assert self.play.latest.epoch == before.epoch + 1
            assert move is not Move.ASSIGN or self.play.latest.placement.holder == "ben"
            if move is Move.CLOSE:
                self.waiting.clear()  # a person has seen them and says that this is done

    # -- bots ----------------------------------------------------------------------------------------------------------

    def port(self, back: int) -> Port | None:
        """A turn that some node has begun to run: the latest, or one `back` from it, which may be over."""
        ports = list(self.play.ports.values())
        return ports[-1 - back % len(ports)] if ports else None

    def bot_acts(self, port: Port | None, act: Act, may: type[Refusal] | None = None) -> bool:
        """A command of that turn: refused if it is not the one that runs, or with `may`. Whether it was taken."""
        if port is None:
            return False
        state = self.play.latest
        turn = state.turn
        runs = isinstance(turn, Running) and (state.epoch, turn.number) == (port.epoch, port.number)
        assert runs <= ((port.epoch, port.number) == self.current), "[P1] a turn runs that was replaced"
        result = self.act(act)
        if not runs:
            assert type(result) is Stale, f"[P1] an old turn was not fenced: {result}"
        elif isinstance(result, PeerError):
            assert may, f"the turn that runs was refused: {result}"
            assert type(result) is may
        return not isinstance(result, PeerError)

    back = st.sampled_from([0, 0, 0, 0, 1, 2, 5])

    @rule(back=back)
    def a_bot_looks_again(self, back: int) -> None:
        """A turn is told what is written when it begins, which may be after its claim."""
        port = self.port(back)
        if port and not port.n and (port.epoch, port.number) == self.current:
            port.told = self.play.state.seq

    @rule(back=back)
    def a_bot_says(self, back: int) -> None:
        port = self.port(back)
        stream = self.play.latest.stream
        self.bot_acts(port, lambda _: port and port.says("hello"), OutOfOrder if stream else None)

    @rule(back=back, pieces=st.lists(st.sampled_from(["a", "bc", "", "é"]), min_size=1, max_size=3))
    def a_bot_streams(self, back: int, pieces: list[str]) -> None:
        port = self.port(back)
        for piece in pieces:
            self.bot_acts(port, partial(streams, port, piece))

    @rule(back=back, n=st.integers(-1, 4))
    def a_bot_repeats_or_skips_a_piece(self, back: int, n: int) -> None:
        port = self.port(back)
        if port and port.message and n != port.n + 1:
            self.bot_acts(port, lambda _: port.adds(n, "x"), None if 1 <= n <= port.n else OutOfOrder)
            assert not self.changed

    @rule(back=back, text=st.sampled_from(["", "z"]))
    def a_bot_finishes_its_message(self, back: int, text: str) -> None:
        port = self.port(back)
        self.bot_acts(port, lambda _: port and port.finishes(text), OutOfOrder if not text else None)

    @rule(epoch=st.sampled_from([0, -1, -2, 1]), number=st.sampled_from([0, -1, 1]), who=st.sampled_from([ECHO, OTHER]))
    def a_bot_guesses(self, epoch: int, number: int, who: Bot) -> None:
        """Of a command's epoch, turn and author one is not the present one, however near."""
        if self.play.is_under_way or self.current is None:
            return
        before = self.play.state
        guess = Port(self.play, before, self.current[1] + number)
        guess.epoch, guess.who = before.epoch + epoch, who
        if (guess.epoch, guess.number) != self.current or who != before.holder:
            for act in (guess.says, guess.streams, guess.finishes):
                result = self.act(partial(lambda act, _: act("hello"), act))
                assert type(result) is Stale, f"[P1] a guess came through: {result}"
            assert type(self.act(lambda _: guess.is_done())) is Stale, "[P1]"

    @rule(back=back)
    def a_bot_repeats_a_message_that_it_finished(self, back: int) -> None:
        port = self.port(back)
        if port and port.finished:
            self.bot_acts(port, lambda _: port.adds(1, "x", message=port.finished))
            assert not self.changed

    @rule(back=back, outcome=outcomes, unheard=st.sampled_from([0, 0, 0, 2]))
    def a_bot_ends_its_turn(self, back: int, outcome: Outcome, unheard: int) -> None:
        port = self.port(back)
        answered = max(0, port.told - unheard) if port else 0
        before = self.play.latest
        known = max(answered, before.run.answered if before.run else 0)  # a turn before it may have been given more
        if not self.bot_acts(port, lambda _: port and port.ends(outcome, answered=answered)):
            return
        self.waiting = [seq for seq in self.waiting if seq > answered]
        after = self.play.latest
        match outcome:
            case Ask():
                assert after.place is Place.NOBODY
            case _ if before.asked > known:
                assert after.runner or after.place is Place.NOBODY, "[P5] a turn ended over unseen input"
            case Finish(close=close):
                assert after.place is (Place.CLOSED if close else Place.NOBODY)
            case Wait() | Answered():
                assert after.run
                assert (after.runner, after.run.due > 0) == ("", isinstance(outcome, Wait))

    @precondition(lambda self: isinstance(self.play.latest.turn, Running))
    @rule(outcome=st.sampled_from([Answered(), Wait(seconds=60.0)]))
    def a_bot_answers(self, outcome: Outcome) -> None:
        """As most turns go."""
        self.a_bot_looks_again(0)
        self.a_bot_says(0)
        self.a_bot_ends_its_turn(0, outcome, 0)

    # -- upkeep --------------------------------------------------------------------------------------------------------

    @rule(lost=st.sampled_from(["", N1, N2]))
    def upkeep_takes_up(self, lost: str) -> None:
        turn = self.play.latest.turn
        self.act(lambda play: play.upkeep.takes_up(lost=lost))
        if isinstance(turn, Running):
            assert self.changed == (turn.node == lost), "[P5] only what was lost is taken up"

    @rule(back=back)
    def upkeep_gives_back(self, back: int) -> None:
        port = self.port(back)
        if port:
            turn = self.play.latest.turn
            self.act(lambda play: play.upkeep.gives_back(port.number))
            assert self.changed == (isinstance(turn, Running) and turn.number == port.number)

    @rule(back=st.integers(0, 3))
    def a_timer_fires(self, back: int) -> None:
        """Only for its epoch, and only while nothing happened since it was set."""
        run, epoch = self.play.latest.run, self.play.latest.epoch
        due = run.due if run else 0
        former = self.timers[-1 - back % len(self.timers)]
        for timer in (former, (epoch - 1, due), (epoch + 1, due), (epoch, due + 1), (epoch, 0)):
            if not due or timer != (epoch, due):
                self.act(partial(fires, timer))
                assert not self.changed, "[P1] a timer that is not set"
                if self.play.latest.epoch != epoch or self.play.latest.run is not run:
                    return  # the commit that these shared has ended
        if due:
            self.act(partial(fires, (epoch, due)))
            assert self.changed, "[P5] a timer that was lost"

    @precondition(lambda self: isinstance(self.play.latest.holder, Agent))
    @rule(why=st.sampled_from(Why), later=st.sampled_from([0, 0, 1, -1]))
    def a_conversation_lapses(self, why: Why, later: int) -> None:
        """If the customer is unanswered, or the agent was disabled, and nothing was asked since."""
        found = self.play.upkeep.finds_a_lapse(why)
        before = self.play.latest
        self.act(lambda play: play.submit(replace(found, asked=found.asked + later)))
        is_due = why is Why.DISABLED or before.counters.unanswered_since > 0
        assert self.changed == (is_due and not later)
        if self.changed:
            after = self.play.latest
            assert (after.place, after.counters.unanswered_since) == (
                Place.NOBODY, before.counters.unanswered_since
            ), "[P5] a customer who waits keeps the place"  # fmt: skip

    # -- what is always true -------------------------------------------------------------------------------------------

    @invariant()
    def no_customer_waits_in_vain(self) -> None:
        """[P5] Somebody answers, or there is a place in the queue."""
        state = self.play.latest
        assert self.play.record.streak <= STREAK + 1, "[P7] a bot that talks without end"
        if not self.waiting:
            return
        assert state.is_open, "a closed conversation with an unanswered message"
        if isinstance(state.holder, Bot):
            assert state.runner, "a message that no turn will find"
            assert state.run, "a bot holds control"
            assert state.run.answered < self.waiting[0], "a message that no turn will be told to answer"


def streams(port: Port | None, piece: str, _: Play) -> None:
    if port:
        port.streams(piece)


def fires(timer: tuple[int, int], play: Play) -> Facts:
    return play.upkeep.fires(epoch=timer[0], due=timer[1])


def makes(person: Person, move: Move, *, epoch: int, seen: int) -> Facts:
    match move:
        case Move.INTERVENE:
            return person.intervenes(epoch=epoch)
        case Move.HAND_BACK | Move.START:
            bot = OTHER if epoch % 2 else ECHO
            policy, person.play.policy = person.play.policy, Policy(version=1, bot=bot)
            try:
                back = person.hands_back if move is Move.HAND_BACK else person.sends_a_bot
                return back(bot, epoch=epoch)
            finally:
                person.play.policy = policy
        case Move.RELEASE:
            return person.releases(epoch=epoch)
        case Move.CLOSE:
            return person.closes(epoch=epoch, seen=seen)
        case Move.REOPEN:
            return person.reopens(epoch=epoch)
        case Move.ASSIGN:
            return person.assigns(person.play.agent("Ben"), epoch=epoch)
        case Move.TRANSFER:
            return person.transfers(DEFAULT_QUEUE, epoch=epoch)
        case _:
            raise AssertionError(f"{move} is not an agent's")


Conversations.TestCase.settings = settings(
    max_examples=examples(400),
    stateful_step_count=80,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestConversations = Conversations.TestCase
