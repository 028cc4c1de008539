"""Refusing a frame costs no more than decoding one, needs little stack, and names what the frame was about."""

import subprocess
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intervene.core.errors import BadFrame, BadText, PeerError
from intervene.core.limits import FRAME_BYTES
from intervene.core.wire.framing import decode_contact, decode_hello, decode_staff
from tests.kit.examples import examples

DECODERS: list[Callable[[bytes], object]] = [decode_hello, decode_staff, decode_contact]
NOTE = b'{"type":"add_note","id":"k1","conversation":"c1","text":"%b"}'


def filled(head: bytes, unit: bytes, tail: bytes = b"") -> bytes:
    """As long as a frame may be."""
    return head + unit * ((FRAME_BYTES - len(head) - len(tail)) // len(unit)) + tail


COSTLY = {
    "empty lists": filled(b"", b"[]"),
    "lists in lists": filled(b"", b"["),
    "lists in lists in an unknown field": filled(b'{"a":', b"["),
    "objects in objects": filled(b"", b'{"a":'),
    "900 levels before the type": b'{"a":' + b"[" * 900 + b"]" * 900 + b',"type":"ping"}',
    "empty lists before the type": filled(b'{"a":[', b"[],", b'[]],"type":"ping"}'),
    "objects before the type": filled(b'{"a":[', b'{"a":1},', b'1],"type":"ping"}'),
    "strings before the type": filled(b'{"a":[', b'"",', b'1],"type":"ping"}'),
    "one key again and again": filled(b"{", b'"a":1,', b'"type":"ping"}'),
    "one id again and again": filled(b"{", b'"id":"k1",', b'"type":"ping"}'),
    "the type again and again": filled(b"{", b'"type":"ping",', b'"type":"ping"}'),
    "escaped quotes": NOTE % filled(b"", b'\\"')[:60_000],
    "escaped brackets and quotes": NOTE % filled(b"", b'[\\"')[:60_000],
    "a string that never ends": filled(b'{"type":"add_note","text":"', b"["),
    "backslashes": filled(b'{"type":"add_note","text":"', b"\\"),
    "1e999...": filled(b'{"type":"set_read","conversation":"c1","n":1e', b"9", b"}"),
    "1.999...": filled(b'{"type":"set_read","conversation":"c1","n":1.', b"9", b"}"),
    "a huge integer": filled(b'{"type":"set_read","conversation":"c1","n":', b"9", b"}"),
    "a huge integer in an unknown field": filled(b'{"a":', b"9", b',"type":"ping"}'),
    "blanks": filled(b"", b" "),
    "halves of surrogate pairs": NOTE % filled(b"", b"\\ud83d")[:60_000],
    "pairs and a half": NOTE % (filled(b"", b"\\ud83d\\ude00")[:60_000] + b"\\ud83d"),
}


def lines_executed(decode: Callable[[bytes], object], data: bytes) -> int:
    """Of Python, within the decoder: what does not grow with the frame is done by msgspec or by one pass of `re`."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        count += event == "line" and frame.f_code.co_filename.endswith("framing.py")
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        decode(data)
    except PeerError:
        pass
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("decode", DECODERS)
@pytest.mark.parametrize("what", COSTLY)
def test_no_frame_takes_work_of_ours_that_grows_with_it(what: str, decode: Callable[[bytes], object]) -> None:
    """[P7] A guard that looked at each bracket took 18 ms for what msgspec refuses at once."""
    assert len(COSTLY[what]) <= FRAME_BYTES
    assert lines_executed(decode, COSTLY[what]) < 60


@settings(deadline=None, max_examples=examples(50))
@given(st.lists(st.sampled_from(["[", "]", "{", "}", '"', "\\", ",", ":", "1", '"type"', '"id"', '"k1"']), min_size=1))
def test_no_mix_of_them_does(parts: list[str]) -> None:
    """[P7]"""
    data = filled(b"{", "".join(parts).encode())
    for decode in DECODERS:
        assert lines_executed(decode, data) < 60


def test_the_deepest_json_leaves_most_of_the_stack() -> None:
    """[P7] msgspec recurses, as deep as Python's limit lets it. A main thread has 8 MiB."""
    program = (
        "import threading\n"
        "from tests.unit.core.test_wire import COSTLY, DECODERS\n"
        "from intervene.core.errors import PeerError\n"
        "def decode_all():\n"
        "    for data in COSTLY.values():\n"
        "        for decode in DECODERS:\n"
        "            try: decode(data)\n"
        "            except PeerError: pass\n"
        "    print('alive')\n"
        f"threading.stack_size({2**19 if sys.version_info < (3, 12) else 5 * 2**20})\n"
        "threading.Thread(target=decode_all).start()\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.stdout == "alive\n", (ended.returncode, ended.stderr)


# -- what a refused frame was about ------------------------------------------------------------------------------------

NAMED: dict[str, tuple[bytes, type[PeerError], str, str]] = {
    "half a pair in the text": (NOTE % b"a\\ud83d", BadText, "k1", "c1"),
    "the other half": (NOTE % b"\\uDE00 a", BadText, "k1", "c1"),
    "half a pair behind a whole one": (NOTE % b"\\ud83d\\ude00\\ud83d", BadText, "k1", "c1"),
    "halves in the wrong order": (NOTE % b"\\ude00\\ud83d", BadText, "k1", "c1"),
    "half a pair and an escaped backslash": (NOTE % b"\\\\ud83d \\ud83d", BadText, "k1", "c1"),
    "thousands of halves": (NOTE % (b"\\ud83d" * 10_000), BadText, "k1", "c1"),
    "thousands of halves in capitals": (NOTE % (b"\\uDE00" * 10_000), BadText, "k1", "c1"),
    "thousands of halves in half a frame": ((NOTE % (b"\\ud83d" * 9_000))[:-5], BadFrame, "", ""),
    "half a pair in the id": (NOTE.replace(b"k1", b"\\ud83d") % b"a", BadFrame, "", "c1"),
    "half a pair in the conversation": (NOTE.replace(b"c1", b"\\udc00") % b"a", BadFrame, "k1", ""),
    "half a pair in the name of a field": (NOTE.replace(b'"text"', b'"\\ud83d"') % b"a", BadFrame, "k1", "c1"),
    "an unknown field": (NOTE.replace(b"}", b',"more":[{"id":"k2"}]}') % b"a", BadFrame, "k1", "c1"),
    "an unknown type": (NOTE.replace(b"add_note", b"shout") % b"a", BadFrame, "k1", "c1"),
    "no type": (b'{"id":"k1"}', BadFrame, "k1", ""),
    "a missing field": (b'{"type":"intervene","id":"k1","conversation":"c1"}', BadFrame, "k1", "c1"),
    "a text that is a number": (NOTE.replace(b'"%b"', b"7"), BadFrame, "k1", "c1"),
    "an id that is none": (NOTE.replace(b"k1", b"k 1") % b"a", BadFrame, "", "c1"),
    "an id that is a number": (NOTE.replace(b'"k1"', b"7") % b"a", BadFrame, "", "c1"),
    "a list": (b'[{"id":"k1"}]', BadFrame, "", ""),
    "half a frame": (NOTE[:-5], BadFrame, "", ""),
}


@pytest.mark.parametrize("what", NAMED)
def test_a_refusal_names_the_command_and_the_conversation_that_can_be_read(what: str) -> None:
    """[R60]"""
    data, kind, id, conversation = NAMED[what]
    with pytest.raises(kind) as refused:
        decode_staff(data)
    facts = {"id": "", "conversation": "", **refused.value.facts}
    assert (facts["id"], facts["conversation"]) == (id, conversation)


def test_a_refusal_quotes_little_of_the_frame() -> None:
    """[P7] Control characters, quoted, would be six times as long as they came."""
    with pytest.raises(BadFrame) as refused:
        decode_staff(filled(b'{"type":"ping","', b"\\u0001", b'":1}'))
    assert len(refused.value.sentence) < 300
