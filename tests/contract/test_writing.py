"""The contract of `ports.Log` for those who write: `append`, `decide_locked`, `open`."""

import asyncio
from collections.abc import Sequence
from functools import partial

import anyio
import anyio.lowlevel
import pytest
from msgspec.structs import replace

from intervene.core.conversation.state import Conversation, OpenReply
from intervene.core.events import author_key
from intervene.core.ids import Address, CommandId, ConversationId, Key, OrganisationId
from intervene.ports.inbox import Inbox
from intervene.ports.log import Ahead, CommandKey, Commit, Locked, Log, Verdict
from tests.contract.build import (
    ACME,
    ANNA,
    STAFF,
    Talk,
    append,
    decide_locked,
    listed,
    read,
    spoiled,
    talks,
    texts,
    win,
)  # fmt: skip
from tests.kit.limits import LONG_WAIT


def _decided(commit: Commit, _: Locked) -> Commit:
    return commit


# -- append ------------------------------------------------------------------------------------------------------------


async def test_what_was_won_is_what_every_later_read_finds(log: Log) -> None:
    talk = await Talk().opens_in(log)
    await win(log, talk.customer_says("hi"), talk.bot_streams("Hel"), talk.bot_streams("lo"))
    snapshot = await read(log, talk)
    assert snapshot.state == talk.state
    assert snapshot.reply == OpenReply(talk.add_piece("!").message, "Hello")
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


async def test_a_commit_of_a_conversation_that_does_not_exist_is_a_conflict(log: Log) -> None:
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


async def test_an_item_loses_by_any_key_under_which_its_command_may_be_there(log: Log) -> None:
    """[P5] [R191] Of a user who gives once more what they gave as a visitor."""
    talk = await Talk().opens_in(log)
    await win(log, talk.customer_says("once", id="k"))
    before = talk.state
    former = CommandKey(author_key(talk.contact), CommandId("k"))
    again = talk.intervenes(ANNA, id="other")
    verdicts = await append(log, replace(again, commands=(*again.commands, former)))
    assert verdicts == [Verdict.CONFLICT]
    assert (await read(log, talk)).state == before


@pytest.mark.parametrize("bad", [0, 3, 7])
async def test_bad_data_is_refused_alone(log: Log, bad: int) -> None:
    group = await talks(log, 8)
    before = group[bad].state
    commits = [talk.customer_says("hi") for talk in group]
    commits[bad] = spoiled(commits[bad])
    verdicts = await append(log, *commits)
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
    assert (snapshot.state, snapshot.reply) == (talk.state, talk.reply)
    assert [piece.text for piece in snapshot.pieces] == ["Hel"]


async def test_numbers_that_do_not_fit_are_refused(log: Log) -> None:
    talk = await Talk().opens_in(log)
    before = talk.state
    commit = talk.customer_says()
    talk.forgets(commit, before)
    (event, data), *_ = commit.events
    assert await append(log, replace(commit, events=((replace(event, at=2**80), data),))) == [Verdict.REFUSED]
    await win(log, commit)


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
    assert snapshot.reply == OpenReply(talk.add_piece("!").message, "Hello")
    assert [piece.text for piece in snapshot.pieces] == ["Hel", "lo"]
    assert snapshot.missed is not None
    assert texts(snapshot.missed) == ["message_started", "hi"]
    assert seen[0].known == {asked: snapshot.missed[1]}


async def test_what_is_decided_under_the_lock_is_committed_and_the_answer_is_what_was_read_before(log: Log) -> None:
    talk = await Talk().opens_in(log)
    before = talk.state

    def decide(locked: Locked) -> Commit:
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

    def decide(locked: Locked) -> Commit:
        talk.state = locked.snapshot.state
        commit = talk.notes(f"note {len(states)}")
        states.append(commit.state)
        return commit

    answers = await asyncio.gather(*(decide_locked(log, talk.key, decide) for _ in range(100)))
    assert {verdict for _, verdict in answers} == {Verdict.WON}
    assert (await read(log, talk)).state == states[-1]
    assert states[-1].version == 101


async def test_a_conversation_that_does_not_exist_is_not_decided_on(log: Log) -> None:
    def decide(_: Locked) -> Commit:
        raise AssertionError("there is nothing to decide on")

    key = Key(ACME, ConversationId("nowhere"))
    assert await decide_locked(log, key, decide) == (None, Verdict.WON)


async def test_a_decision_that_fails_is_refused_and_harms_nobody(log: Log) -> None:
    group = await talks(log, 3)
    before = group[1].state

    commits = [talk.customer_says() for talk in group]

    def decide(number: int, _: Locked) -> Commit:
        if number == 1:
            raise LookupError("a mistake of ours")
        return commits[number]

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
    commits = [talk.customer_says() for talk in group]
    commits[1] = spoiled(commits[1])
    answers = await asyncio.gather(
        *(decide_locked(log, talk.key, partial(_decided, commit)) for talk, commit in zip(group, commits, strict=True))
    )
    assert [verdict for _, verdict in answers] == [Verdict.WON, Verdict.REFUSED, Verdict.WON]
    assert (await read(log, group[1])).state == before
    assert (await read(log, group[2])).state == group[2].state


