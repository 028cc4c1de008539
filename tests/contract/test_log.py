"""The contract of `ports.Log`, for every adapter."""

import asyncio
from collections.abc import Sequence
from functools import partial
from threading import Event as Gate

import anyio
import anyio.lowlevel
import pytest
from msgspec.structs import replace

from intervene.core.commands import Answered, Wait
from intervene.core.conversation import Conversation, Running
from intervene.core.decide import Change
from intervene.core.events import Event, Message, MessageStarted, Piece, author_key
from intervene.core.ids import CommandId, ConversationId, EventId, Key, MessageId, OrganisationId
from intervene.core.limits import PAGE_EVENTS
from intervene.ports import CommandKey, Item, Locked, Log, Range, Receipt, Snapshot, Verdict, Work
from tests.contract.build import (
    ACME,
    ANNA,
    BEN,
    ECHO,
    NODE,
    NOON,
    Talk,
    append,
    decide_locked,
    forged,
    item_of,
    spoiled,
    talks,
    win,
)  # fmt: skip
from tests.limits import LONG_WAIT

STAFF = Range(is_staff=True, limit=PAGE_EVENTS)
CUSTOMER = Range(is_staff=False, limit=PAGE_EVENTS)


async def read(log: Log, talk: Talk, range: Range = STAFF, since: int | None = None) -> Snapshot:
    snapshot = await log.read(talk.key, range, since)
    assert snapshot is not None
    return snapshot


def texts(events: Sequence[Event]) -> list[str]:
    """What was said, and the kind of everything else."""
    return [str(getattr(event.body, "text", event.body.__struct_config__.tag)) for event in events]


def _decided(item: Item, _: Locked) -> Item:
    return item


# -- append ------------------------------------------------------------------------------------------------------------


async def test_what_was_won_is_what_every_later_read_finds(log: Log) -> None:
    talk = await Talk().opens_in(log)
    await win(log, talk.customer_says("hi"), talk.bot_streams("Hel"), talk.bot_streams("lo"))
    snapshot = await read(log, talk)
    assert snapshot.state == talk.state
    assert snapshot.state.written == "Hello"
    assert texts(snapshot.events) == ["opened", "control", "hi", "message_started"]
    assert [(piece.n, piece.text) for piece in snapshot.pieces] == [(1, "Hel"), (2, "lo")]


async def test_an_item_made_for_another_version_is_a_conflict_and_writes_nothing(log: Log) -> None:
    talk = await Talk().opens_in(log)
    before = talk.state
    late = talk.customer_says("late")
    talk.forgets(late, before)
    await win(log, talk.customer_says("first"))
    assert await append(log, late) == [Verdict.CONFLICT]
    snapshot = await read(log, talk)
    assert snapshot.state == talk.state
    assert texts(snapshot.events)[-1] == "first"


async def test_an_item_of_a_conversation_that_does_not_exist_is_a_conflict(log: Log) -> None:
    talk = Talk("never opened")
    talk.begins()
    assert await append(log, talk.customer_says()) == [Verdict.CONFLICT]
    assert await log.read(talk.key, STAFF) is None


async def test_an_organisation_cannot_write_into_another_by_guessing_an_id(log: Log) -> None:
    """[P6]"""
    mine = await Talk("c1", organisation="acme").opens_in(log)
    stranger = Talk("c1", organisation="other")
    stranger.begins()
    assert await append(log, stranger.customer_says("guess")) == [Verdict.CONFLICT]
    assert (await read(log, mine)).state == mine.state
    assert await log.read(stranger.key, STAFF) is None


async def test_losers_of_a_group_do_not_harm_the_winners(log: Log) -> None:
    group = await talks(log, 8)
    stale = {2, 5}
    for number in stale:
        before = group[number].state
        await win(log, group[number].customer_says("first"))
        group[number].state = before
    verdicts = await append(log, *(talk.customer_says(f"from {talk.key.conversation}") for talk in group))
    assert verdicts == [Verdict.CONFLICT if number in stale else Verdict.WON for number in range(8)]
    for number, talk in enumerate(group):
        said = "first" if number in stale else f"from {talk.key.conversation}"
        assert texts((await read(log, talk)).events)[-1] == said


