"""The gate for text: what it takes, what it changes, and that there is no other way in."""

import re
import unicodedata
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intervene.core.conversation.decide import Command
from intervene.core.conversation.turns import Ask
from intervene.core.errors import BadText
from intervene.core.limits import NAME_CHARS, REASON_CHARS, REPLY_BYTES, TEXT_BYTES
from intervene.core.text import Text, is_visible, message_text, name_text, piece_text, printable

SERVER = Path(__file__).parents[3] / "server"
WRITTEN = ("text", "cursor")
ANYTHING = st.text(st.characters(codec=None, categories=None), max_size=20)
"""Surrogates included."""

# -- one gate ----------------------------------------------------------------------------------------------------------


def test_only_the_gate_makes_a_text() -> None:
    """[P7] Every command takes a `Text`, so that mypy finds whoever has not been here."""
    made = re.compile(r"\bText\(|cast\(.?Text\b|(?:type: ignore.*\n.*)?-> Text:|as Text\b")
    wrong = [
        f"{file.relative_to(SERVER)}: {found[0]}"
        for file in sorted(SERVER.rglob("*.py"))
        if file.name != "text.py"
        for found in made.finditer(file.read_text("utf-8"))
    ]
    assert not wrong, "\n".join(wrong)


def test_no_command_has_a_text_of_another_type() -> None:
    types = {type for command in get_args(Command) for name, type in get_type_hints(command).items() if name in WRITTEN}
    assert types == {Text, Text | None}


# -- messages and pieces -----------------------------------------------------------------------------------------------

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
INVISIBLE = {
    "a zero width space": "\u200b",
    "a zero width joiner": "\u200d",
    "a word joiner, a space and a byte order mark": "\u2060 \ufeff",
    "Hangul fillers": "\u3164\u115f\u1160\uffa0",
    "variation selectors": "\ufe0f\U000e0100",
    "tags": "\U000e0001\U000e0065\U000e006e\U000e007f",
    "a soft hyphen": "\u00ad",
    "a combining grapheme joiner": "\u034f",
    "an empty Braille pattern": "\u2800",
    "overrides of direction": "\u202e\u2066\u200f",
    "escape and bell": "\x1b\x07",
    "a control of C1": "\x9b",
    "noncharacters": "\ufffe\ufdd0\U0010ffff",
    "Khmer inherent vowels": "\u17b4\u17b5",
    "a sign that is a format": "\u0600",
}
VISIBLE = [
    "a", " a ", "7", "!", "é", "e\u0301", "李", "שלום", "😀", "👨\u200d👩\u200d👧", "❤\ufe0f", "1\ufe0f\u20e3", "🇩🇪",
    "🏴\U000e0067\U000e0062\U000e007f", "\u200b.\u200b", "\u0301", "\u20dd", "\ue000", "\U0001fbff", "a\r\n\tb\x07",
    "a" * TEXT_BYTES, "é" * (TEXT_BYTES // 2),
]  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_text_that_no_store_should_take_is_refused_with_a_sentence_that_helps(what: str) -> None:
    """[P7]"""
    with pytest.raises(BadText) as problem:
        message_text(BAD[what])
    assert problem.value.sentence.endswith(".")
    assert "surrogate" not in what or "surrogate" in problem.value.sentence


@pytest.mark.parametrize("what", INVISIBLE)
def test_text_that_cannot_be_seen_is_refused(what: str) -> None:
    """[R49]"""
    with pytest.raises(BadText, match="visible"):
        message_text(INVISIBLE[what])
    with pytest.raises(BadText, match="visible"):
        message_text(f" {INVISIBLE[what]}\n{INVISIBLE[what]}")
    assert message_text(f"{INVISIBLE[what]}x")


@pytest.mark.parametrize("text", VISIBLE)
def test_text_that_people_write_is_taken_as_it_is(text: str) -> None:
    assert message_text(text) is text


def test_what_is_visible_follows_the_categories_of_unicode() -> None:
    """Every character there is: what shows nothing by its category is invisible, and few others are."""
    hidden = [c for c in map(chr, range(0x110000)) if not is_visible(c)]
    without_mark = {"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"}
    assert {c for c in map(chr, range(0x110000)) if unicodedata.category(c) in without_mark} <= set(hidden)
    shown = [c for c in hidden if unicodedata.category(c)[0] in "LMNPS"]
    names = {re.sub(r"[- ](?:\d+|ONE|TWO|THREE|FOUR|AQ|AA)$", "", unicodedata.name(c)) for c in shown}
    assert names == {
        "BRAILLE PATTERN BLANK", "COMBINING GRAPHEME JOINER", "HALFWIDTH HANGUL FILLER", "HANGUL CHOSEONG FILLER",
        "HANGUL FILLER", "HANGUL JUNGSEONG FILLER", "KHMER VOWEL INHERENT", "MONGOLIAN FREE VARIATION SELECTOR",
        "MUSICAL SYMBOL NULL NOTEHEAD", "VARIATION SELECTOR",
    }  # fmt: skip


@settings(deadline=None)
@given(ANYTHING)
def test_text_is_taken_exactly_if_it_can_be_stored_and_seen(text: str) -> None:
    is_whole = "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
    for gate, is_good in ((message_text, is_whole and any(map(is_visible, text))), (piece_text, is_whole)):
        try:
            assert gate(text) == text
        except BadText:
            assert not is_good
        else:
            assert is_good


def test_a_piece_may_be_blank_but_not_bad() -> None:
    """[P7] A word and the space after it may come apart; NUL and halves of characters may not come at all."""
    for text in ("", " ", "\n", "\u200d", "a" * REPLY_BYTES):
        assert piece_text(text) is text
    for text in ("\0", "\ud83d", "a" * (REPLY_BYTES + 1)):
        with pytest.raises(BadText):
            piece_text(text)


# -- names -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("Anna", "Anna"),
        ("  Anna \n", "Anna"),
        ("Möller, 李雷 😀", "Möller, 李雷 😀"),
        ("Ann\ud83d", "Ann\ufffd"),
        ("\ude00\ud83d", "\ufffd\ufffd"),
        ("Anna\x1b[31m\x07", "Anna[31m"),
        ("Anna\0", "Anna"),
        ("Anna\r\nSupervisor", "Anna Supervisor"),
        ("Anna\u202egnp.exe", "Annagnp.exe"),
        ("\u200fשרה\u200f", "\u200fשרה\u200f"),
        ("\u200b\u3164", ""),
        ("n" * NAME_CHARS + "n", "n" * NAME_CHARS),
    ],
)
def test_a_name_is_made_fit_for_other_people_s_screens(given: str, made: str) -> None:
    assert name_text(given) == made


