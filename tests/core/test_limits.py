"""The token bucket and what text may be."""

import doctest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intervene.core import limits
from intervene.core.commands import AddNote, AddPiece, AgentSay, BotSay, ContactSay, EndTurn, FinishMessage, Wait
from intervene.core.control import Agent
from intervene.core.errors import BadText
from intervene.core.ids import AgentId, CommandId, MessageId
from intervene.core.limits import CURSOR_BYTES, REPLY_BYTES, TEXT_BYTES, Bucket, checked_text
from tests.core.play import CLARA, ECHO, Act

ANNA = Agent(id=AgentId("anna"), name="Anna")

# -- buckets -----------------------------------------------------------------------------------------------------------

bursts = st.integers(1, 100).map(float)
rates = st.floats(0.01, 1000.0)
pauses = st.lists(st.floats(0.0, 30.0), min_size=1, max_size=200)


def test_the_example_in_the_documentation_is_true() -> None:
    assert doctest.testmod(limits) == (0, 2)


@settings(deadline=None)
@given(burst=bursts, rate=rates, pauses=pauses)
def test_a_bucket_never_gives_more_than_its_burst_and_its_rate(burst: float, rate: float, pauses: list[float]) -> None:
    """[P7] Over any stretch of time, not only from the start."""
    bucket, now, taken = Bucket(burst, rate), 1000.0, []
    for pause in pauses:
        now += pause
        if bucket.take(now) == 0.0:
            taken.append(now)
    for first, start in enumerate(taken):
        for count, end in enumerate(taken[first:], start=1):
            assert count <= burst + rate * (end - start) + 1e-6


@settings(deadline=None)
@given(burst=bursts, rate=rates, pauses=pauses)
def test_who_waits_as_long_as_the_bucket_says_is_served(burst: float, rate: float, pauses: list[float]) -> None:
    bucket, now = Bucket(burst, rate), 1000.0
    for pause in pauses:
        now += pause
        if wait := bucket.take(now):
            assert 0.0 < wait <= 1.0 / rate
            now += wait + 1e-9
            assert bucket.take(now) == 0.0


def test_a_bucket_begins_full_whatever_the_clock_shows() -> None:
    for now in (0.0, 1e9):
        bucket = Bucket(3, 1.0)
        assert [bucket.take(now) for _ in range(4)] == [0.0, 0.0, 0.0, 1.0]


def test_a_bucket_that_rested_for_a_year_holds_its_burst_and_no_more() -> None:
    bucket = Bucket(2, 1.0)
    bucket.take(0.0)
    assert [bucket.take(3e7) for _ in range(3)] == [0.0, 0.0, 1.0]


def test_a_refusal_costs_nothing() -> None:
    """Who asks too often is not punished by never being served."""
    bucket = Bucket(1, 1.0)
    bucket.take(100.0)
    for tenth in range(1, 10):
        assert bucket.take(100.0 + tenth / 10) > 0.0
    assert bucket.take(101.0) == 0.0


# -- text --------------------------------------------------------------------------------------------------------------

BAD = {
    "empty": "",
    "blank": " \t\n\u2003",
    "NUL": "a\0b",
    "a lone high surrogate": "a\ud83d",
    "a lone low surrogate": "\ude00a",
    "surrogates in the wrong order": "\ude00\ud83d",
    "too long": "a" * (TEXT_BYTES + 1),
    "too long in UTF-8": "é" * (TEXT_BYTES // 2 + 1),
}


@pytest.mark.parametrize("what", BAD)
def test_text_that_no_store_should_take_is_refused_with_a_sentence_that_helps(what: str) -> None:
    """[P7]"""
    with pytest.raises(BadText) as problem:
        checked_text(BAD[what])
    assert problem.value.sentence.endswith(".")
    assert "surrogate" not in what or "surrogate" in problem.value.sentence


@pytest.mark.parametrize(
    "text", ["a", " a ", "😀", "\u200d", "a" * TEXT_BYTES, "é" * (TEXT_BYTES // 2), "a\r\n\tb\x07"]
)
def test_text_that_people_write_is_taken_as_it_is(text: str) -> None:
    assert checked_text(text) is text


@settings(deadline=None)
@given(st.text(st.characters(codec=None, categories=None), max_size=20))
def test_text_is_taken_exactly_if_it_can_be_stored_and_seen(text: str) -> None:
    is_good = "\0" not in text and text.strip() != "" and not any("\ud800" <= letter <= "\udfff" for letter in text)
    try:
        assert checked_text(text) == text
    except BadText:
        assert not is_good
    else:
        assert is_good


@pytest.mark.parametrize("what", BAD)
def test_no_message_or_note_is_built_of_bad_text(what: str) -> None:
    """[P7] By whoever: bots and providers write as well as sockets do."""
    text, id, message = BAD[what], CommandId("k"), MessageId("m")
    builders: list[Act] = [
        lambda _: ContactSay(id=id, author=CLARA, message=message, text=text),
        lambda _: AgentSay(id=id, author=ANNA, message=message, text=text, epoch=1, seen=1),
        lambda _: AddNote(id=id, author=ANNA, message=message, text=text),
        lambda _: BotSay(id=id, author=ECHO, epoch=1, turn=1, message=message, text=text),
    ]
    for build in builders:
        with pytest.raises(BadText):
            build(None)  # type: ignore[arg-type]


def piece(text: str) -> AddPiece:
    return AddPiece(author=ECHO, epoch=1, turn=1, message=MessageId("m"), n=1, text=text)


def last_piece(text: str) -> FinishMessage:
    return FinishMessage(id=CommandId("k"), author=ECHO, epoch=1, turn=1, message=MessageId("m"), n=1, text=text)


def test_a_piece_may_be_blank_but_not_bad() -> None:
    """[P7] A word and the space after it may come apart; NUL and halves of characters may not come at all."""
    for text in ("", " ", "\n", "a" * REPLY_BYTES):
        assert piece(text).text == last_piece(text).text == text
    for text in ("\0", "\ud83d", "a" * (REPLY_BYTES + 1)):
        with pytest.raises(BadText):
            piece(text)
        with pytest.raises(BadText):
            last_piece(text)


def test_a_cursor_is_bounded_and_clean() -> None:
    """[P7] It is in the state of every conversation that a bot holds."""
    for cursor in (None, "", "step 3", "a" * CURSOR_BYTES):
        end = EndTurn(author=ECHO, epoch=1, turn=1, answered=1, outcome=Wait(seconds=1), cursor=cursor)
        assert end.cursor == cursor
    for cursor in ("a" * (CURSOR_BYTES + 1), "\0", "\ud83d"):
        with pytest.raises(BadText):
            EndTurn(author=ECHO, epoch=1, turn=1, answered=1, outcome=Wait(seconds=1), cursor=cursor)
