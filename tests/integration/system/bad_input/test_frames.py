"""Frames that are not of the protocol, written by hand and drawn at random."""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import anyio
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intervene.core.codes import ErrorCode
from tests.integration.system.bad_input.mallory import CANARY, joined, say
from tests.kit.examples import examples
from tests.kit.log import check_conversation
from tests.kit.peer import CLOSE, Frame
from tests.kit.people import Agent, Customer, accepted, all_leave
from tests.kit.server import ServerProcess

GOODBYES = {1002, 1007, 1009, 4003, 4500}

ANSWERS = {"ack", "error", "event", "piece", "watched", "page", "pong", "opened", "typing", "here", "takeover"} | {
    "refreshed",
    "presence",
}

CODES = {str(code) for code in ErrorCode}

STRANGERS = count(1)


def in_lots(these: Sequence[bytes], of: int) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(these), of):
        yield these[start : start + of]


NOT_FRAMES = [
    b"", b" ", b"{", b"}", b"nonsense", b"null", b"true", b"7", b"[]", b"{}", b'"ping"', b'["ping"]', b"\xef\xbb\xbf{}",
    b'{"type":"ping"', b'{"type":"ping"}}', b'{"type":"ping"} {"type":"ping"}', b"{'type':'ping'}", b'{"type":"ping",}',
    b'{"type":null}', b'{"type":7}', b'{"type":["ping"]}', b'{"type":"pong"}', b'{"type":"Ping"}', b'{"type":"hello"}',
    b'{"type":"ping","now":1}', b'{"type":NaN}', b'{"type":"ping","x":1e999}', b"\x00", b'{"type":"ping"\x00}',
    b'{"type":"hello","token":"again"}',
    say(id=...), say(conversation=...), say(text=...), say(more=1), say(id=7), say(conversation=None), say(text=["a"]),
    say(text=True), say(id=""), say(id="a b"), say(id="a\n"), say(id="\x7f"), say(id="ü"), say(id="i" * 65),
    say(id="\0"), say(conversation="c" * 65), say(conversation=""), say(conversation="../../etc/passwd\0"),
    say(epoch=0), say(epoch=0, seen=0, confirmed=True),
    b'{"type":"watch","conversation":"c-1","after":7}',
    b'{"type":"watch","conversation":"c-1","after":{"n":-1,"id":"x"}}',
    b'{"type":"watch","conversation":"c-1","after":{"n":1.5,"id":"x"}}',
    b'{"type":"watch","conversation":"c-1","after":{"n":true,"id":"x"}}',
    b'{"type":"watch","conversation":"c-1","after":{"n":9007199254740993,"id":"x"}}',
    b'{"type":"watch","conversation":"c-1","after":{"n":99999999999999999999999999,"id":"x"}}',
    b'{"type":"watch","conversation":"c-1","after":{"n":1}}',
    b'{"type":"watch","conversation":"c-1","after":{"n":1,"id":"x","m":2}}',
    b'{"type":"get_page","conversation":"c-1","before":1,"limit":0}',
    b'{"type":"get_page","conversation":"c-1","before":1,"limit":501}',
    b'{"type":"get_page","conversation":"c-1","before":-1}',
    b'{"type":"set_typing","conversation":"c-1","on":1}',
    b'{"type":"set_typing","conversation":"c-1","on":"true"}',
    b'{"type":"refresh"}',
    b"[" * 10_000, b'{"a":' * 10_000, b"[" * 10_000 + b"]" * 10_000, b'{"type":"ping","x":' + b"[" * 10_000,
    b'{"type":"say","id":"m1","conversation":"c-1","text":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    b'{"type":' + b"[" * 33 + b"]" * 33 + b"}",
    b'{"type":"say","id":"m1","conversation":"c-1","text":"' + b"\x00" + b'"}',
    b'{"type":"say","id":"m1","conversation":"c-1","text":"a\nb"}',
    b'{"type":"say","id":"\\ud800","conversation":"c-1","text":"x"}',
]  # fmt: skip


@pytest.mark.parametrize("who", ["customer", "agent"])
async def test_what_is_not_a_frame_is_answered_with_bad_frame_and_the_socket_goes_on(
    server: ServerProcess, who: str
) -> None:
    """[P7] Malformed, unknown and missing fields, wrong types, nested 10,000 deep."""
    wrong = [data for data in NOT_FRAMES if who == "customer" or b'"epoch"' not in data]
    for some in in_lots(wrong, 15):  # more refusals in a row would close the socket
        async with joined(server, who) as wire:
            for data in some:
                await wire.says(data)
                answer = await wire.hears_json()
                assert (answer["type"], answer["code"]) == ("error", "bad_frame"), (data[:80], answer)
                assert len(answer["message"]) < 200
            await wire.says({"type": "ping"})
            assert await wire.hears_json() == {"type": "pong"}


BAD_TEXTS = [
    b'"\\u0000"', b'"a\\u0000b"', b'"\\ud800"', b'"\\udfff"', b'"\\ud800\\ud800"', b'"\\udc00\\ud800"', b'"a\\ud83dz"',
    b'""', b'" "', b'"\\n\\t\\u3000"', b'"\\u200b"', b'"\\u202e\\ufeff"',
    b'"' + b"x" * 16385 + b'"', b'"' + "😕".encode() * 4097 + b'"',
]  # fmt: skip


async def test_texts_that_no_store_or_screen_should_take_are_refused(server: ServerProcess) -> None:
    """[P5, P7] NUL, halves of surrogate pairs, nothing visible, too long; by customers and agents alike. What is just
    allowed goes through and comes back as it was."""
    customer, ana = Customer(server), Agent(server)
    await customer.joins()
    await ana.joins()
    c = (await customer.opens()).conversation
    await ana.watches(c)
    await ana.intervenes(c)
    conversation = c.encode()
    for number, text in enumerate(BAD_TEXTS):
        id = b"bad-%d" % number
        start = b'{"type":"%s","id":"%s","conversation":"%s","text":%s'
        note = start % (b"add_note", id, conversation, text) + b"}"
        for person in (customer, ana):
            kind = start % (b"say", id, conversation, text)
            frame = kind + (b',"epoch":2,"seen":99}' if person is ana else b"}")
            for data in (frame, note) if person is ana else (frame,):
                since = len(person.heard)
                await person.sends(data)
                answer = await person.hears("error", since=since)
                assert (answer["code"], answer["id"]) == ("bad_text", id.decode()), (text[:40], answer)
    good = [
        "[" * 10_000,
        "😕" * 4096,
        "a\\ud800 \\u0000",
        "\u202eabc",
        "‍!",
        "\x7f\x1b[31m",
        "<script>alert(1)</script>",
    ]
    for words in good:
        answer = await customer.does("say", c, text=words)
        if answer.get("code") == "too_fast":  # what was refused counted too
            await anyio.sleep(answer["retry_after"])
            answer = await customer.does("say", c, text=words)
        accepted(answer)
        await ana.says(c, words, confirmed=True)
    log = await ana.reads_the_log(c)
    said = [event["body"]["text"] for event in log if event["body"]["kind"] == "message"]
    assert said == [words for words in good for _ in range(2)]
    check_conversation(c, log, [customer, ana])
    await all_leave(customer, ana)


# -- anything at all ---------------------------------------------------------------------------------------------------

WORDS = ["type", "id", "conversation", "text", "epoch", "seen", "after", "n", "token", "before", "limit", "on", "bot"]

TYPES = [
    "hello", "ping", "refresh", "watch", "unwatch", "get_page", "set_typing", "set_read", "seen", "say", "add_note",
    "intervene", "hand_back", "release", "close", "reopen", "open", "ask_for_person", "event", "ack", "Watch", "",
]  # fmt: skip

leaves = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
    | st.sampled_from([0, 1, -1, 2**53, 2**64, "HERE", "\0", "\u202e", CANARY, "x" * 5000])
)  # fmt: skip