async def test_a_command_that_is_in_the_log_makes_its_item_lose_and_only_that(log: Log) -> None:
    """[P3]"""
    group = await talks(log, 4)
    await win(log, group[1].customer_says("once", id="k"))
    before = group[1].state
    verdicts = await append(log, *(talk.customer_says("again", id="k") for talk in group))
    assert verdicts == [Verdict.WON, Verdict.CONFLICT, Verdict.WON, Verdict.WON]
    assert (await read(log, group[1])).state == before


async def test_two_authors_may_choose_the_same_command_id(log: Log) -> None:
    talk = await Talk().opens_in(log)
    await win(log, talk.intervenes(ANNA, id="k"), talk.customer_says("mine", id="k"))
    assert texts((await read(log, talk)).events)[-1] == "mine"


@pytest.mark.parametrize("bad", [0, 3, 7])
async def test_bad_data_is_refused_alone(log: Log, bad: int) -> None:
    group = await talks(log, 8)
    before = group[bad].state
    items = [talk.customer_says("hi") for talk in group]
    items[bad] = spoiled(items[bad])
    verdicts = await append(log, *items)
    assert verdicts == [Verdict.REFUSED if number == bad else Verdict.WON for number in range(8)]
    assert (await read(log, group[bad])).state == before
    for number, talk in enumerate(group):
        if number != bad:
            assert texts((await read(log, talk)).events)[-1] == "hi"


async def test_a_refused_item_leaves_nothing_and_the_next_one_is_written(log: Log) -> None:
    talk = await Talk().opens_in(log)
    before = talk.state
    both = talk.commits(talk.add_piece("seen"), talk.intervene())
    spoiled_last = replace(both, events=(*both.events[:-1], *spoiled(replace(both, events=both.events[-1:])).events))
    talk.forgets(both, before)
    assert await append(log, spoiled_last) == [Verdict.REFUSED]
    await win(log, talk.bot_streams("Hel"))
    snapshot = await read(log, talk)
    assert (snapshot.state, snapshot.state.written) == (talk.state, "Hel")


async def test_numbers_that_do_not_fit_are_refused(log: Log) -> None:
    talk = await Talk().opens_in(log)
    before = talk.state
    item = talk.customer_says()
    talk.forgets(item, before)
    (event, data), *_ = item.events
    assert await append(log, replace(item, events=((replace(event, at=2**80), data),))) == [Verdict.REFUSED]
    await win(log, item)


async def test_an_empty_group_is_answered(log: Log) -> None:
    assert await append(log) == []


async def test_answers_come_on_the_loop_and_never_inside_the_call(log: Log) -> None:
    talk = await Talk().opens_in(log)
    done = asyncio.Event()
    answers: list[Sequence[Verdict]] = []

    def answer(verdicts: Sequence[Verdict]) -> None:
        answers.append(verdicts)
        asyncio.get_running_loop().call_soon(done.set)

    log.append([talk.customer_says()], answer)
    assert answers == []
    await done.wait()
    assert answers == [[Verdict.WON]]


async def test_a_callback_that_fails_does_not_take_the_others_with_it(log: Log) -> None:
    talk, other = await talks(log, 2)
    later: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()

    def fails(*_: object) -> None:
        raise LookupError("somebody's mistake")

    log.decide_locked(talk.key, None, [], lambda _: None, fails)
    log.decide_locked(other.key, None, [], lambda _: None, lambda _, verdict: later.set_result(verdict))
    assert await later is Verdict.WON
    await win(log, talk.customer_says())


# -- decide_locked -----------------------------------------------------------------------------------------------------


async def test_under_the_lock_row_pieces_and_missed_events_are_of_one_moment(log: Log) -> None:
    talk = await Talk().opens_in(log)
    await win(log, talk.bot_streams("Hel"), talk.customer_says("hi", id="k"), talk.bot_streams("lo"))
    seen: list[Locked] = []
    asked = CommandKey(author_key(talk.contact), CommandId("k"))
    never = CommandKey(author_key(talk.contact), CommandId("never"))

    def look(locked: Locked) -> None:
        seen.append(locked)

    snapshot, verdict = await decide_locked(log, talk.key, look, since=2, commands=[asked, never])
    assert verdict is Verdict.WON
    assert snapshot == seen[0].snapshot
    assert snapshot.state == talk.state
    assert snapshot.state.written == "Hello"
    assert [piece.text for piece in snapshot.pieces] == ["Hel", "lo"]
    assert snapshot.missed is not None
    assert texts(snapshot.missed) == ["message_started", "hi"]
    assert seen[0].known == {asked: Receipt(seq=4, pub=3, epoch=1, at=snapshot.missed[1].at)}


