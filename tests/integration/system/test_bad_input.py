"""Bad input of every kind to a whole server: each gets its typed error or close code, nobody learns anything from it,
nothing dies, and the same server does the main job afterwards.
"""

import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import anyio
import jwt
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intervene.core.codes import ErrorCode
from intervene.edge.auth import load_keys
from tests.integration.system.actors import Agent, Customer, accepted, all_leave, refused
from tests.integration.system.conftest import MakeServer
from tests.integration.system.log import check_conversation
from tests.integration.system.screen import Frame
from tests.integration.system.wire import BINARY, CLOSE, CONT, PING, TEXT, Part, Wire, dial, part
from tests.kit.server import DAY, ServerProcess

CANARY = "canary5f0c9a"
"""In every text that is said here; a log of the server never holds it."""

GOODBYES = {1002, 1007, 1009, 4003, 4500}
ANSWERS = {"ack", "error", "event", "piece", "watched", "page", "pong", "opened", "typing", "here", "takeover"} | {
    "refreshed"
}
CODES = {str(code) for code in ErrorCode}
STRANGERS = count(1)


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
async def joined(server: ServerProcess, who: str, name: str = "Mallory") -> AsyncIterator[Wire]:
    """A bare socket that was welcomed; `who` is agent or customer."""
    async with dial(server) as wire:
        token = server.agent_token(name) if who == "agent" else server.visitor_token(name)
        assert (await wire.joins(token))["type"] == "welcome"
        yield wire


def in_lots(these: Sequence[bytes], of: int) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(these), of):
        yield these[start : start + of]


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


# -- bytes that are not a websocket's ----------------------------------------------------------------------------------


PADDED = b'{"type":"ping"' + b" " * (64 * 1024)
FRAME = PADDED[: 64 * 1024 - 1] + b"}"
"""As long as a frame may be."""


def fragments(data: bytes, count: int) -> bytes:
    """`count` of them, the last with all of the text."""
    return part(TEXT, fin=False) + part(CONT, fin=False) * (count - 2) + part(CONT, data)


BREACHES = {
    "one byte too long": (part(TEXT, FRAME + b" "), 1009),
    "1 MiB": (part(TEXT, b"x" * 1024 * 1024), 1009),
    "1 MiB announced": (part(TEXT, b"x" * 1024 * 1024)[:14], 1009),
    "2^63 bytes announced": (b"\x81\xff\xff" + b"\xff" * 7 + b"\0" * 4, 1009),
    "2^62 bytes announced": (b"\x81\xff\x40" + b"\0" * 11, 1009),
    "fragments that are too long together": (part(TEXT, b"x" * 60_000, fin=False) * 1 + part(CONT, b"x" * 6_000), 1009),
    "65 fragments": (fragments(b'{"type":"ping"}', 65), 1009),
    "100,000 empty fragments": (part(TEXT, fin=False) + part(CONT, fin=False) * 100_000, 1009),
    "1,000 pings": (part(PING) * 1_000, 4003),
    "1,000 frames": (part(TEXT, b'{"type":"ping"}') * 1_000, 4003),
    "unmasked": (part(TEXT, b'{"type":"ping"}', is_masked=False), 1002),
    "unmasked close": (part(CLOSE, b"\x03\xe8", is_masked=False), 1002),
    "a reserved bit": (part(TEXT, b'{"type":"ping"}', rsv=4), 1002),
    "a reserved opcode": (part(0x3, b"x"), 1002),
    "a reserved control opcode": (part(0xB, b"x"), 1002),
    "binary": (part(BINARY, b'{"type":"ping"}'), 1007),
    "a ping in fragments": (part(PING, b"x", fin=False), 1002),
    "a ping that is too long": (part(PING, b"x" * 126), 1002),
    "a continuation of nothing": (part(CONT, b"x"), 1002),
    "a text inside a text": (part(TEXT, b"x", fin=False) + part(TEXT, b"x"), 1002),
    "not UTF-8": (part(TEXT, b'{"type":"\xff"}'), 1007),
    "surrogates as UTF-8": (part(TEXT, b'{"type":"\xed\xa0\x80"}'), 1007),
    "overlong UTF-8": (part(TEXT, b'{"type":"\xc0\x80"}'), 1007),
    "a close of one byte": (part(CLOSE, b"\x03"), 1002),
    "a close code of nobody": (part(CLOSE, b"\x00\x01"), 1002),
    "a close code that is never sent": (part(CLOSE, (1006).to_bytes(2, "big")), 1002),
    "a reason that is not UTF-8": (part(CLOSE, b"\x03\xe8\xff"), 1007),
    "HTTP": (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 1002),
    "zeros": (bytes(1000), 1002),
}


