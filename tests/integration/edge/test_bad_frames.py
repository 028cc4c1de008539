"""Text frames that do not fit the protocol: each gets its typed error, and nothing of them gets further."""

import pytest
from structlog.testing import capture_logs

from intervene.core.conversation import speech
from intervene.core.limits import OFFENCES, TEXT_BYTES
from tests.integration.edge.conftest import Edge
from tests.kit.limits import eventually
from tests.kit.peer import CLOSE, TEXT, Peer, frame

BAD: dict[str, tuple[bytes, str]] = {
    "not JSON": (b"{", "bad_frame"),
    "nothing": (b"", "bad_frame"),
    "a number": (b"7", "bad_frame"),
    "no type": (b'{"conversation":"c1"}', "bad_frame"),
    "an unknown type": (b'{"type":"shout"}', "bad_frame"),
    "an agent's type": (b'{"type":"intervene","id":"1","conversation":"c1","epoch":1}', "bad_frame"),
    "an unknown field": (b'{"type":"ping","x":1}', "bad_frame"),
    "an unknown field with a lone surrogate": (b'{"type":"ping","\\ud800":1}', "bad_frame"),
    "a missing field": (b'{"type":"say","id":"1","conversation":"c1"}', "bad_frame"),
    "a field of another type": (b'{"type":"say","id":1,"conversation":"c1","text":"hi"}', "bad_frame"),
    "a field doubled with another type": (b'{"type":"ping","type":7}', "bad_frame"),
    "an id with a blank": (b'{"type":"say","id":"a b","conversation":"c1","text":"hi"}', "bad_frame"),
    "an id with a new line": (b'{"type":"say","id":"a\\n","conversation":"c1","text":"hi"}', "bad_frame"),
    "an empty id": (b'{"type":"say","id":"","conversation":"c1","text":"hi"}', "bad_frame"),
    "an id that is too long": (b'{"type":"say","id":"%s","conversation":"c1","text":"hi"}' % (b"i" * 65), "bad_frame"),
    "a negative number": (b'{"type":"set_read","conversation":"c1","n":-1}', "bad_frame"),
    "a number that is too large": (b'{"type":"set_read","conversation":"c1","n":9007199254740993}', "bad_frame"),
    "a number of 60,000 digits": (b'{"type":"set_read","conversation":"c1","n":%s}' % (b"9" * 60_000), "bad_frame"),
    "a number that is no number": (b'{"type":"set_read","conversation":"c1","n":NaN}', "bad_frame"),
    "a page that is too large": (b'{"type":"get_page","conversation":"c1","before":1,"limit":501}', "bad_frame"),
    "10,000 levels of arrays": (b'{"type":' + b"[" * 10_000 + b"]" * 10_000 + b"}", "bad_frame"),
    "9,000 levels of objects": (b'{"t":' * 9_000 + b"1" + b"}" * 9_000, "bad_frame"),
    "10,000 levels in an unknown field": (b'{"type":"ping","x":' + b"[" * 10_000 + b"]" * 10_000 + b"}", "bad_frame"),
    "NUL in a text": (b'{"type":"say","id":"1","conversation":"c1","text":"a\\u0000b"}', "bad_text"),
    "nothing to see in a text": (b'{"type":"say","id":"1","conversation":"c1","text":" \\n "}', "bad_text"),
    "a text that is too long": (
        b'{"type":"say","id":"1","conversation":"c1","text":"%s"}' % (b"t" * (TEXT_BYTES + 1)),
        "bad_text",
    ),
}


@pytest.mark.parametrize("what", BAD)
async def test_a_bad_frame_gets_its_error_and_the_session_goes_on(edge: Edge, clara: Peer, what: str) -> None:
    data, code = BAD[what]
    clara.writes(frame(TEXT, data))
    error = await clara.sees("error")
    assert error["code"] == code
    assert error["message"].endswith(".")
    assert "Traceback" not in error["message"]
    clara.says(type="ping")
    await clara.sees("pong")
    assert not edge.engine.submitted


BREACHES = {
    "reserved bits": b"\xff\xff",
    "a frame that is not masked": b"\x81\x01x",
    "a goodbye of one byte": frame(CLOSE, b"x"),
    "a goodbye": frame(CLOSE, b"\x03\xe8"),
}


@pytest.mark.parametrize("breach", BREACHES)
async def test_a_refusal_before_a_breach_in_the_same_packet_is_no_fault_of_ours(
    edge: Edge, clara: Peer, breach: str
) -> None:
    """[P7] The library reads on and may be closing when the frame before that is refused."""
    refused = frame(TEXT, b'{"type":"refresh","token":"x"}')
    async with edge.peer() as stranger:
        await stranger.upgrades()
        stranger.writes(frame(TEXT, b'{"type":"ping"}') + BREACHES[breach])
        with capture_logs() as logs:
            clara.writes(refused + BREACHES[breach])
            for peer in (clara, stranger):
                assert await peer.is_closed() in (1000, 1002)
    assert not [log for log in logs if log["log_level"] == "error"]


@pytest.mark.parametrize("text", [rb"\ud800", rb"\udc00 tail", rb"a\ud83db", rb"\ude00\ud83d"])
async def test_half_a_surrogate_pair_never_gets_to_the_engine(edge: Edge, clara: Peer, text: bytes) -> None:
    clara.writes(frame(TEXT, b'{"type":"say","id":"1","conversation":"c1","text":"%s"}' % text))
    assert (await clara.sees("error"))["code"] in ("bad_frame", "bad_text")
    clara.writes(frame(TEXT, b'{"type":"say","id":"1","conversation":"%s","text":"a"}' % text))
    assert (await clara.sees("error"))["code"] == "bad_frame"
    assert not edge.engine.submitted


async def test_a_whole_surrogate_pair_is_a_character(edge: Edge, clara: Peer) -> None:
    clara.writes(frame(TEXT, rb'{"type":"say","id":"1","conversation":"c1","text":"\ud83d\ude00"}'))
    await eventually(lambda: bool(edge.engine.submitted))
    command = edge.engine.submitted[0].command
    assert isinstance(command, speech.ContactSay)
    assert command.text == "😀"


async def test_who_sends_nothing_but_bad_frames_is_closed(edge: Edge, clara: Peer) -> None:
    for _ in range(OFFENCES + 1):
        clara.writes(frame(TEXT, b"{"))
    for _ in range(OFFENCES):
        assert (await clara.sees("error"))["code"] == "bad_frame"
    assert await clara.is_closed() == 4003