async def test_what_is_decided_under_the_lock_is_committed_and_the_answer_is_what_was_read_before(log: Log) -> None:
    talk = await Talk().opens_in(log)
    before = talk.state

    def decide(locked: Locked) -> Item:
        talk.state = locked.snapshot.state
        return talk.intervenes()

    snapshot, verdict = await decide_locked(log, talk.key, decide)
    assert (snapshot and snapshot.state, verdict) == (before, Verdict.WON)
    assert (await read(log, talk)).state == talk.state
    assert talk.state.holder == ANNA


async def test_under_the_lock_every_writer_before_it_is_seen(log: Log) -> None:
    """[P4] However many groups are under way, the one who waits for the lock decides once and wins."""
    talk = await Talk().opens_in(log)
    states: list[Conversation] = []

    def decide(locked: Locked) -> Item:
        talk.state = locked.snapshot.state
        item = talk.notes(f"note {len(states)}")
        states.append(item.after)
        return item

    answers = await asyncio.gather(*(decide_locked(log, talk.key, decide) for _ in range(100)))
    assert {verdict for _, verdict in answers} == {Verdict.WON}
    assert (await read(log, talk)).state == states[-1]
    assert states[-1].version == 101


async def test_a_conversation_that_does_not_exist_is_not_decided_on(log: Log) -> None:
    def decide(_: Locked) -> Item:
        raise AssertionError("there is nothing to decide on")

    key = Key(ACME, ConversationId("nowhere"))
    assert await decide_locked(log, key, decide) == (None, Verdict.WON)


async def test_a_decision_that_fails_is_refused_and_harms_nobody(log: Log) -> None:
    group = await talks(log, 3)
    before = group[1].state

    items = [talk.customer_says() for talk in group]

    def decide(number: int, _: Locked) -> Item:
        if number == 1:
            raise LookupError("a mistake of ours")
        return items[number]

    answers = await asyncio.gather(
        *(decide_locked(log, talk.key, partial(decide, number)) for number, talk in enumerate(group))
    )
    assert [verdict for _, verdict in answers] == [Verdict.WON, Verdict.REFUSED, Verdict.WON]
    assert answers[1] == (None, Verdict.REFUSED)
    assert (await read(log, group[1])).state == before
    assert (await read(log, group[2])).state == group[2].state


async def test_bad_data_under_the_lock_is_refused_alone(log: Log) -> None:
    group = await talks(log, 3)
    before = group[1].state
    items = [talk.customer_says() for talk in group]
    items[1] = spoiled(items[1])
    answers = await asyncio.gather(
        *(decide_locked(log, talk.key, partial(_decided, item)) for talk, item in zip(group, items, strict=True))
    )
    assert [verdict for _, verdict in answers] == [Verdict.WON, Verdict.REFUSED, Verdict.WON]
    assert (await read(log, group[1])).state == before
    assert (await read(log, group[2])).state == group[2].state


@pytest.mark.parametrize("broken", ["stale", "repeated"])
async def test_a_decision_that_did_not_look_is_refused(log: Log, broken: str) -> None:
    talk = await Talk().opens_in(log)
    await win(log, talk.customer_says("once", id="k"))
    now = talk.state
    item = talk.customer_says("twice", id="k") if broken == "repeated" else replace(talk.customer_says(), expected=1)
    assert await decide_locked(log, talk.key, lambda _: item) == (None, Verdict.REFUSED)
    assert (await read(log, talk)).state == now


async def test_who_waits_for_the_lock_goes_ahead_of_groups_that_have_not_begun(log: Log) -> None:
    """[P4]"""
    group = await talks(log, 4)
    order: list[str] = []
    gate, all_done = Gate(), asyncio.Event()

    def finish(name: str) -> None:
        order.append(name)
        if len(order) == 4:
            all_done.set()

    def hold(_: Locked) -> None:
        gate.wait(LONG_WAIT)

    log.decide_locked(group[0].key, None, [], hold, lambda *_: finish("first"))
    log.append([group[1].customer_says()], lambda _: finish("group"))
    log.append([group[2].customer_says()], lambda _: finish("another group"))
    intervene = group[3].intervenes()
    log.decide_locked(group[3].key, None, [], lambda _: intervene, lambda *_: finish("locked"))
    gate.set()
    with anyio.fail_after(LONG_WAIT):
        await all_done.wait()
    assert order == ["first", "locked", "group", "another group"]