async def test_whoever_breaks_the_websocket_s_rules_or_bounds_is_closed_with_the_code_that_says_so(
    server: ServerProcess,
) -> None:
    """[P7] Too long, too many, unmasked, odd; and at each bound what is just allowed still goes through."""
    found = {}
    for what, (data, _) in BREACHES.items():
        async with joined(server, "customer") as wire:
            await wire.write(data)
            found[what] = await wire.is_closed()
    assert found == {what: code for what, (_, code) in BREACHES.items()}
    async with joined(server, "customer") as wire:
        for data in (part(TEXT, FRAME), fragments(b'{"type":"ping"}', 64), part(PING, b"x" * 125)):
            await wire.write(data)
        answers = [await wire.hears() for _ in range(3)]
        assert [answer.opcode for answer in answers] == [TEXT, TEXT, 0xA]


async def test_bytes_that_do_not_even_ask_for_a_websocket_are_turned_away(server: ServerProcess) -> None:
    """[P7] Wrong requests, and wrong bodies where HTTP is spoken; each with a sentence in JSON and no more."""
    upgrade = {"connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "13"}
    key = {"sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ=="}
    asked: dict[str, tuple[int, str, str, bytes, dict[str, str]]] = {
        "nothing there": (404, "GET", f"/{CANARY}", b"", {}),
        "no upgrade": (426, "GET", "/socket", b"", {}),
        "no key": (400, "GET", "/socket", b"", upgrade),
        "another version": (426, "GET", "/socket", b"", {**upgrade, **key, "sec-websocket-version": "8"}),
        "another protocol": (400, "GET", "/socket", b"", {**upgrade, **key, "sec-websocket-protocol": "mqtt"}),
        "another origin": (403, "GET", "/socket", b"", {**upgrade, **key, "origin": "https://evil.example"}),
        "another method": (405, "PUT", "/v1/webchat/webchat/visitors", b"{}", {}),
        "not JSON": (400, "POST", "/v1/webchat/webchat/visitors", CANARY.encode(), {}),
        "not the body": (400, "POST", "/v1/webchat/webchat/visitors", b'{"nom":"x"}', {}),
        "deep": (400, "POST", "/v1/webchat/webchat/visitors", b"[" * 10_000, {}),
        "too large": (413, "POST", "/v1/webchat/webchat/visitors", b" " * 17 * 1024, {}),
        "not UTF-8": (400, "POST", "/v1/development/agents", b'{"name":"\xff"}', {}),
        "no such role": (400, "POST", "/v1/development/agents", b'{"name":"Ana","role":"admin"}', {}),
        "no token": (401, "GET", "/v1/conversations", b"", {}),
        "a bad token": (401, "GET", "/v1/conversations", b"", {"authorization": f"Bearer {CANARY}"}),
        "a customer's token": (
            401, "GET", "/v1/conversations", b"", {"authorization": f"Bearer {server.visitor_token('Maria')}"}
        ),
    }  # fmt: skip
    found = {}
    for what, (_, method, path, body, headers) in asked.items():
        reply = await server.ask(method, path, body, **headers)
        found[what] = reply.status
        assert not any(word in reply.body for word in (b"Traceback", b'File "', CANARY.encode())), reply
    assert found == {what: status for what, (status, *_) in asked.items()}


# -- tokens ------------------------------------------------------------------------------------------------------------


def bad_tokens(server: ServerProcess) -> dict[str, tuple[str, int]]:
    """Made with the very keys of the server, but for the ones that are not."""
    key = load_keys(server.data / "keys.json")[0]
    good = server.agent_token("Mallory")
    claims = jwt.decode(good, options={"verify_signature": False})
    head = {"kid": jwt.get_unverified_header(good)["kid"]}

    def made(key: str = key, algorithm: str = "HS256", head: Frame = head, **changed: Any) -> str:
        given = {name: value for name, value in {**claims, **changed}.items() if value is not ...}
        return jwt.encode(given, key, algorithm, headers=head)

    unsigned = jwt.encode(claims, "", "none", headers=head)
    return {
        "expired": (server.agent_token("Mallory", lasts=-1), 4001),
        "expired a year ago": (made(exp=int(time.time() - 365 * DAY)), 4001),
        "wrong audience": (made(aud="somebody-else"), 4500),
        "no audience": (made(aud=...), 4500),
        "none": (unsigned, 4500),
        "none with the signature of another": (unsigned + good.rpartition(".")[2], 4500),
        "signature cut off": (good.rpartition(".")[0] + ".", 4500),
        "another key": (made(key="k" * 48), 4500),
        "a longer hash": (made(algorithm="HS512"), 4500),
        "no key named": (made(head={}), 4500),
        "an unknown key named": (made(head={"kid": "0" * 16}), 4500),
        "a key named by a list": (made(head={"kid": "x", "crit": ["exp"], "exp": 1}), 4500),
        "no end": (made(exp=...), 4500),
        "an end in words": (made(exp="tomorrow"), 4500),
        "an end beyond all numbers": (made(exp=2**80), 4500),
        "no subject": (made(sub=...), 4500),
        "a subject that is a number": (made(sub=7), 4500),
        "an empty organisation": (made(org=""), 4500),
        "a role that is none": (made(role="root"), 4500),
        "a type that is none": (made(typ="system"), 4500),
        "an agent without a role": (made(role=...), 4500),
        "empty": ("", 4500),
        "dots": ("..", 4500),
        "text": (CANARY, 4500),
        "not ASCII": ("ü.ü.ü", 4500),
        "long": ("x" * 8192, 4500),
        "too long for a frame of its kind": ("x" * 8193, 4501),
    }


async def test_tokens_that_are_not_good_here_are_closed_with_the_code_that_says_whether_to_come_back(
    server: ServerProcess,
) -> None:
    """[P6] Expired: come back with a new one. Wrong audience, none, another's key or type: do not."""
    found = {}
    tokens = bad_tokens(server)
    for what, (token, _) in tokens.items():
        async with dial(server) as wire:
            await wire.says({"type": "hello", "token": token})
            found[what] = await wire.is_closed()
    assert found == {what: code for what, (_, code) in tokens.items()}


async def test_a_socket_stays_its_person_s_whatever_token_it_is_refreshed_with(server: ServerProcess) -> None:
    """[P6] A newer token of the same person is taken; another's closes, and so do bad ones."""
    tokens = {
        "another agent": (server.agent_token("Eve"), 4500),
        "another organisation": (server.agent_token("Mallory", organisation="other"), 4500),
        "a customer of that name": (server.visitor_token("Mallory"), 4500),
        **{what: bad for what, bad in bad_tokens(server).items() if bad[1] != 4501},
    }
    found = {}
    for what, (token, _) in tokens.items():
        async with joined(server, "agent") as wire:
            await wire.says({"type": "refresh", "token": token})
            found[what] = await wire.is_closed()
    assert found == {what: code for what, (_, code) in tokens.items()}
    async with joined(server, "agent") as wire:
        await wire.says({"type": "refresh", "token": server.agent_token("Mallory", lasts=2 * DAY)})
        assert (await wire.hears_json())["type"] == "refreshed"


async def test_a_first_frame_that_is_not_hello_is_closed_with_bad_hello(server: ServerProcess) -> None:
    """[P7] Nothing is answered before that."""
    token = server.agent_token("Mallory")
    wrong: list[bytes] = [
        b"", b"{", b"7", b'{"type":"ping"}', b'{"type":"hello"}', b'{"type":"hello","token":7}', b"[" * 10_000,
        msgspec.json.encode({"type": "hello", "token": token, "as": "root"}),
        msgspec.json.encode({"type": "hello", "token": token, "client": "c" * 129}),
        msgspec.json.encode({"type": "hello", "token": [token]}), say(), b'{"type":"open"}',
    ]  # fmt: skip
    for data in wrong:
        async with dial(server) as wire:
            await wire.says(data)
            assert await wire.is_closed() == 4501, data[:80]
            assert [heard.opcode for heard in wire.parts()] == [CLOSE], data[:80]


# -- what is not theirs ------------------------------------------------------------------------------------------------


async def test_a_conversation_of_another_looks_exactly_like_one_that_does_not_exist(server: ServerProcess) -> None:
    """[P6] The same bytes but for the id, for another customer and for another organisation's agent; and its owner
    receives no byte of the attempts."""
    owner = Customer(server, "Maria")
    await owner.joins()
    theirs = (await owner.opens()).conversation
    await owner.asks_for_a_person()
    unknown = "0" * len(theirs)
    shared = ({"type": "watch"}, {"type": "get_page", "before": 99}, {"type": "watch", "after": {"n": 1, "id": "x"}})
    customers = (*shared, {"type": "say", "id": "x1", "text": CANARY}, {"type": "ask_for_person", "id": "x2"})
    acting = {"id": "x", "epoch": 1}
    agents = (
        *shared, {"type": "add_note", "id": "x", "text": CANARY}, {"type": "intervene", **acting},
        {"type": "say", **acting, "seen": 9, "text": CANARY, "confirmed": True}, {"type": "hand_back", **acting},
        {"type": "release", **acting}, {"type": "close", **acting, "seen": 9}, {"type": "reopen", **acting},
    )  # fmt: skip
    silent = (
        {"type": "set_typing", "on": True}, {"type": "set_read", "n": 1}, {"type": "seen", "n": 1}, {"type": "unwatch"}
    )  # fmt: skip
    before = list(owner.heard)
    for token, asked in (
        (server.visitor_token("Mallory"), customers),
        (server.visitor_token("Maria", organisation="other"), customers),
        (server.agent_token("Mallory", organisation="other"), agents),
    ):
        async with dial(server) as wire:
            await wire.joins(token)
            for frame in asked:
                answers = []
                for conversation in (theirs, unknown):
                    await wire.says({**frame, "conversation": conversation})
                    answers.append(await wire.hears())
                assert answers[0].json["code"] == "not_found", frame
                assert answers[0].payload.replace(theirs.encode(), unknown.encode()) == answers[1].payload
            for frame in silent:
                for conversation in (theirs, unknown):
                    await wire.says({**frame, "conversation": conversation})
            await wire.says({"type": "ping"})
            assert await wire.hears_json() == {"type": "pong"}
    await owner.pings()
    assert owner.heard == [*before, {"type": "pong"}]
    await owner.leaves()


async def test_a_customer_s_socket_takes_no_frame_of_staff_and_an_agent_s_none_of_customers(
    server: ServerProcess,
) -> None:
    """[P6] Each audience has its own union: what is not in it is no frame at all."""
    customer, ana = Customer(server), Agent(server)
    await customer.joins()
    await ana.joins()
    c = (await customer.opens()).conversation
    await ana.watches(c)
    acting = {"conversation": c, "id": "x", "epoch": 1}
    for frame in (
        {"type": "intervene", **acting}, {"type": "hand_back", **acting}, {"type": "release", **acting},
        {"type": "close", **acting, "seen": 9}, {"type": "reopen", **acting},
        {"type": "add_note", "conversation": c, "id": "x", "text": CANARY},
        {"type": "say", **acting, "seen": 9, "text": CANARY},
    ):  # fmt: skip
        assert (await customer.asks(frame, "error"))["code"] == "bad_frame"
    for frame in ({"type": "open"}, {"type": "ask_for_person", "conversation": c, "id": "x"}):
        assert (await ana.asks(frame, "error"))["code"] == "bad_frame"
    assert len(await ana.reads_the_log(c)) == 2
    await all_leave(customer, ana)


async def test_commands_out_of_order_get_the_refusal_that_says_what_is_true(server: ServerProcess) -> None:
    """[P1, P3] Before watching, after closing, in an epoch that is over, by somebody else's control."""
    customer, ana, ben = Customer(server), Agent(server, "Ana"), Agent(server, "Ben", "supervisor")
    for person in (customer, ana, ben):
        await person.joins()
    silent = ({"type": "set_typing", "on": True}, {"type": "set_read", "n": 7}, {"type": "seen", "n": 7})
    refused(await customer.does("say", "c-none", text=CANARY), "not_found")
    customer.c = (await customer.asks({"type": "open"}, "opened"))["conversation"]
    c = customer.c
    for frame in (*silent, {"type": "unwatch"}):
        await customer.sends({**frame, "conversation": c})
    assert (await customer.says(f"{CANARY} before watching"))["pub"] == 2
    await customer.watches(c)
    screen = await ana.watches(c)
    await ben.watches(c)
    await ana.sees_the_bot_write(c)

    bot = {"epoch": screen.epoch}
    assert refused(await ana.does("release", c, **bot), "illegal_move")["place"] == "bot"
    refused(await ana.does("hand_back", c, **bot), "illegal_move")
    refused(await ana.does("reopen", c, **bot), "illegal_move")
    refused(await ana.does("close", c, seen=screen.last, **bot), "forbidden")
    refused(await ana.does("say", c, text=CANARY, seen=screen.last, **bot), "not_holder")
    stale = refused(await ana.does("intervene", c, epoch=0), "stale")
    assert (stale["epoch"], stale["holder"]["type"]) == (1, "bot")
    refused(await ana.does("intervene", c, epoch=99), "stale")

    await ben.intervenes(c)
    for kind in ("intervene", "release", "hand_back"):
        assert refused(await ana.does(kind, c, **bot), "taken")["by"]["id"] == "ben"
    refused(await ana.does("say", c, text=CANARY, seen=screen.last, **bot), "taken")
    refused(await ben.does("hand_back", c, bot="nobody-s-bot"), "forbidden")
    refused(await ben.does("say", c, text=CANARY, **bot), "stale")
    assert "seq" not in await ben.does("intervene", c, **bot), "the holder again: no change"
    await ben.closes(c)
    for kind in ("intervene", "hand_back", "release", "close"):
        assert refused(await ben.does(kind, c), "illegal_move")["place"] == "closed"
    refused(await ben.does("say", c, text=CANARY), "not_holder")
    await ben.notes(c, f"{CANARY}: closed for now")

    log = await ana.reads_the_log(c)
    for after in ({"n": 2**53, "id": "x"}, {"n": 1, "id": "x"}, {"n": 1, "id": ""}, {"n": len(log) + 1, "id": "x"}):
        watched = await ben.asks({"type": "watch", "conversation": c, "after": after}, "watched")
        assert (watched["reset"], watched["events"]) == (True, log)
    page = await ben.asks({"type": "get_page", "conversation": c, "before": 0}, "page")
    assert (page["events"], page["more"]) == ([], False)
    check_conversation(c, log, [customer, ana])
    await all_leave(customer, ana, ben)


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
    max_examples=200, deadline=None, database=None,
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
                assert heard.close_code in GOODBYES, heard
                return
            waiting -= is_pong(heard)


def is_pong(heard: Part) -> bool:
    """Any other frame is checked to be one of the protocol's."""
    frame = heard.json
    assert frame["type"] in ANSWERS, frame
    if frame["type"] == "error":
        assert frame["code"] in CODES, frame
        assert "Traceback" not in frame["message"], frame
    return bool(frame["type"] == "pong")
