"""Bytes that are not a websocket's, and requests that do not ask for one."""

from tests.integration.system.bad_input.mallory import CANARY, joined
from tests.kit.peer import BINARY, CLOSE, CONT, PING, TEXT, frame
from tests.kit.server import ServerProcess

PADDED = b'{"type":"ping"' + b" " * (64 * 1024)

FRAME = PADDED[: 64 * 1024 - 1] + b"}"
"""As long as a frame may be."""


def fragments(data: bytes, count: int) -> bytes:
    """`count` of them, the last with all of the text."""
    return frame(TEXT, fin=False) + frame(CONT, fin=False) * (count - 2) + frame(CONT, data)


BREACHES = {
    "one byte too long": (frame(TEXT, FRAME + b" "), 1009),
    "1 MiB": (frame(TEXT, b"x" * 1024 * 1024), 1009),
    "1 MiB announced": (frame(TEXT, b"x" * 1024 * 1024)[:14], 1009),
    "2^63 bytes announced": (b"\x81\xff\xff" + b"\xff" * 7 + b"\0" * 4, 1009),
    "2^62 bytes announced": (b"\x81\xff\x40" + b"\0" * 11, 1009),
    "fragments that are too long together": (
        frame(TEXT, b"x" * 60_000, fin=False) * 1 + frame(CONT, b"x" * 6_000),
        1009,
    ),
    "65 fragments": (fragments(b'{"type":"ping"}', 65), 1009),
    "100,000 empty fragments": (frame(TEXT, fin=False) + frame(CONT, fin=False) * 100_000, 1009),
    "1,000 pings": (frame(PING) * 1_000, 4003),
    "1,000 frames": (frame(TEXT, b'{"type":"ping"}') * 1_000, 4003),
    "unmasked": (frame(TEXT, b'{"type":"ping"}', masked=False), 1002),
    "unmasked close": (frame(CLOSE, b"\x03\xe8", masked=False), 1002),
    "a reserved bit": (frame(TEXT, b'{"type":"ping"}', rsv=4), 1002),
    "a reserved opcode": (frame(0x3, b"x"), 1002),
    "a reserved control opcode": (frame(0xB, b"x"), 1002),
    "binary": (frame(BINARY, b'{"type":"ping"}'), 1007),
    "a ping in fragments": (frame(PING, b"x", fin=False), 1002),
    "a ping that is too long": (frame(PING, b"x" * 126), 1002),
    "a continuation of nothing": (frame(CONT, b"x"), 1002),
    "a text inside a text": (frame(TEXT, b"x", fin=False) + frame(TEXT, b"x"), 1002),
    "not UTF-8": (frame(TEXT, b'{"type":"\xff"}'), 1007),
    "surrogates as UTF-8": (frame(TEXT, b'{"type":"\xed\xa0\x80"}'), 1007),
    "overlong UTF-8": (frame(TEXT, b'{"type":"\xc0\x80"}'), 1007),
    "a close of one byte": (frame(CLOSE, b"\x03"), 1002),
    "a close code of nobody": (frame(CLOSE, b"\x00\x01"), 1002),
    "a close code that is never sent": (frame(CLOSE, (1006).to_bytes(2, "big")), 1002),
    "a reason that is not UTF-8": (frame(CLOSE, b"\x03\xe8\xff"), 1007),
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
        for data in (frame(TEXT, FRAME), fragments(b'{"type":"ping"}', 64), frame(PING, b"x" * 125)):
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
        "no origin of a page": (403, "GET", "/socket", b"", {**upgrade, **key, "origin": CANARY}),
        "another method": (405, "PUT", "/v1/webchat/webchat/visitors", b"{}", {}),
        "not JSON": (400, "POST", "/v1/webchat/webchat/visitors", CANARY.encode(), {}),
        "not the body": (400, "POST", "/v1/webchat/webchat/visitors", b'{"nom":"x"}', {}),
        "deep": (400, "POST", "/v1/webchat/webchat/visitors", b"[" * 10_000, {}),
        "too large": (413, "POST", "/v1/webchat/webchat/visitors", b" " * 17 * 1024, {}),
        "not UTF-8": (400, "POST", "/v1/development/agents", b'{"name":"\xff"}', {}),
        "no such role": (400, "POST", "/v1/development/agents", b'{"name":"Ana","role":"owner"}', {}),
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