# -- open --------------------------------------------------------------------------------------------------------------


async def test_of_sixteen_who_open_at_once_one_creates(log: Log) -> None:
    """[P3]"""
    callers = [Talk(f"c{number}") for number in range(16)]
    for caller in callers:
        caller.opening = replace(caller.opening, contact=callers[0].contact)
    answers = await asyncio.gather(*(log.open(ACME, caller.opening, caller.begins) for caller in callers))
    [(winner, item)] = [(id, item) for id, item in answers if item is not None]
    assert {id for id, _ in answers} == {winner}
    snapshot = await log.read(Key(ACME, winner), STAFF)
    assert snapshot is not None
    assert snapshot.state == item.after
    assert len(await log.recent(ACME, 100)) == 1


async def test_a_contact_finds_their_conversation_again(log: Log) -> None:
    talk = await Talk("c1").opens_in(log)
    again = replace(talk.opening, conversation=ConversationId("c2"))
    assert await log.open(ACME, again, talk.begins) == ("c1", None)
    assert await log.read(Key(ACME, ConversationId("c2")), STAFF) is None


async def test_the_same_contact_id_in_another_organisation_or_channel_is_somebody_else(log: Log) -> None:
    """[P6]"""
    mine = await Talk("c1").opens_in(log)
    theirs = Talk("c2", organisation="other")
    by_phone = Talk("c3")
    theirs.opening = replace(theirs.opening, contact=mine.contact)
    by_phone.opening = replace(by_phone.opening, contact=mine.contact, channel="sms")
    await theirs.opens_in(log)
    await by_phone.opens_in(log)
    assert len(await log.recent(ACME, 10)) == 2
    assert [state.id for state in await log.recent(OrganisationId("other"), 10)] == ["c2"]


async def test_who_opens_and_goes_away_has_opened_all_the_same(log: Log) -> None:
    talk = Talk("c1")
    task = asyncio.create_task(log.open(ACME, talk.opening, talk.begins))
    with anyio.fail_after(LONG_WAIT):
        while not hasattr(talk, "state"):  # it was begun, under the lock
            await anyio.lowlevel.checkpoint()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await log.open(ACME, talk.opening, talk.begins) == ("c1", None)


# -- read --------------------------------------------------------------------------------------------------------------


@pytest.fixture
async def long(log: Log) -> Talk:
    """Twelve events: opened, control, then m1 n1 m2 n2 ... where n are notes that a customer must not know of."""
    talk = await Talk().opens_in(log)
    for number in range(1, 6):
        await win(log, talk.customer_says(f"m{number}"), talk.notes(f"n{number}"))
    return talk


def numbers(snapshot: Snapshot, range: Range) -> list[int]:
    return [event.seq if range.is_staff else event.pub for event in snapshot.events]


@pytest.mark.parametrize(
    ("range", "expected", "more"),
    [
        (Range(is_staff=True, limit=4), [9, 10, 11, 12], True),
        (Range(is_staff=True, limit=12), list(range(1, 13)), False),
        (Range(is_staff=True, limit=100), list(range(1, 13)), False),
        (Range(is_staff=True, limit=0), [], True),
        (Range(is_staff=True, limit=3, before=5), [2, 3, 4], True),
        (Range(is_staff=True, limit=3, before=4), [1, 2, 3], False),
        (Range(is_staff=True, limit=3, before=1), [], False),
        (Range(is_staff=True, limit=3, before=0), [], False),
        (Range(is_staff=True, limit=2, before=99), [11, 12], True),
        (Range(is_staff=False, limit=4), [3, 4, 5, 6], True),
        (Range(is_staff=False, limit=100), [1, 2, 3, 4, 5, 6], False),
        (Range(is_staff=False, limit=2, before=4), [2, 3], True),
        (Range(is_staff=False, limit=9, before=4), [1, 2, 3], False),
    ],
)
async def test_a_page_ends_where_it_is_asked_to(
    log: Log, long: Talk, range: Range, expected: list[int], more: bool
) -> None:
    snapshot = await read(log, long, range)
    assert (numbers(snapshot, range), snapshot.more, snapshot.reset) == (expected, more, False)