anything = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS) | st.text(), inner, max_size=5),
    max_leaves=20,
)

nearly = st.fixed_dictionaries(
    {"type": st.sampled_from(TYPES)},
    optional={
        "id": st.sampled_from(["m1", "m2"]) | leaves,
        "conversation": st.just("HERE") | leaves,
        "text": st.just(f"{CANARY} text") | leaves,
        "epoch": st.integers(0, 4) | leaves,
        "seen": st.integers(0, 9) | leaves,
        "before": st.integers(0, 9) | leaves,
        "n": st.integers(0, 9) | leaves,
        "on": st.booleans() | leaves,
        "after": st.fixed_dictionaries({"n": st.integers(0, 9) | leaves, "id": leaves}) | leaves,
        "confirmed": st.booleans() | leaves,
    },
)

PLAIN_PING = b'{"type":"ping"}'


@st.composite
def bent(draw: st.DrawFn) -> bytes:
    """JSON, or nearly."""
    value: Any = draw(nearly | nearly | anything)
    data = msgspec.json.encode(value)
    if draw(st.integers(0, 3)):
        return data
    at = draw(st.integers(0, len(data)))
    return data[:at] + draw(st.binary(max_size=4)) + data[at + draw(st.integers(0, 4)) :]


@settings(
    max_examples=examples(200), deadline=None, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(said=st.lists(bent(), min_size=1, max_size=8), who=st.sampled_from(["customer", "agent"]))
async def test_random_frames_are_answered_or_closed_by_the_rules_and_the_server_goes_on(
    server: ServerProcess, said: list[bytes], who: str
) -> None:
    """[P7] Whatever 200 strangers say: typed answers or a close code of the protocol, and a pong."""
    name = f"Mallory-{next(STRANGERS)}"  # each with an allowance of their own
    async with joined(server, "customer", name) as wire:
        await wire.says({"type": "open"})
        here = (await wire.hears_json("opened"))["conversation"]
    async with joined(server, who, name) as wire:
        for data in said:
            await wire.says(data.replace(b"HERE", here.encode()))
        await wire.says({"type": "ping"})
        waiting = said.count(PLAIN_PING) + 1
        while waiting:
            heard = await wire.hears()
            if heard.opcode == CLOSE:
                assert heard.code in GOODBYES, heard
                return
            waiting -= is_pong(heard)


def is_pong(heard: Frame) -> bool:
    """Any other frame is checked to be one of the protocol's."""
    frame = heard.json
    assert frame["type"] in ANSWERS, frame
    if frame["type"] == "error":
        assert frame["code"] in CODES, frame
        assert "Traceback" not in frame["message"], frame
    return bool(frame["type"] == "pong")
