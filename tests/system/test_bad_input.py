"""Bad input of every kind to a whole server: each gets its typed error or close code, nobody learns anything from it,
nothing dies, and the same server does the main job afterwards.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import batched
from typing import Any

import jwt
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intervene.core.codes import ErrorCode
from intervene.edge.auth import load_keys
from tests.server import DAY, ServerProcess
from tests.system.actors import Agent, Customer, all_leave, refused
from tests.system.conftest import MakeServer
from tests.system.log import check_conversation
from tests.system.screen import Frame
from tests.system.wire import BINARY, CLOSE, CONT, PING, TEXT, Part, Wire, dial, part

CANARY = "canary5f0c9a"
"""In every text that is said here; a log of the server never holds it."""

GOODBYES = {1002, 1007, 1009, 4003}
ANSWERS = {"ack", "error", "event", "piece", "watched", "page", "pong", "opened", "typing", "here", "takeover"} | {
    "refreshed"
}
CODES = {str(code) for code in ErrorCode}


@pytest.fixture
async def server(servers: MakeServer) -> AsyncIterator[ServerProcess]:
    """At its most talkative. Afterwards it still works and has kept everything to itself."""
    server = servers(f"@pace 200\n{CANARY} {'word ' * 200}\n", log_level="debug")
    await server.start()
    yield server
    await does_the_main_job(server)
    log = server.log
    assert CANARY not in log
    assert "Traceback" not in log
    for token in (server.agent_token("Ana"), server.visitor_token("Maria")):
        assert token.rpartition(".")[2] not in log
        assert token.split(".")[1][:24] not in log


async def does_the_main_job(server: ServerProcess) -> None:
    customer, ana = Customer(server, "Last"), Agent(server, "Rescuer")
    await customer.joins()
    await ana.joins()
    c = (await customer.opens()).conversation
    await ana.watches(c)
    await customer.says(f"{CANARY}: why is my bill so high?")
    await ana.sees_the_bot_write(c)
    await ana.intervenes(c)
    await ana.says(c, f"{CANARY}: good evening.")
    await customer.sees(c, lambda event: event.by == "agent")
    check_conversation(c, await ana.reads_the_log(c), [customer, ana])
    await all_leave(customer, ana)


@asynccontextmanager
async def joined(server: ServerProcess, who: str) -> AsyncIterator[Wire]:
    """A bare socket that was welcomed; `who` is agent or customer."""
    async with dial(server) as wire:
        token = server.agent_token("Mallory") if who == "agent" else server.visitor_token("Mallory")
        assert (await wire.joins(token))["type"] == "welcome"
        yield wire


# -- frames that are not of the protocol -------------------------------------------------------------------------------


def say(**changed: Any) -> bytes:
    frame = {"type": "say", "id": "m1", "conversation": "c-1", "text": CANARY, **changed}
    return msgspec.json.encode({name: value for name, value in frame.items() if value is not ...})


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
    for some in batched(wrong, 15):  # more refusals in a row would close the socket
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
    b'""', b'" "', b'"\\n\\t\\u3000"', b'"' + b"x" * 16385 + b'"', b'"' + "😕".encode() * 4097 + b'"',
]  # fmt: skip


@pytest.mark.parametrize("text", BAD_TEXTS, ids=lambda text: text[:14].decode())
@pytest.mark.parametrize("server", [None], indirect=True, scope="module")
async def unused(server: ServerProcess, text: bytes) -> None: ...


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
                assert answer["code"] in ("bad_text", "bad_frame"), (text[:40], answer)
        await customer.asks({"type": "get_page", "conversation": c, "before": 0}, "page")  # a good frame in between
    good = ["[" * 10_000, "😕" * 4096, "a\\ud800 \\u0000", "\u202eabc", "‍", "\x7f\x1b[31m", "<script>alert(1)</script>"]
    for text in good:
        await customer.says(text)
        await ana.says(c, text, confirmed=True)
    log = await ana.reads_the_log(c)
    said = [event["body"]["text"] for event in log if event["body"]["kind"] == "message"]
    assert said == [text for text in good for _ in range(2)]
    check_conversation(c, log, [customer, ana])
    await all_leave(customer, ana)