async def test_pages_back_to_the_beginning_show_every_event_once(log: Log, long: Talk) -> None:
    """[P5]"""
    for is_staff, last in ((True, 12), (False, 6)):
        found: list[int] = []
        before, more = None, True
        while more:
            page = Range(is_staff=is_staff, limit=5, before=before)
            snapshot = await read(log, long, page)
            found = numbers(snapshot, page) + found
            before, more = found[0], snapshot.more
        assert found == list(range(1, last + 1))


async def test_a_customer_reads_nothing_that_is_private(log: Log, long: Talk) -> None:
    """[P6]"""
    snapshot = await read(log, long, CUSTOMER)
    assert texts(snapshot.events) == ["control", "m1", "m2", "m3", "m4", "m5"]


@pytest.mark.parametrize("is_staff", [True, False])
async def test_who_resumes_gets_what_came_after_and_no_more(log: Log, long: Talk, is_staff: bool) -> None:
    """[P5]"""
    everything = (await read(log, long, Range(is_staff=is_staff, limit=100))).events
    for index, event in enumerate(everything):
        number = event.seq if is_staff else event.pub
        snapshot = await read(log, long, Range(is_staff=is_staff, limit=100, after=(number, event.id)))
        assert (snapshot.events, snapshot.reset, snapshot.more) == (everything[index + 1 :], False, True)


@pytest.mark.parametrize("is_staff", [True, False])
async def test_who_has_nothing_yet_resumes_at_the_beginning(log: Log, long: Talk, is_staff: bool) -> None:
    everything = (await read(log, long, Range(is_staff=is_staff, limit=100))).events
    snapshot = await read(log, long, Range(is_staff=is_staff, limit=100, after=(0, EventId(""))))
    assert (snapshot.events, snapshot.reset, snapshot.more) == (everything, False, False)


@pytest.mark.parametrize("is_staff", [True, False])
@pytest.mark.parametrize("where", ["another id", "beyond the log", "another audience's number"])
async def test_a_position_that_is_not_in_this_log_resets(log: Log, long: Talk, is_staff: bool, where: str) -> None:
    """[P5] A database that was restored, for example."""
    newest = await read(log, long, Range(is_staff=is_staff, limit=3))
    last = newest.events[-1]
    position = {
        "another id": (last.seq if is_staff else last.pub, EventId("somebody's")),
        "beyond the log": (last.seq + 1, last.id),
        "another audience's number": (5, newest.events[-1].id),
    }[where]
    snapshot = await read(log, long, Range(is_staff=is_staff, limit=3, after=position))
    assert snapshot.reset
    assert (snapshot.events, snapshot.more) == (newest.events, newest.more)


@pytest.mark.parametrize("is_staff", [True, False])
async def test_who_was_away_too_long_gets_the_newest_page(log: Log, long: Talk, is_staff: bool) -> None:
    everything = (await read(log, long, Range(is_staff=is_staff, limit=100))).events
    at = everything[0]
    behind = len(everything) - 1
    after = (at.seq if is_staff else at.pub, at.id)
    exactly = await read(log, long, Range(is_staff=is_staff, limit=behind, after=after))
    assert (exactly.events, exactly.reset) == (everything[1:], False)
    too_far = await read(log, long, Range(is_staff=is_staff, limit=behind - 1, after=after))
    assert (too_far.events, too_far.reset, too_far.more) == (everything[2:], True, True)


async def test_missed_events_are_all_those_after_a_number_whatever_the_page(log: Log, long: Talk) -> None:
    snapshot = await read(log, long, Range(is_staff=False, limit=1), since=9)
    assert snapshot.missed is not None
    assert texts(snapshot.missed) == ["n4", "m5", "n5"]
    assert texts(snapshot.events) == ["m5"]
    assert (await read(log, long, STAFF, since=12)).missed == ()
    assert (await read(log, long, STAFF, since=99)).missed == ()
    assert (await read(log, long, STAFF, since=None)).missed == ()