@pytest.mark.parametrize("broken", ["stale", "repeated"])
async def test_a_decision_that_did_not_look_is_refused(log: Log, broken: str) -> None:
    talk = await Talk().opens_in(log)
    await win(log, talk.customer_says("once", id="k"))
    now = talk.state
    commit = talk.customer_says("twice", id="k") if broken == "repeated" else replace(talk.customer_says(), expected=1)
    assert await decide_locked(log, talk.key, lambda _: commit) == (None, Verdict.REFUSED)
    assert (await read(log, talk)).state == now


@pytest.mark.parametrize("since", ["nothing", "changed", "repeated"])
async def test_what_was_decided_ahead_stands_only_where_the_row_is_as_it_was(log: Log, since: str) -> None:
    """[P3] Otherwise it is decided anew, on what is there."""
    talk = await Talk().opens_in(log)
    await win(log, talk.customer_says("once", id="k"))
    before = talk.state
    made = talk.customer_says("twice", id="k") if since == "repeated" else talk.intervenes()
    ahead, asked = Ahead(before, made), list[Conversation]()
    if since == "changed":
        talk.state = before
        await win(log, talk.customer_says("hi"))
    now = before if since == "repeated" else talk.state

    def decide(locked: Locked) -> Commit | None:
        asked.append(locked.snapshot.state)
        return made if since == "nothing" else None

    snapshot, verdict = await decide_locked(log, talk.key, decide, ahead=ahead)
    assert (snapshot and snapshot.state, verdict) == (before if since == "nothing" else now, Verdict.WON)
    assert (await read(log, talk)).state == now
    assert len(asked) == (0 if log.is_ours and since == "nothing" else 1)


async def test_what_was_decided_ahead_for_a_conversation_that_does_not_exist_is_not_written(log: Log) -> None:
    talk = Talk()
    talk.begins()
    ahead = Ahead(talk.state, talk.intervenes())
    assert await decide_locked(log, talk.key, lambda _: ahead.commit, ahead=ahead) == (None, Verdict.WON)


async def test_who_decides_under_the_lock_is_not_kept_waiting_by_groups_that_have_not_begun(log: Log) -> None:
    """[P4]"""
    *group, mine = await talks(log, 201)
    await decide_locked(log, mine.key, lambda _: mine.notes("the way is open"))
    order: list[str] = []
    all_done = asyncio.Event()

    def finish(name: str) -> None:
        order.append(name)
        if len(order) == 201:
            all_done.set()

    for talk in group:
        log.append([talk.customer_says()], lambda _: finish("group"))
    intervene = mine.intervenes()
    log.decide_locked(mine.key, None, [], lambda _: intervene, lambda *_: finish("locked"))
    with anyio.fail_after(LONG_WAIT):
        await all_done.wait()
    assert order.index("locked") < 200


# -- open --------------------------------------------------------------------------------------------------------------


async def test_of_sixteen_who_open_at_once_one_creates(log: Log, inbox: Inbox) -> None:
    """[P3]"""
    callers = [Talk(f"c{number}") for number in range(16)]
    for caller in callers:
        caller.opening = replace(callers[0].opening, conversation=caller.opening.conversation)
    answers = await asyncio.gather(*(caller.asks_to_open(log) for caller in callers))
    [(winner, commit)] = [(id, commit) for id, commit in answers if commit is not None]
    assert {id for id, _ in answers} == {winner}
    snapshot = await log.read(Key(ACME, winner), STAFF)
    assert snapshot is not None
    assert snapshot.state == commit.state
    assert len(await listed(inbox, ACME)) == 1


async def test_a_contact_finds_their_conversation_again(log: Log) -> None:
    talk = await Talk("c1").opens_in(log)
    again = Talk("c2")
    again.opening = replace(talk.opening, conversation=ConversationId("c2"))
    assert await again.asks_to_open(log) == ("c1", None)
    assert await log.read(Key(ACME, ConversationId("c2")), STAFF) is None


async def test_the_same_address_in_another_organisation_or_channel_is_somebody_else(log: Log, inbox: Inbox) -> None:
    """[P6]"""
    mine = await Talk("c1").opens_in(log)
    theirs = Talk("c2", organisation="other")
    by_phone = Talk("c3")
    theirs.opening = replace(theirs.opening, contact=mine.contact, address=mine.opening.address)
    by_phone.opening = replace(by_phone.opening, contact=mine.contact, address=Address("sms", mine.contact.id))
    await theirs.opens_in(log)
    await by_phone.opens_in(log)
    assert len(await listed(inbox, ACME)) == 2
    assert [state.id for state in await listed(inbox, OrganisationId("other"))] == ["c2"]


async def test_who_opens_and_goes_away_has_opened_all_the_same(log: Log) -> None:
    talk = Talk("c1")
    task = asyncio.create_task(talk.asks_to_open(log))
    with anyio.fail_after(LONG_WAIT):
        while not hasattr(talk, "state"):  # it was begun, under the lock
            await anyio.lowlevel.checkpoint()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await talk.asks_to_open(log) == ("c1", None)
