"""docs/embed-the-client.md and the README: their Python programs, as files beside a server that is running."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

import anyio

from tests.integration.system.conftest import MakeServer
from tests.kit.limits import LONG_WAIT
from tests.kit.scripts import LONG
from tests.kit.server import ServerProcess

ROOT = Path(__file__).parents[3]


def programs(page: str) -> list[str]:
    return re.findall(r"^```python\n(.+?)^```", (ROOT / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)


CUSTOMER, AGENT, BACKEND = programs("docs/embed-the-client.md")
(BOTH,) = programs("README.md")


async def serve(servers: MakeServer) -> ServerProcess:
    server = servers(LONG)
    await server.start()
    return server


async def started(server: ServerProcess, program: str, *arguments: str, **environment: str) -> Process:
    """The program, for a server of ours."""
    assert "127.0.0.1:8000" in program
    file = server.data.parent / "program.py"
    file.write_text(program.replace("127.0.0.1:8000", f"127.0.0.1:{server.port}"), "utf-8")
    return await asyncio.create_subprocess_exec(
        sys.executable, file, *arguments, cwd=server.data.parent, env={**os.environ, **environment}, stdout=PIPE
    )


async def output(process: Process) -> str:
    """What is left of it, once it has ended without a problem."""
    with anyio.fail_after(LONG_WAIT):
        out, _ = await process.communicate()
    assert process.returncode == 0
    return out.decode().strip()


async def test_the_agents_program_takes_over_from_the_bot_that_answers_the_customers(servers: MakeServer) -> None:
    server = await serve(servers)
    customer = await started(server, CUSTOMER)
    assert customer.stdout is not None
    with anyio.fail_after(LONG_WAIT):
        conversation = (await customer.stdout.readline()).decode().strip()
        said = (await customer.stdout.readline()).decode().strip()
    assert said == "you: Hello, is this a robot?"
    agent = await output(await started(server, AGENT, conversation))
    assert re.fullmatch(r"epoch [2-9], reply enabled: True", agent)
    assert (await output(customer)).endswith("agent: Not any more. Ada here.")
    refused = await output(await started(server, AGENT.replace('"Ada"', '"Ben"'), conversation))
    assert refused.startswith("forbidden: ")


async def test_a_program_runs_with_a_token_of_a_backend(servers: MakeServer) -> None:
    server = await serve(servers)
    assert await output(await started(server, BACKEND, CHAT_TOKEN=server.agent_token("Ana"))) == "Ana is connected"


async def test_the_readmes_program_has_both_sides(servers: MakeServer) -> None:
    assert await output(await started(await serve(servers), BOTH)) == ""
