"""Frames that are none: each gets its error, and the session goes on."""

import json
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intervene.core.access import Principal, Visitor
from intervene.core.codes import ErrorCode
from intervene.core.conversation import moves, speech
from intervene.core.limits import (
    FRAME_BYTES,
    ID_CHARS,
    PAGE_EVENTS,
    TEXT_BYTES,
)
from intervene.core.session import (
    Close,
    Submit,
    Verify,
)
from intervene.core.wire import common, staff
from intervene.core.wire.contact import ContactIn
from tests.unit.core.cast import ACME
from tests.unit.core.session.peer import Peer, as_anna, as_clara, error, is_alive

SAY = b'{"type":"say","id":"k1","conversation":"c1","text":"hi"}'
BAD_FRAMES = {
    "nothing": b"",
    "not JSON": b"hi there",
    "half of a frame": SAY[:-1],
    "two frames": SAY + SAY,
    "not UTF-8": SAY.replace(b"hi", b"\xff\xfe"),
    "a surrogate as UTF-8": SAY.replace(b"hi", b"\xed\xa0\x80"),
    "a number": b"7",
    "a list": b"[" + SAY + b"]",
    "null": b"null",
    "no type": SAY.replace(b'"type":"say",', b""),
    "an unknown type": SAY.replace(b'"say"', b'"shout"'),
    "a type that is no text": SAY.replace(b'"say"', b"7"),
    "an unknown field": SAY.replace(b"{", b'{"author":"anna",'),
    "a field of the other side": SAY.replace(b"{", b'{"epoch":1,'),
    "a missing field": SAY.replace(b'"text":"hi"', b'"id":"k1"'),
    "a wrong type": SAY.replace(b'"hi"', b"7"),
    "null for text": SAY.replace(b'"hi"', b"null"),
    "an empty id": SAY.replace(b'"k1"', b'""'),
    "an id that is too long": SAY.replace(b"k1", b"k" * (ID_CHARS + 1)),
    "an id with a line break": SAY.replace(b"k1", b"k1\\n"),
    "an id with a space": SAY.replace(b"k1", b"k 1"),
    "an id with NUL": SAY.replace(b"k1", b"k\\u0000"),
    "an id that is not ASCII": SAY.replace(b"k1", "ké".encode()),
    "a conversation that is too long": SAY.replace(b"c1", b"c" * (ID_CHARS + 1)),
    "33 levels": SAY.replace(b'"hi"', b"[" * 32 + b"]" * 32),
    "10,000 levels": SAY.replace(b'"hi"', b"[" * 10_000),
    "10,000 levels of objects": SAY.replace(b'"hi"', b'{"a":' * 10_000),
    "a frame that is too long": SAY + b" " * FRAME_BYTES,
    "a negative number": b'{"type":"get_page","conversation":"c1","before":-1}',
    "a number that is too large": b'{"type":"get_page","conversation":"c1","before":9007199254740993}',
    "a number that is huge": b'{"type":"get_page","conversation":"c1","before":1e999}',
    "a fraction": b'{"type":"get_page","conversation":"c1","before":1.5}',
    "true for a number": b'{"type":"get_page","conversation":"c1","before":true}',
    "a page that is too long": b'{"type":"get_page","conversation":"c1","before":1,"limit":%d}' % (PAGE_EVENTS + 1),
    "an empty page": b'{"type":"get_page","conversation":"c1","before":1,"limit":0}',
    "an unknown field in a position": b'{"type":"watch","conversation":"c1","after":{"n":1,"id":"e","seq":1}}',
    "a position without an id": b'{"type":"watch","conversation":"c1","after":{"n":1}}',
}
BAD_TEXTS = {
    "empty": b"",
    "blank": b" \\n\\u2003",
    "NUL": b"a\\u0000b",
    "too long": b"a" * (TEXT_BYTES + 1),
}


@pytest.mark.parametrize("what", BAD_FRAMES)
@pytest.mark.parametrize("principal", [as_anna, as_clara])
def test_a_bad_frame_gets_its_error_and_the_session_goes_on(peer: Peer, principal: Principal, what: str) -> None:
    """[P7] With a sentence that says what is wrong."""
    peer.joins(principal)
    told = error(peer.sends(BAD_FRAMES[what]))
    assert told.code is ErrorCode.BAD_FRAME
    assert told.message.endswith(".")
    assert "Traceback" not in told.message
    assert is_alive(peer)


@pytest.mark.parametrize("what", BAD_TEXTS)
def test_a_bad_text_gets_its_error_and_the_session_goes_on(clara: Peer, what: str) -> None:
    """[P7]"""
    told = error(clara.sends(SAY.replace(b"hi", BAD_TEXTS[what])))
    assert (told.code, told.id, told.conversation) == (ErrorCode.BAD_TEXT, "k1", "c1")
    assert isinstance(clara.sends(SAY), Submit)


def test_brackets_in_a_text_are_no_nesting(clara: Peer) -> None:
    text = '[{"\\' * 1000 + '"' * 10 + "[" * 1000
    act = clara.says("say", id="k1", conversation="c1", text=text)
    assert isinstance(act, Submit)
    assert isinstance(act.command, speech.ContactSay)
    assert act.command.text == text


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
types = st.sampled_from(
    [member.__struct_config__.tag for member in (*get_args(staff.StaffIn), *get_args(ContactIn), common.Hello)]
)
fields = {name for member in get_args(staff.StaffIn) for name in member.__struct_fields__}
names = st.sampled_from([*sorted(fields), "other"])
ids = st.sampled_from(["k1", "c1", "", "é"])
almost_frames = st.builds(
    lambda type, fields: json.dumps({"type": type, **fields}).encode(),
    types,
    st.dictionaries(names, ids | st.integers(-1, 3) | json_values, max_size=6),
)


@settings(deadline=None)
@given(
    principal=st.sampled_from([as_anna, as_clara, None]),
    sent=st.lists(st.binary(max_size=50) | json_values.map(lambda v: json.dumps(v).encode()) | almost_frames),
)
def test_whatever_is_sent_something_sensible_is_done(principal: Principal | None, sent: list[bytes]) -> None:
    """[P7] No exception leaves the session, and a stranger gets no further than hello."""
    peer = Peer()
    if principal:
        peer.joins(principal)
    for data in sent:
        act = peer.sends(data)
        if principal is None:
            assert isinstance(act, Verify | Close)
        if isinstance(act, Submit) and isinstance(principal, Visitor):
            assert isinstance(act.command, speech.ContactSay | moves.AskForPerson)
        if isinstance(act, Submit):
            assert act.key.organisation == ACME
        if isinstance(act, Close):
            return
        peer.now += 1
