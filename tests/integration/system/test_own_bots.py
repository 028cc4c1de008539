"""docs/write-a-bot.md: its bots, as files beside a server that names them in its settings, and its tables."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from intervene.bots.kinds.llm import LABELS, RETRY_SECONDS
from intervene.config import SETTINGS
from intervene.core.settings import Kind
from tests.integration.system.conftest import MakeServer
from tests.integration.system.test_settings import Admin
from tests.kit.examples import some
from tests.kit.log import is_interrupted
from tests.kit.oracles.screen import Shown
from tests.kit.people import Agent, Customer, accepted, all_leave
from tests.kit.server import ServerProcess

PAGE = (Path(__file__).parents[3] / "docs" / "write-a-bot.md").read_text("utf-8")
BOTS = re.findall(r"^```python\n(.+?)^```", PAGE, re.MULTILINE | re.DOTALL)
FIRST, STREAMED, REMEMBERING, SORTING, LEARNING, BRIEFED = BOTS


async def serve(servers: MakeServer, bot: str) -> ServerProcess:
    server = servers(bot="own_bot:bot", bot_name="Aria")
    (server.data.parent / "own_bot.py").write_text(bot, "utf-8")
    await server.start()
    return server


class Saying:
    """Whether an event shows that text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __call__(self, event: Shown) -> bool:
        return self.text in str(event.frame)


async def test_the_first_bot_greets_answers_and_asks_for_a_person(servers: MakeServer) -> None:
    server = await serve(servers, FIRST)
    async with Customer(server) as maria:
        await maria.opens()
        await maria.sees(maria.c, Saying("Hello! What is your customer number?"))
        await maria.says("4711")
        answer = await maria.sees(maria.c, Saying("Nothing is due for 4711."))
        assert "Aria" in str(answer.frame)
        async with Agent(server) as ana:
            await ana.watches(maria.c)
            await maria.says("I do not know")
            await ana.sees(maria.c, Saying("no customer number"))


async def test_the_streamed_reply_is_cut_by_a_takeover(servers: MakeServer) -> None:
    """[P1] [P2]"""
    server = await serve(servers, STREAMED)
    maria, ana = Customer(server), Agent(server)
    await maria.joins()
    await ana.joins()
    await maria.opens()
    await ana.watches(maria.c)
    await maria.says("What is due?")
    await ana.sees_the_bot_write(maria.c)
    await ana.intervenes(maria.c)
    log = await ana.reads_the_log(maria.c)
    await maria.sees_the_end(maria.c, log)
    assert [is_interrupted(event) for event in log].count(True) == 1
    await all_leave(maria, ana)


async def test_the_bot_that_remembers_comes_back_and_gives_up(servers: MakeServer) -> None:
    server = await serve(servers, REMEMBERING)
    async with Customer(server) as maria, Agent(server) as ana:
        await maria.opens()
        await ana.watches(maria.c)
        await maria.says("Hello")
        await maria.sees(maria.c, Saying("Shall I send you the bill again?"))
        await maria.sees(maria.c, Saying("Are you still there?"))
        await ana.sees(maria.c, Saying("customer does not answer"))


async def test_the_bot_that_sorts_moves_it_where_people_find_it(servers: MakeServer) -> None:
    """[P6, R144] A queue that is not active is skipped, and the bot goes on. Customers are shown nothing of it."""
    server = servers(bot="own_bot:bot", bot_name="Aria")
    (server.data.parent / "own_bot.py").write_text(SORTING.replace('"billing"', 'open("queue").read()'), "utf-8")
    await server.start()
    ada = Admin(server)
    asleep = (await ada.makes(Kind.QUEUE, "k1", name="Asleep", is_active=False)).json["id"]
    (server.data.parent / "queue").write_text(asleep)
    async with Customer(server) as maria, Agent(server, "Gus", "supervisor") as gus:
        await maria.opens()
        await gus.watches(maria.c)
        await maria.says("my bill")
        await maria.sees(maria.c, Saying("Nobody is there for bills today."))
        billing = (await ada.makes(Kind.QUEUE, "k2", name="Billing")).json["id"]
        (server.data.parent / "queue").write_text(billing)
        await maria.says("my Bill!")
        await gus.sees(maria.c, Saying("a question about a bill"))
        log = await gus.reads_the_log(maria.c)
        await maria.sees_the_end(maria.c, log)
        made = [event["body"] for event in log if event["body"]["kind"] in ("queue_set", "tags_set")]
        assert made == [
            {"kind": "tags_set", "tags": ["bill"]},
            {"kind": "queue_set", "queue": billing, "name": "Billing"},
        ]
        assert "queue_set" not in str(maria.heard)


async def test_what_the_bot_learns_of_a_contact_stays_with_them(servers: MakeServer) -> None:
    """[P6, R192] With the bot as its source. Customers are shown nothing of it."""
    server = await serve(servers, LEARNING)
    async with Customer(server) as maria, Agent(server, "Gus", "supervisor") as gus:
        await maria.opens()
        await gus.watches(maria.c)
        await maria.says("it is about 20-4711")
        await gus.sees(maria.c, Saying("attributes_kept"))
        page = await server.ask(
            "GET",
            f"/v1/conversations/{maria.c}/contact",
            authorization=f"Bearer {server.agent_token('Gus', 'supervisor')}",
        )
        (kept,) = page.json["attributes"]
        assert (kept["name"], kept["value"], kept["source"]) == ("contract", "20-4711", "bot")
        assert "20-4711" not in str([frame for frame in maria.heard if frame["type"] != "event"])  # no id has a hyphen
        assert "attributes_kept" not in str(maria.heard)


async def test_the_bot_that_is_handed_back_to_knows_from_whom(servers: MakeServer) -> None:
    server = await serve(servers, BRIEFED)
    async with Customer(server) as maria, Agent(server) as ana:
        await maria.opens()
        await ana.watches(maria.c)
        await ana.intervenes(maria.c)
        accepted(await ana.does("hand_back", maria.c, reason="She wants both dates."))
        await maria.sees(maria.c, Saying("I am here again. Ana has told me what you talked about."))
        assert "She wants both dates." not in str(maria.heard)


@pytest.mark.parametrize(
    ("bot", "source", "why"),
    some([
        ("nowhere:bot", "", "No module named 'nowhere'"),
        ("own_bot:nothing", "x = 1", "has no attribute 'nothing'"),
        ("own_bot:bot", "def bot(turn): ...", "is not a bot: write it as `async def bot(turn)`"),
        ("own_bot:bot", "def bot(", "SyntaxError"),
    ]),
)  # fmt: skip
def test_a_bot_that_cannot_be_imported_stops_the_start_with_a_sentence(
    tmp_path: Path, bot: str, source: str, why: str
) -> None:
    (tmp_path / "own_bot.py").write_text(source, "utf-8")
    environ = {"PATH": os.environ["PATH"], "INTERVENE_BOT": bot, "INTERVENE_PORT": "0"}
    command = [sys.executable, "-m", "intervene", "serve"]
    ended = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert why in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_page_has_all_settings_and_reasons_of_the_llm_bot() -> None:
    named = set(re.findall(r"`(llm_\w+|bot_name)`", PAGE))
    settings = {name for name in SETTINGS if name.startswith("llm_")} | {"bot_name"}
    assert named == settings | set(LABELS)
    for label, meaning in LABELS.items():
        assert f"| `{label}` | {meaning} |" in PAGE, label
    assert f"at most {RETRY_SECONDS:.0f} seconds" in PAGE