async def test_more_missed_events_than_a_page_are_not_read(log: Log) -> None:
    """[P7]"""
    talk = await Talk().opens_in(log)
    before = talk.state
    many = [talk.notes(f"note {number}") for number in range(PAGE_EVENTS + 1)]
    events = tuple(event for item in many for event in item.events)
    commands = tuple(command for item in many for command in item.commands)
    last = replace(talk.state, version=2)
    await win(log, replace(item_of(1, Change(last)), events=events, commands=commands))
    assert (await read(log, talk, Range(is_staff=True, limit=0), since=before.seq)).missed is None
    missed = (await read(log, talk, Range(is_staff=True, limit=0), since=before.seq + 1)).missed
    assert missed is not None
    assert len(missed) == PAGE_EVENTS


async def test_a_read_sees_one_moment_while_others_write(log: Log) -> None:
    """[P2] Row, log and pieces agree in every snapshot: never a stream beside its own message."""
    talk = await Talk().opens_in(log)
    finished = False

    async def write() -> None:
        nonlocal finished
        for _ in range(40):
            await win(log, talk.bot_streams("a"), talk.bot_streams("b"), talk.bot_finishes("c"))
            await win(log, talk.customer_says("go on"))  # or the streak of the bot would be stopped
        finished = True

    async def look() -> int:
        looks = 0
        while not finished:
            snapshot = await read(log, talk, Range(is_staff=True, limit=3), since=0)
            state = snapshot.state
            assert snapshot.events[-1].seq == state.seq
            assert snapshot.missed is not None
            assert len(snapshot.missed) == state.seq
            last = snapshot.missed[-1].body
            if isinstance(state.turn, Running) and state.turn.stream:
                assert len(snapshot.pieces) == state.turn.stream.pieces
                assert state.written == "ab"[: state.turn.stream.pieces]
                assert isinstance(last, MessageStarted)
            else:
                assert snapshot.pieces == ()
                assert not isinstance(last, MessageStarted)
            looks += 1
        return looks

    with anyio.fail_after(LONG_WAIT):
        _, *looks = await asyncio.gather(write(), look(), look())
    assert sum(looks) > 20


async def test_another_organisation_reads_nothing_by_guessing_an_id(log: Log) -> None:
    """[P6]"""
    talk = await Talk("c1").opens_in(log)
    await win(log, talk.customer_says("hi", id="k"))
    guess = Key(OrganisationId("other"), talk.key.conversation)
    command = CommandKey(author_key(talk.contact), CommandId("k"))
    assert await log.read(guess, STAFF) is None
    assert await log.receipts(guess, [command]) == {}
    assert await log.versions([guess]) == {}
    assert await log.recent(guess.organisation, 10) == []
    assert await decide_locked(log, guess, lambda _: None) == (None, Verdict.WON)


# -- what else is asked ------------------------------------------------------------------------------------------------


async def test_a_command_s_first_result_is_found_whatever_has_happened_since(log: Log) -> None:
    """[P3]"""
    talk = await Talk().opens_in(log)
    intervene = talk.intervenes(ANNA, id="k1")
    await win(log, intervene, talk.hands_back(ANNA), talk.intervenes(BEN), talk.notes("mine", who=BEN))
    [(event, _)] = intervene.events
    anna = CommandKey(author_key(ANNA), CommandId("k1"))
    ben = CommandKey(author_key(BEN), CommandId("k1"))
    assert await log.receipts(talk.key, [anna, ben]) == {
        anna: Receipt(seq=event.seq, pub=event.pub, epoch=event.epoch, at=event.at)
    }


async def test_versions_are_told_of_those_that_exist(log: Log) -> None:
    group = await talks(log, 3)
    await win(log, group[1].customer_says(), group[1].customer_says())
    keys = [talk.key for talk in group]
    assert await log.versions([*keys, Key(ACME, ConversationId("nowhere"))]) == dict(zip(keys, [1, 3, 1], strict=True))
    assert await log.versions([]) == {}


async def test_many_versions_are_read_at_once(log: Log) -> None:
    [talk] = await talks(log, 1)
    strangers = [Key(ACME, ConversationId(f"nowhere {number}")) for number in range(40_000)]
    assert await log.versions([*strangers, talk.key]) == {talk.key: 1}


