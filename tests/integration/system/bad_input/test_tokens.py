"""Tokens that are not good here, and first frames that are not hello."""

import time
from typing import Any

import jwt
import msgspec

from intervene.edge.key_file import load_keys
from tests.integration.system.bad_input.mallory import CANARY, joined, say
from tests.kit.oracles.screen import Frame
from tests.kit.peer import CLOSE
from tests.kit.server import DAY, ServerProcess
from tests.kit.wire import dial


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
