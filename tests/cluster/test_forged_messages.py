"""Somebody who reads all that goes through Redis, and writes to it, without a key: nothing of theirs is on any screen.
And nodes whose keys differ, for the time of a change of keys, or by mistake.
"""

import asyncio
import secrets
from collections.abc import Iterable
from typing import NamedTuple, Self

import redis
from msgspec.structs import replace

from intervene.adapters.redis.codec import SEAL_BYTES, SENDER_BYTES, Codec
from intervene.core.ids import NodeId
from intervene.ports.log import Commit
from tests.cluster.bench import Bench
from tests.cluster.hub import HOME, POLLING, shows
from tests.cluster.scenes import is_taken, says, streaming
from tests.kit.limits import POLLED, eventually
from tests.kit.oracles.screen import Frame
from tests.kit.people import Agent, Customer
from tests.kit.redis import RedisServer
from tests.kit.scripts import LONG

SAID, FORGED = "Pay to account 1234.", "Pay to account 6666."
WARNING = "dropped a message with a bad MAC"


class Said(NamedTuple):
    channel: bytes
    data: bytes


class Stranger:
    """At Redis."""

    def __init__(self, server: RedisServer) -> None:
        self.heard: list[Said] = []
        self._client = redis.Redis(port=server.port, protocol=2)
        self._ears = self._client.pubsub()  # type: ignore[no-untyped-call]
        self._ears.psubscribe("*")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self._ears.close()
        self._client.close()

    async def hears(self, words: str) -> Said:
        """The commit with these words."""

        def is_heard() -> bool:
            while message := self._ears.get_message():
                if message["type"] == "pmessage":
                    self.heard.append(Said(message["channel"], message["data"]))
            return any(words.encode() in said.data for said in self.heard)

        await eventually(is_heard)
        return next(said for said in self.heard if words.encode() in said.data)

    def publishes(self, messages: Iterable[Said]) -> None:
        with self._client.pipeline(transaction=False) as pipeline:
            for said in messages:
                pipeline.publish(*said)
            pipeline.execute()


async def test_what_a_stranger_publishes_is_on_no_screen_and_is_counted(bench: Bench) -> None:
    """[P2, P6] A commit that was copied into another conversation, one with a byte changed, one made anew under
    another key, and what is no commit at all."""
    a, b = await bench.starts("a", "b")
    with Stranger(bench.redis) as stranger:
        async with Customer(a) as maria, Customer(a, "Clara") as clara, Agent(b) as ana:
            mine, hers = (await maria.opens()).conversation, (await clara.opens()).conversation
            for conversation in (mine, hers):
                await ana.watches(conversation)
                await ana.intervenes(conversation)
            await maria.says(SAID)
            await ana.sees(mine, says(SAID))
            said = await stranger.hears(SAID)
            elsewhere = said.channel.replace(mine.encode(), hers.encode())

            forged = [Said(elsewhere, said.data), Said(HOME, said.data), anew(said, bench.key)]
            forged += [Said(said.channel, flipped(said.data, place)) for place in range(len(said.data))]
            forged += [Said(said.channel, data) for data in garbage(said.data)]
            stranger.publishes(forged)
            await they_hear_each_other([maria, clara], ana, "After that.")

            assert await b.metric("intervene_hub_forged_total") == len(forged)
            assert await a.metric("intervene_hub_forged_total") > 0
            assert WARNING in b.log
            assert FORGED not in str(maria.heard + clara.heard + ana.heard)
            assert SAID not in str(clara.heard + [frame for frame in ana.heard if is_about(frame, hers)])
            await bench.is_in_order(maria, clara, ana)


