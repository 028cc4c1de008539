"""A server as a user starts it, with two settings: its bot is the model, and an agent takes over from it."""

from pathlib import Path

from tests.interop.aimock.endpoint import KEY, MODEL, STORY, Aimock
from tests.kit.limits import eventually
from tests.kit.log import check_conversation, is_interrupted
from tests.kit.people import Agent, Customer, all_leave
from tests.kit.server import ServerProcess


async def test_an_agent_takes_over_from_the_model_in_mid_stream(aimock: Aimock, tmp_path: Path) -> None:
    """[P1] [P2] The customer sees nothing of the model after the control event, and the endpoint's socket is closed.
    [P6] The key is in no log."""
    (tmp_path / "key").write_text(f"{KEY}\n")
    server = ServerProcess(tmp_path, llm_url=aimock.url, llm_model=MODEL, llm_key_file=str(tmp_path / "key"))
    await server.start()
    maria, ana = Customer(server), Agent(server)
    await maria.joins()
    await ana.joins()
    await maria.opens()
    await ana.watches(maria.c)
    await maria.says("Please tell me a story")
    await ana.sees_the_bot_write(maria.c)
    assert aimock.connections() == 1
    ack = await ana.intervenes(maria.c)
    await eventually(lambda: aimock.connections() == 0)
    await ana.says(maria.c, "Ana here. That was the machine.")
    log = await ana.reads_the_log(maria.c)
    for person in (maria, ana):
        await person.sees_the_end(maria.c, log)
    check_conversation(maria.c, log, [maria, ana])
    assert [event["author"]["type"] for event in log if event["seq"] >= ack["seq"]] == ["agent", "agent"]
    (cut,) = [event for event in log if is_interrupted(event)]
    assert STORY.startswith(cut["body"]["text"])
    await all_leave(maria, ana)
    await server.stop()
    assert not server.complaints, "\n".join(server.complaints)
    assert KEY not in server.log
    assert STORY[:40] not in server.log


async def test_a_server_starts_with_a_model_that_is_away_and_gives_its_customers_to_people(tmp_path: Path) -> None:
    """[P5]"""
    server = ServerProcess(tmp_path, llm_url="http://127.0.0.1:9/v1", llm_model=MODEL)
    await server.start()
    maria, ana = Customer(server), Agent(server)
    await maria.joins()
    await ana.joins()
    await maria.opens()
    await ana.watches(maria.c)
    await maria.says("Hello?")
    await ana.sees(maria.c, lambda event: "llm_unreachable" in str(event.frame))
    assert "Hello?" not in server.log
    await all_leave(maria, ana)
    await server.stop()
