"""Who is told what, and when: acceptance may rest on what a node remembers, a refusal never; the first result stays."""

from collections.abc import Callable

import pytest

from intervene.core.actors import Agent
from intervene.core.errors import Busy, IllegalMove, NotFound, NotHolder, Stale, StaleView, Taken, Unavailable
from intervene.core.ids import ConversationId, Key, OrganisationId
from intervene.core.limits import LANE_COMMANDS
from intervene.ports.log import Receipt, Verdict
from tests.integration.engine.actors import Asked, Customer, Human, Person
from tests.integration.engine.cluster import Cluster, Node
from tests.integration.engine.room import Room
from tests.kit.limits import eventually
from tests.unit.core.cast import ACME

# -- refusals ----------------------------------------------------------------------------------------------------------


async def test_an_acceptance_rests_on_what_the_node_remembers(n1: Node, clara: Customer) -> None:
    await clara.says("hi")
    assert (len(n1.log.groups), n1.log.locked) == (1, 0), "one compare-and-append"


async def test_what_a_stale_node_would_refuse_is_accepted_on_the_fresh_row(
    cluster: Cluster, anna: Person, ben: Person
) -> None:
    """[P3] n2 has not heard that Anna handed back: to it Ben, who is no supervisor, could not intervene."""
    await anna.intervenes()
    await eventually(lambda: ben.known.reply_enabled)
    cluster.hub.fate = lambda node, commit: 0
    await anna.hands_back()
    assert isinstance(ben.known.holder, Agent), "n2 believes that Anna holds control"
    await ben.intervenes(epoch=anna.known.epoch)


async def test_the_holder_speaks_on_a_node_that_takes_her_for_a_stranger(
    cluster: Cluster, room: Room, anna: Person, n2: Node
) -> None:
    """[P3] Anna came to n2, which has not heard that she took control on n1."""
    there = room.agent("Anna", n2)
    await there.watches()
    cluster.hub.fate = lambda node, commit: 0
    taken = await anna.intervenes()
    await there.says("hello", epoch=taken.epoch)


async def test_a_stale_node_does_not_name_a_former_holder(
    cluster: Cluster, room: Room, anna: Person, ben: Person
) -> None:
    """[P3] To n2 Anna holds control; in the log it is Sara since."""
    sara = room.supervisor("Sara", anna.node)
    await anna.intervenes()
    await eventually(lambda: ben.known.reply_enabled)
    cluster.hub.fate = lambda node, commit: 0
    await sara.intervenes()
    problem = await ben.says("mine?").refusal()
    assert isinstance(problem, Taken)
    assert problem.facts["by"] == sara.who
    assert ben.screen.events[-1].epoch == problem.facts["epoch"], "and Ben's screen says so too"


async def test_a_refusal_is_not_told_before_the_batch_that_caused_it_is_committed(
    n1: Node, room: Room, anna: Person, clara: Customer
) -> None:
    """[P3] Ben is refused because of Anna's intervene, which is not in the log yet."""
    ben = room.agent("Ben", n1)
    n1.log.holds_writes()
    first = clara.says("hi")
    await n1.log.write_waits()
    hers, his = anna.intervenes(), ben.intervenes()
    n1.log.lets_through()
    await first
    await n1.log.write_waits()
    assert (hers.answer, his.answer) == (None, None)
    n1.log.releases_writes()
    receipt, problem = await hers, await his.refusal()
    assert isinstance(problem, Taken)
    assert (problem.facts["by"], problem.facts["at"]) == (anna.who, receipt.at)


async def test_a_refusal_beside_an_acceptance_waits_for_the_append(n1: Node, anna: Person, clara: Customer) -> None:
    """[P3] As before where no lock is taken: Anna may not speak because of her own close, which may yet fail."""
    await anna.intervenes()
    n1.log.holds_writes()
    first = anna.notes("soon done")
    await n1.log.write_waits()
    closing, late = anna.closes(), anna.says("and one more thing")
    n1.log.lets_through()
    await first
    await n1.log.write_waits()
    assert (closing.answer, late.answer) == (None, None)
    n1.log.releases_writes()
    await closing
    assert isinstance(await late.refusal(), Stale)