async def test_work_is_what_is_owed_or_claimed_or_due(log: Log) -> None:
    """[P5]"""
    group = await talks(log, 5)
    idle, running, waiting, due, taken = group
    await win(log, idle.bot_ends(Answered()))
    await win(log, waiting.bot_ends(Wait(seconds=3600.0)))
    await win(log, due.bot_ends(Wait(seconds=1.0)))
    await win(log, taken.intervenes())
    at = due.state.run.due if due.state.run else 0
    assert await log.work(at) == [
        Work(key=running.key, runner=NODE, epoch=1, turn=1, due=0),
        Work(key=due.key, runner="", epoch=1, turn=0, due=at),
    ]
    assert [work.key for work in await log.work(at - 1)] == [running.key]


async def test_an_owed_turn_is_work(log: Log) -> None:
    """[P5]"""
    talk = Talk()
    talk.node = None
    await talk.opens_in(log)
    assert await log.work(NOON) == [Work(key=talk.key, runner="owed", epoch=1, turn=0, due=0)]


async def test_a_conversation_without_a_bot_is_no_work(log: Log) -> None:
    await Talk(bot=None).opens_in(log)
    assert await log.work(NOON) == []


async def test_of_much_work_the_longest_waiting_is_told_first(log: Log) -> None:
    """[P7]"""
    group = [Talk(f"c{number}") for number in range(510)]
    for number, talk in enumerate(group):
        talk.now = NOON + 1000 * ((7 * number) % 510)
    await asyncio.gather(*(talk.opens_in(log) for talk in group))
    found = await log.work(NOON)
    waiting = sorted(group, key=lambda talk: talk.state.last_at)
    assert [work.key for work in found] == [talk.key for talk in waiting][:500]


async def test_the_next_timer_is_known(log: Log) -> None:
    group = await talks(log, 3)
    assert await log.next_due() is None
    for seconds, talk in zip((60.0, 5.0), group[:2], strict=True):
        await win(log, talk.bot_ends(Wait(seconds=seconds)))
    assert group[1].state.run is not None
    assert await log.next_due() == group[1].state.run.due
    await win(log, group[1].intervenes())
    assert group[0].state.run is not None
    assert await log.next_due() == group[0].state.run.due


async def test_the_database_has_a_clock(log: Log) -> None:
    first = await log.now()
    assert first > NOON
    assert 0 <= await log.now() - first < LONG_WAIT * 1000


async def test_recent_conversations_are_those_that_changed_last(log: Log) -> None:
    group = await talks(log, 5)
    for number in (3, 1, 4):
        group[number].now = NOON + 10_000 * (number + 1)
        await win(log, group[number].customer_says())
    await win(log, group[4].bot_streams("Hel"))
    recent = await log.recent(ACME, 3)
    assert list(recent) == [group[4].state, group[3].state, group[1].state]
    assert recent[0].written == "Hel"


async def test_pieces_are_dropped_once_their_message_is_old_and_never_before(log: Log) -> None:
    old, fresh, still_open = await talks(log, 3)
    for talk in (old, fresh, still_open):
        await win(log, talk.bot_streams("Hel"), talk.bot_streams("lo"))
    await win(log, old.bot_finishes())
    fresh.now += 60_000
    await win(log, fresh.bot_finishes())
    assert await log.drop_pieces(old.state.last_at) == 0
    assert await log.drop_pieces(old.state.last_at + 1) == 2
    assert await log.drop_pieces(old.state.last_at + 1) == 0
    assert (await read(log, still_open)).state.written == "Hello"
    assert texts((await read(log, old)).events)[-1] == "Hello"
    assert await log.drop_pieces(fresh.state.last_at + 1) == 2


async def test_many_old_pieces_are_dropped_in_steps(log: Log) -> None:
    talk = await Talk().opens_in(log)
    for number in range(250):
        await win(log, talk.bot_finishes("Hello"))
        if number % 20 == 19:
            await win(log, talk.customer_says("go on"))
    assert await log.drop_pieces(talk.now + 1) == 250


# -- the second wall ---------------------------------------------------------------------------------------------------


def bot_message(state: Conversation, *, epoch: int, text: str = "too late") -> Event:
    return Event(
        seq=state.seq + 1,
        pub=state.pub + 1,
        id=EventId("forged"),
        at=state.last_at,
        epoch=epoch,
        author=ECHO,
        body=Message(message=MessageId("forged"), text=text),
        turn=1,
    )