@settings(deadline=None)
@given(ANYTHING)
def test_no_name_is_refused_and_none_acts(text: str) -> None:
    name = name_text(text)
    assert name.encode() is not None
    assert name_text(name) == name
    assert not re.search(r"[\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", name)
    assert name == "" or is_visible(name)


def test_a_bot_s_reason_is_a_label_whatever_the_bot_made_of_it() -> None:
    """[P7] It is shown to staff and kept in the log."""
    assert Ask("angry\ud83d\x1b\0").reason == "angry\ufffd"
    assert len(Ask("r" * 10_000).reason) == REASON_CHARS


# -- terminals and logs ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Möller 😀 \\", "Möller 😀 \\"),
        ("\x1b]0;pwned\x07", "\\x1b]0;pwned\\x07"),
        ("\x9b31m\x7f", "\\x9b31m\\x7f"),
        ("a\r\nlevel=error", "a\\r\\nlevel=error"),
        ("a\u2028b\u202ec\u2066d\u200f", "a\\u2028b\\u202ec\\u2066d\\u200f"),
        ("half\ud83d", "half\\ud83d"),
    ],
)
def test_what_a_terminal_would_obey_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_lines_stay_where_lines_are_shown() -> None:
    assert printable("a\n\tb\r\x1b\u2029", lines=True) == "a\n\tb\\r\\x1b\\u2029"


@settings(deadline=None)
@given(ANYTHING)
def test_what_is_printed_can_be_encoded_and_moves_nothing(text: str) -> None:
    shown = printable(text).encode().decode()
    assert not any(unicodedata.category(letter) == "Cc" for letter in shown)