async def test_a_refusal_that_rested_on_a_lost_append_is_taken_back(
    cluster: Cluster, room: Room, n1: Node, n2: Node, anna: Person, clara: Customer
) -> None:
    """[P3] Anna's close and her refused say were decided together; then Clara wrote on n2, so the close is refused and
    the say goes through."""
    there = room.customer(n2)
    await there.watches()
    await anna.intervenes()
    await cluster.settles()
    n1.log.holds_writes()
    closing, late = anna.closes(), anna.says("anything else?", confirmed=True)
    await n1.log.write_waits()
    await there.says("wait!")
    n1.log.releases_writes()
    assert isinstance(await closing.refusal(), StaleView)
    await late
    assert await room.messages() == ["Clara: wait!", "Anna: anything else?"]


async def test_a_guessed_conversation_is_not_found(room: Room, anna: Person, clara: Customer) -> None:
    """[P6] An id of another organisation looks like one that does not exist."""
    foreign = Room(room.cluster, Key(OrganisationId("other"), room.key.conversation), room.visitor)
    missing = Room(room.cluster, Key(ACME, ConversationId("missing")), room.visitor)
    sentences = set()
    for elsewhere in (foreign, missing):
        mallory = elsewhere.agent("Mallory", anna.node)
        for asked in (mallory.notes("mine?"), mallory.intervenes(epoch=1)):
            problem = await asked.refusal()
            assert isinstance(problem, NotFound)
            sentences.add(problem.sentence)
        screen = mallory.screen
        screen.joins(anna.node)
        await eventually(lambda: screen.missed is not None)  # noqa: B023
        assert screen.raw == b""
    assert len(sentences) == 1


# -- one winner --------------------------------------------------------------------------------------------------------


async def test_of_32_simultaneous_intervenes_on_two_nodes_one_wins_and_the_others_learn_who(
    room: Room, n1: Node, n2: Node
) -> None:
    """[P3]"""
    agents = [room.agent(f"Agent {number}", (n1, n2)[number % 2]) for number in range(32)]
    for agent in agents:
        await agent.watches()
    await room.bot(n1).streams("I can ", "help")
    clicks = [agent.intervenes(epoch=1) for agent in agents]
    won: list[tuple[Person, Receipt]] = []
    lost: list[Taken] = []
    for agent, click in zip(agents, clicks, strict=True):
        try:
            won.append((agent, await click))
        except Taken as problem:
            lost.append(problem)
    ((winner, receipt),) = won
    assert {(problem.facts["by"], problem.facts["at"]) for problem in lost} == {(winner.who, receipt.at)}
    assert len(n1.takeovers + n2.takeovers) == 1


async def test_the_first_click_on_a_node_wins(n1: Node, room: Room, clara: Customer) -> None:
    """[P3] Intervenes go to the head of the queue, but not before each other."""
    anna, ben = room.agent("Anna", n1), room.agent("Ben", n1)
    n1.log.holds_writes()
    clara.says("hi")
    await n1.log.write_waits()
    hers, his = anna.intervenes(), ben.intervenes()
    n1.log.releases_writes()
    await hers
    assert isinstance(await his.refusal(), Taken)


async def test_an_agent_who_holds_control_and_intervenes_again_changes_nothing(room: Room, anna: Person) -> None:
    taken = await anna.intervenes()
    again = await anna.intervenes(epoch=0)
    assert (again.seq, again.epoch) == (0, taken.epoch)
    assert (await room.kinds()).count("control") == 2


# -- repeats -----------------------------------------------------------------------------------------------------------