async def refuses(log: Log, talk: Talk, *facts: Event | Piece) -> None:
    """The facts are refused, nothing of them is in the log, and whoever shares their group wins."""
    neighbour = await Talk("neighbour").opens_in(log)
    item = forged(talk.state, *facts)
    assert await append(log, item, neighbour.customer_says("hi")) == [Verdict.REFUSED, Verdict.WON]
    assert await decide_locked(log, talk.key, lambda _: item) == (None, Verdict.REFUSED)
    assert (await read(log, talk)).state == talk.state


async def test_a_bot_s_words_after_a_takeover_meet_the_wall(log: Log) -> None:
    """[P1]"""
    talk = await Talk().opens_in(log)
    await win(log, talk.intervenes())
    await refuses(log, talk, bot_message(talk.state, epoch=1))


async def test_a_bot_s_words_behind_the_takeover_in_one_commit_meet_the_wall(log: Log) -> None:
    """[P1]"""
    talk = await Talk().opens_in(log)
    before = talk.state
    [(control, _)] = talk.intervenes().events
    after, talk.state = talk.state, before
    await refuses(log, talk, control, bot_message(after, epoch=1))


async def test_a_new_run_of_the_bot_passes_the_wall(log: Log) -> None:
    talk = await Talk().opens_in(log)
    await win(log, talk.intervenes(), talk.hands_back(), talk.bot_says("I am back"), talk.bot_streams("and"))
    assert (await read(log, talk)).state.written == "and"


async def test_takeover_of_a_bot_in_mid_stream_passes_the_wall(log: Log) -> None:
    """[P1] The takeover itself writes the bot's last words, after it moved the row to the next epoch."""
    talk = await Talk().opens_in(log)
    await win(log, talk.bot_streams("Hel"), talk.bot_streams("lo"), talk.intervenes())
    snapshot = await read(log, talk)
    assert texts(snapshot.events)[-2:] == ["Hello", "control"]
    assert snapshot.state.holder == ANNA
    message = snapshot.events[-2].body
    assert isinstance(message, Message)
    assert message.interrupted


async def test_a_piece_and_what_ends_its_stream_may_share_a_commit(log: Log) -> None:
    talk = await Talk().opens_in(log)
    await win(log, talk.bot_finishes("whole"), talk.bot_streams("Hel"))
    await win(log, talk.commits(talk.add_piece("lo"), talk.intervene()))
    assert texts((await read(log, talk)).events)[2:] == [
        "message_started",
        "whole",
        "message_started",
        "Hello",
        "control",
    ]


async def test_a_piece_after_a_takeover_meets_the_wall(log: Log) -> None:
    """[P1]"""
    talk = await Talk().opens_in(log)
    await win(log, talk.bot_streams("Hel"))
    message = talk.add_piece("lo").message
    await win(log, talk.intervenes())
    await refuses(log, talk, Piece(message=message, n=2, text="lo"))


async def test_a_piece_after_a_takeover_meets_the_wall_even_if_nobody_ended_its_message(log: Log) -> None:
    """[P1]"""
    talk = await Talk().opens_in(log)
    await win(log, talk.bot_streams("Hel"))
    message, before = talk.add_piece("lo").message, talk.state
    *_, (control, _) = talk.intervenes().events
    talk.state = before
    takeover = forged(before, replace(control, seq=before.seq + 1, pub=before.pub + 1))
    await win(log, takeover)
    talk.state = replace(takeover.after, written="Hel")
    await refuses(log, talk, Piece(message=message, n=2, text="lo"))


async def test_a_piece_of_a_finished_message_meets_the_wall(log: Log) -> None:
    """[P2]"""
    talk = await Talk().opens_in(log)
    await win(log, talk.bot_streams("Hel"))
    message = talk.add_piece("lo").message
    await win(log, talk.bot_finishes())
    await refuses(log, talk, Piece(message=message, n=2, text="lo"))


async def test_a_piece_of_a_message_that_never_began_meets_the_wall(log: Log) -> None:
    """[P2]"""
    talk = await Talk().opens_in(log)
    await refuses(log, talk, Piece(message=MessageId("never"), n=1, text="lo"))


async def test_two_changes_of_control_in_one_epoch_meet_the_wall(log: Log) -> None:
    """[P3]"""
    talk = await Talk().opens_in(log)
    [(control, _)] = talk.intervenes().events
    await win(log, item_of(1, Change(talk.state, (control,))))
    again = replace(control, seq=control.seq + 1, pub=control.pub + 1, id=EventId("again"), command=CommandId("again"))
    await refuses(log, talk, again)