async def test_what_was_said_once_is_shown_once_however_often_a_stranger_repeats_it(bench: Bench) -> None:
    """[P5] All of it, also backwards; it has our seal."""
    async with streaming(bench) as (a, b, maria, ana, c, written):
        with Stranger(bench.redis) as stranger:
            await ana.finds(lambda: len(ana.screens[c].texts[written]) > 500)
            await ana.intervenes(c)
            await maria.sees(c, is_taken)
            await maria.says(SAID)
            await ana.sees(c, says(SAID))
            await stranger.hears(SAID)
            assert len(stranger.heard) > 10
            stranger.publishes(stranger.heard)
            stranger.publishes(reversed(stranger.heard))
            await they_hear_each_other([maria], ana, "After that.")
            for node in (a, b):
                assert await node.metric("intervene_hub_forged_total") == 0
            await bench.is_in_order(maria, ana)


async def test_nodes_whose_keys_are_being_changed_hear_each_other_and_take_each_other_s_tokens(bench: Bench) -> None:
    old, new = bench.key, secrets.token_hex(32)
    bench.node("a", script=LONG).settings["keys"] = f"{old},{new}"
    bench.node("b", script=LONG).settings["keys"] = f"{new},{old}"
    async with streaming(bench) as (a, b, maria, ana, c, _):
        await ana.intervenes(c)
        await maria.sees(c, is_taken)
        await they_hear_each_other([maria], ana, "Changing keys.")
        await asyncio.gather(*(shows(node, polling=0, hub_up=1, hub_forged_total=0) for node in (a, b)))
        await ana.goes_to(a)
        await maria.goes_to(b)
        await they_hear_each_other([maria], ana, "The other way round.")
        await bench.is_in_order(maria, ana)


async def test_nodes_without_a_key_in_common_do_not_hear_each_other_say_so_and_go_by_the_log(bench: Bench) -> None:
    """[P1, P2, P5] Somebody made a mistake; people only wait a little longer."""
    bench.node("b", script=LONG).settings["keys"] = secrets.token_hex(32)
    async with streaming(bench) as (a, b, maria, ana, c, _):
        await maria.says("Can you hear me?")
        await ana.sees(c, says("Can you hear me?"), within=POLLED)
        await ana.intervenes(c)
        await maria.sees(c, is_taken, within=POLLED)
        await they_hear_each_other([maria], ana, "Each by the log.")
        for node in (a, b):
            await shows(node, polling=1, hub_up=1)
            assert await node.metric("intervene_hub_forged_total") > 0
            assert WARNING in node.log
            assert POLLING in node.log
        await bench.is_in_order(maria, ana)


# -- what is forged ----------------------------------------------------------------------------------------------------


def anew(said: Said, key: str) -> Said:
    """Their own words, as the next commit, in the form that everybody can know; `key` is only to read that form."""
    stranger = NodeId("stranger")
    commit = Codec(stranger, [key.encode()]).decode(*said)
    assert isinstance(commit, Commit)
    frames = replace(
        commit.frames,
        staff=commit.frames.staff.replace(SAID.encode(), FORGED.encode()),
        contacts=commit.frames.contacts.replace(SAID.encode(), FORGED.encode()),
    )
    assert FORGED.encode() in frames.staff
    forged = replace(commit, node=stranger, state=commit.state.next(), frames=frames)
    return Said(said.channel, Codec(stranger, [secrets.token_bytes(32)]).encode(said.channel, forged))


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def garbage(data: bytes) -> list[bytes]:
    head = SENDER_BYTES + SEAL_BYTES
    return [b"", b"x", data[:head], data[:-1], data + b"x", *(secrets.token_bytes(size) for size in (24, 25, 5000))]


# -- what they have in common ------------------------------------------------------------------------------------------


async def they_hear_each_other(customers: list[Customer], ana: Agent, words: str) -> None:
    """Both ways, so both nodes have heard all that was published before, if they hear anything. She has control."""
    for customer in customers:
        await customer.says(f"{words} {customer.name}.")
        await ana.sees(customer.c, says(f"{words} {customer.name}."), within=POLLED)
        await ana.says(customer.c, f"{words} Ana.")
        await customer.sees(customer.c, says(f"{words} Ana."), within=POLLED)


def is_about(frame: Frame, conversation: str) -> bool:
    return frame.get("conversation") == conversation