async def test_an_accepted_command_repeated_gets_its_first_result_whatever_has_happened_since(
    cluster: Cluster, room: Room, n2: Node, clara: Customer, anna: Person, ben: Person
) -> None:
    """[P3] The acks were lost; each is repeated later, on the same node and on the other."""
    acts: list[tuple[Human, Callable[[], Asked]]] = [
        (clara, lambda: clara.says("hi")),
        (anna, lambda: anna.notes("I take this")),
        (anna, anna.intervenes),
        (anna, lambda: anna.says("hello")),
        (anna, anna.releases),
        (anna, anna.intervenes),
        (anna, anna.hands_back),
        (clara, clara.asks_for_a_person),
        (anna, anna.intervenes),
        (anna, anna.closes),
        (anna, anna.reopens),
        (ben, ben.intervenes),
    ]
    done: list[tuple[Human, Asked]] = []
    for actor, act in acts:
        done.append((actor, act()))
        await done[-1][1]
        await cluster.settles()
    before = await room.state()
    for actor, asked in done:
        for node in cluster.nodes:
            actor.node = node
            assert await actor.repeats(asked) == asked.answer, asked.name
    assert await room.state() == before


async def test_a_bot_s_words_repeated_are_said_once(room: Room, n1: Node) -> None:
    """[P5]"""
    bot = room.bot(n1)
    said = bot.says("hello")
    await said
    bot.message = type(bot.message)("m")
    await bot.streams("a", "b")
    await bot.adds(1, "a")
    await bot.adds(2, "b")
    finished = bot.finishes("c")
    await finished
    assert await bot.submit(said.command, "says again") == said.answer
    assert await bot.submit(finished.command, "finishes again") == finished.answer
    assert await room.messages() == ["Echo: hello", "Echo: abc"]


async def test_a_command_repeated_while_it_waits_joins_itself(n1: Node, room: Room, clara: Customer) -> None:
    """[P5] The client came back and repeated before the first was answered: one event, and both hear of it."""
    n1.log.holds_writes()
    clara.says("first")
    await n1.log.write_waits()
    second = clara.says("second")
    again = clara.repeats(second)
    n1.log.lets_through()
    await n1.log.write_waits()
    yet_again = clara.repeats(second)  # and now it is under way
    n1.log.releases_writes()
    assert await second == await again == await yet_again
    assert await room.messages() == ["Clara: first", "Clara: second"]
    assert set(n1.log.verdicts) == {Verdict.WON}, "the log did not have to say no"


async def test_a_known_id_that_is_refused_beside_an_acceptance_gets_its_first_result(
    room: Room, n1: Node, anna: Person, clara: Customer
) -> None:
    """[P3] Anna's words are in the log; repeated after Sara took over they would be refused, in one batch with
    Clara's, which are accepted."""
    await anna.intervenes()
    said = anna.says("hello")
    await said
    await room.supervisor("Sara", n1).intervenes()
    locked = n1.log.locked
    n1.log.holds_writes()
    first = clara.says("hi")
    await n1.log.write_waits()
    second, again, stale = clara.says("who are you?"), anna.repeats(said), anna.says("me again")
    n1.log.releases_writes()
    await first
    await second
    assert await again == said.answer
    assert isinstance(await stale.refusal(), Taken), "what was never accepted is refused"
    assert n1.log.locked == locked, "all without the lock"


async def test_a_refusal_is_not_told_when_nobody_can_say_whether_its_id_is_known(
    room: Room, n1: Node, anna: Person, clara: Customer
) -> None:
    """[P3] As before, but the log goes away between the commit and the look for the id."""
    await anna.intervenes()
    await room.supervisor("Sara", n1).intervenes()
    n1.log.holds_writes()
    first = clara.says("hi")
    await n1.log.write_waits()
    second, stale = clara.says("hello?"), anna.says("me again", epoch=2)
    n1.log.lets_through()
    await first
    await n1.log.write_waits()
    n1.log.releases_writes()
    n1.log.is_away = True
    await second
    assert isinstance(await stale.refusal(), Unavailable)
    n1.log.is_away = False
    assert isinstance(await anna.repeats(stale).refusal(), Taken)


# -- order -------------------------------------------------------------------------------------------------------------


async def test_words_and_the_close_behind_them_keep_their_order(room: Room, n1: Node, anna: Person) -> None:
    """[P5] Enter, then Close within a moment."""
    await anna.intervenes()
    n1.log.holds_writes()
    asked = [anna.notes("done"), anna.says("bye"), anna.closes()]
    n1.log.releases_writes()
    receipts = [await each for each in asked]
    assert [receipt.seq for receipt in receipts] == sorted(receipt.seq for receipt in receipts)
    assert (await room.kinds()).endswith("note message control")


