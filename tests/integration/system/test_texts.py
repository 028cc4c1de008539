"""Any text at all, halves of characters included, through every door of a whole server: mended, refused with a code,
or taken. No session fails over it, no count is left wrong, and nothing of it acts in the log.
"""

import json
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import jwt
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from intervene.core.text import is_visible, name_text
from intervene.edge.key_file import load_keys
from tests.kit.examples import examples
from tests.kit.peer import CLOSE
from tests.kit.server import ServerProcess, until
from tests.kit.wire import Wire, dial

ODD = ["\ud83d", "\ude00\ud83d", "a\ud83d", "\0", "\u200b", "\u3164", "\x1b]0;x\x07", "\u202e", "\u2028", "x" * 300]
texts = st.text(st.characters(codec=None, categories=None), max_size=12) | st.sampled_from(ODD)
anything = settings(
    max_examples=examples(60), deadline=None, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip


def token(server: ServerProcess, **claims: Any) -> str:
    """Signed by a backend that has the key and any fault."""
    header = jwt.get_unverified_header(server.agent_token("Ana"))
    whole = {"aud": "intervene", "org": "default", "sub": "ana", "name": "Ana", "exp": time.time() + 600, **claims}
    return jwt.encode(whole, load_keys(server.data / "keys.json")[0], "HS256", headers={"kid": header["kid"]})


async def says(wire: Wire, **frame: Any) -> None:
    """With escapes for all that is not ASCII, as many clients write it: halves of surrogate pairs too."""
    await wire.says(json.dumps(frame))


@pytest.fixture
async def calm(server: ServerProcess) -> AsyncIterator[ServerProcess]:
    """[P8] Afterwards nothing has failed, and the sessions that came have gone."""
    yield server

    async def nobody() -> bool:
        counts = [await server.metric("intervene_sessions", audience=audience) for audience in ("staff", "contacts")]
        assert min(counts) >= 0, counts
        return counts == [0, 0]

    await until(nobody)
    assert await server.metric("intervene_closes_total", code="1011") == 0
    assert "Traceback" not in server.log
    assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(server.log)


@pytest.mark.parametrize("kind", ["visitor", "agent"])
@anything
@given(name=texts, later=texts)
async def test_any_name_in_a_token_is_mended(calm: ServerProcess, kind: str, name: str, later: str) -> None:
    """[R15] By hello and by refresh; a session with it goes on."""
    role = {"role": "agent"} if kind == "agent" else {}
    async with dial(calm) as wire:
        who = f"ana-{uuid4()}"  # somebody else each time: reads are counted by person
        welcome = await wire.joins(token(calm, typ=kind, sub=who, name=name, **role))
        assert welcome["type"] == "welcome"
        shown = welcome["agent"]["name"] if kind == "agent" else welcome["name"]
        assert shown == name_text(name)
        await says(wire, type="refresh", token=token(calm, typ=kind, sub=who, name=later, **role))
        await wire.hears_json("refreshed")
        await says(wire, type="open" if kind == "visitor" else "ping")
        await wire.hears_json("pong", "opened")


@anything
@given(sub=texts, org=texts)
@example(sub="s" * 254, org="o" * 64)
@example(sub="😀" * 254, org="default")
async def test_any_id_in_a_token_is_taken_or_final(calm: ServerProcess, sub: str, org: str) -> None:
    """[R15]"""
    async with dial(calm) as wire:
        await says(wire, type="hello", token=token(calm, typ="visitor", sub=sub, org=org))
        heard = await wire.hears()
        if heard.opcode == CLOSE:
            assert heard.code == 4500
            return
        await says(wire, type="open")
        assert (await wire.hears_json())["type"] == "opened"


@anything
@given(text=texts)
@example(text="\ud83d")
@example(text="hi \ude00")
async def test_any_text_of_a_command_is_acked_or_refused_with_its_id(calm: ServerProcess, text: str) -> None:
    """[R49, R60] By the customer and by staff, as message and as note."""
    is_whole = not any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in text)
    async with dial(calm) as clara, dial(calm) as ana:
        await clara.joins(calm.visitor_token(f"Clara {uuid4()}"))
        await ana.joins(calm.agent_token("Ana"))
        await says(clara, type="open")
        here = (await clara.hears_json("opened"))["conversation"]
        for wire, kind in ((clara, "say"), (ana, "add_note")):
            await says(wire, type=kind, id="k1", conversation=here, text=text)
            answer = await wire.hears_json("ack", "error")
            assert (answer["id"], answer["conversation"]) == ("k1", here)
            assert (answer["type"] == "ack") == (is_whole and any(map(is_visible, text))), answer
            assert answer.get("code", "bad_text") == "bad_text"


@anything
@given(text=texts, kind=st.sampled_from(["id", "conversation", "bot", "position", "type", "field"]))
async def test_any_other_field_is_answered_by_the_rules(calm: ServerProcess, text: str, kind: str) -> None:
    """[P7] Ids of commands and conversations, positions, names of bots and of fields."""
    frame: dict[str, Any] = {"type": "hand_back", "id": "k1", "conversation": "c1", "epoch": 1}
    match kind:
        case "position":
            frame = {"type": "watch", "conversation": "c1", "after": {"n": 1, "id": text}}
        case "field":
            frame[text] = text
        case _:
            frame[kind] = text
    async with dial(calm) as wire:
        await wire.joins(calm.agent_token("Ana"))
        await says(wire, **frame)
        answer = await wire.hears_json()
        assert answer["type"] != "error" or answer["code"] in ("bad_frame", "not_found", "forbidden"), answer


@anything
@given(name=texts, path=st.sampled_from(["webchat/webchat/visitors", "development/agents"]))
async def test_any_name_over_http_is_mended_or_refused(calm: ServerProcess, name: str, path: str) -> None:
    """[P7]"""
    reply = await calm.ask("POST", f"/v1/{path}", json.dumps({"name": name}).encode())
    assert reply.status in (200, 400), reply
    if reply.status == 200:
        async with dial(calm) as wire:
            assert (await wire.joins(reply.json["token"]))["type"] == "welcome"
