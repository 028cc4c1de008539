"""Bad input of every kind to a whole server: each gets its typed error or close code, nobody learns anything from it,
nothing dies, and the same server does the main job afterwards.
"""

from collections.abc import AsyncIterator

import pytest

from tests.integration.system.bad_input.mallory import CANARY
from tests.integration.system.conftest import MakeServer
from tests.kit.log import check_conversation
from tests.kit.people import Agent, Customer, all_leave
from tests.kit.server import ServerProcess


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