async def test_what_comes_within_a_tick_is_committed_together(room: Room, anna: Person, clara: Customer) -> None:
    said, note = clara.says("hi"), anna.notes("a question, I think")
    commits = [await room.commit_of((await asked).seq) for asked in (said, note)]
    assert commits[0] == commits[1]


async def test_an_intervene_overtakes_others_but_never_its_author_s_own_words(
    room: Room, n1: Node, anna: Person, clara: Customer
) -> None:
    """[P5]"""
    ben = room.agent("Ben", n1)
    n1.log.holds_writes()
    clara.says("hi")
    await n1.log.write_waits()
    ben.notes("Ben first")
    anna.notes("Anna, before")
    anna.intervenes()
    anna.notes("Anna, after")
    n1.log.releases_writes()
    await eventually(lambda: n1.is_idle)
    texts = [getattr(event.body, "text", "taken") for event in await room.events()]
    assert texts[-5:] == ["hi", "Anna, before", "taken", "Ben first", "Anna, after"]


async def test_words_and_a_close_that_an_intervene_overtakes_fail_together(
    room: Room, n1: Node, anna: Person, clara: Customer
) -> None:
    """[P1] [P5] Sara's click goes before Anna's words and her close: both belong to the former control."""
    sara = room.supervisor("Sara", n1)
    await anna.intervenes()
    n1.log.holds_writes()
    first = clara.says("hi")
    await n1.log.write_waits()
    said, closed = anna.says("bye", confirmed=True), anna.closes()
    taken = sara.intervenes()
    n1.log.releases_writes()
    await first
    await taken
    for asked in (said, closed):
        assert isinstance(await asked.refusal(), Taken)


async def test_a_close_is_refused_when_the_customer_has_written_just_before(
    room: Room, n1: Node, anna: Person, clara: Customer
) -> None:
    """[P5] No message is closed away unread, also when both share an append."""
    await anna.intervenes()
    n1.log.holds_writes()
    first = anna.notes("done")
    await n1.log.write_waits()
    word, closed = clara.says("one more thing"), anna.closes()
    n1.log.releases_writes()
    await first
    await word
    assert isinstance(await closed.refusal(), StaleView)
    assert (await room.state()).is_open


# -- bounds ------------------------------------------------------------------------------------------------------------


async def test_a_conversation_with_too_much_under_way_is_busy_but_can_be_taken_over(
    n1: Node, room: Room, anna: Person, clara: Customer
) -> None:
    """[P4] [P7] Whoever fills the queue does not keep the agents out."""
    n1.log.holds_writes()
    asked: list[Asked] = [clara.says("under way")]
    await n1.log.write_waits()
    asked += [clara.says(f"{number}") for number in range(LANE_COMMANDS)]
    refused = clara.says("one too many")
    assert refused.answer is None, "nobody is answered inside the call"
    assert isinstance(await refused.refusal(), Busy)
    taken = anna.intervenes()
    n1.log.releases_writes()
    await taken
    for each in asked:
        await each
    await clara.repeats(refused)


@pytest.mark.parametrize("act", ["says", "hands_back", "releases"])
async def test_yesterday_s_command_is_refused_today(room: Room, n1: Node, anna: Person, ben: Person, act: str) -> None:
    """[P1] Anna's tab was offline; meanwhile Ben took over and released, and Anna holds control again."""
    sara = room.supervisor("Sara", n1)
    await anna.intervenes()
    old = anna.known.epoch
    await sara.intervenes()
    await sara.releases()
    await anna.intervenes()
    late = anna.says("yesterday", epoch=old) if act == "says" else getattr(anna, act)(epoch=old)
    assert isinstance(await late.refusal(), Stale)


async def test_who_does_not_hold_control_is_told_how_to_get_it(room: Room, anna: Person) -> None:
    assert isinstance(await anna.says("hello").refusal(), NotHolder)
    assert isinstance(await anna.hands_back().refusal(), IllegalMove)
