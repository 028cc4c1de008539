"""Several processes on one port: started, started again, and ended together, however the end comes.

What they run is `tests/kit/responder.py`; `test_worker_servers.py` runs the server.
"""

import os
import re
import signal
import socket

import anyio
import pytest

from intervene.workers import FIRST_PAUSE, LONGEST_PAUSE, SETTLED_SECONDS, STOP_SECONDS, pause_after
from tests.integration.crew import FOREVER, Crew, MakeCrew, crew, crews
from tests.kit.limits import LONG_WAIT, WAIT, eventually
from tests.kit.ports import free_port
from tests.kit.server import ask

__all__ = ["crew", "crews"]  # fixtures

# -- one port ----------------------------------------------------------------------------------------------------------


async def test_workers_share_a_port_and_each_says_its_number(crew: Crew) -> None:
    await crew.start(3)
    assert await crew.all_answer(3) == crew.workers
    [serving] = crew.events("serving")
    assert (serving["url"], serving["workers"]) == (crew.url, 3)
    crew.hears(signal.SIGTERM)
    assert await crew.ends() == 0
    assert sorted(line["worker"] for line in crew.events("drains")) == [1, 2, 3]


async def test_port_0_takes_one_that_is_free_for_all_of_them(crew: Crew) -> None:
    crew.port = 0
    await crew.start()
    [serving] = crew.events("serving")
    crew.port = int(serving["url"].rpartition(":")[2])
    assert await crew.all_answer(2) == crew.workers


async def test_nobody_is_queued_for_a_worker_that_listens_no_more(crew: Crew) -> None:
    await crew.start(drain=FOREVER)
    leaving, other = await crew.all_answer(2)
    os.kill(leaving, signal.SIGTERM)
    await eventually(lambda: len(crew.events("drains")) == 1)
    with anyio.fail_after(WAIT):
        assert {await crew.answers() for _ in range(50)} == {other}


async def test_a_port_that_is_taken_is_refused_before_anything_starts(crew: Crew) -> None:
    with socket.create_server(("127.0.0.1", crew.port)):
        crew.spawn("tests.kit.responder", str(crew.port), "2", "0")
        assert await crew.ends() == 3
    [sentence] = crew.said.splitlines()
    assert re.fullmatch(r"It could not start: .*Address already in use", sentence)


async def test_a_port_that_other_workers_share_is_taken(crews: MakeCrew) -> None:
    """The kernel would let them in, and deal a customer's connections to two clusters."""
    first, second = crews(), crews()
    await first.start()
    second.spawn("tests.kit.responder", str(first.port), "2", "0")
    assert await second.ends() == 3
    assert "Address already in use" in second.said


# -- the end -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
async def test_one_told_to_stop_lets_all_of_them_drain(crew: Crew, told: signal.Signals) -> None:
    await crew.start(drain=1.0)
    crew.hears(told)
    await eventually(lambda: len(crew.events("drains")) == 2)
    assert len(crew.workers) == 2
    assert await crew.ends() == 0
    assert not crew.events("drains no longer")


async def test_ctrl_c_in_a_terminal_is_one_signal_for_a_worker_and_not_two(crew: Crew) -> None:
    """A terminal sends it to the whole group of processes."""
    await crew.start(drain=1.0)
    os.killpg(crew.parent, signal.SIGINT)
    assert await crew.ends() == 0
    assert len(crew.events("drains")) == 2
    assert not crew.events("drains no longer")


async def test_a_second_signal_ends_the_draining(crew: Crew) -> None:
    await crew.start(drain=FOREVER)
    crew.hears(signal.SIGTERM)
    await eventually(lambda: len(crew.events("drains")) == 2)
    crew.hears(signal.SIGINT)
    assert await crew.ends() == 0
    assert len(crew.events("drains no longer")) == 2


async def test_a_second_signal_also_ends_a_worker_that_is_frozen(crew: Crew) -> None:
    """[P7] It is killed after a bound, and the status says so."""
    await crew.start(drain=FOREVER)
    frozen = await crew.answers()
    os.kill(frozen, signal.SIGSTOP)
    crew.hears(signal.SIGTERM)
    await eventually(lambda: len(crew.events("drains")) == 1)
    crew.hears(signal.SIGTERM)
    assert await crew.ends() == 1
    [killed] = crew.events("worker did not stop in time and is killed")
    assert killed["process"] == frozen


async def test_one_told_to_stop_while_it_starts_ends_too(crew: Crew) -> None:
    crew.spawn("tests.kit.responder", str(crew.port), "2", "0")
    await eventually(lambda: bool(crew.workers))
    crew.hears(signal.SIGTERM)
    assert await crew.ends() == 0


async def test_workers_that_are_deaf_are_killed_when_their_time_is_over(crews: MakeCrew) -> None:
    """[P7] By the parent; and without one, each ends by itself."""
    kept, orphaned = crews(), crews()
    await kept.start(RESPONDER_IS_DEAF="1")
    orphaned.port = free_port()
    await orphaned.start(RESPONDER_IS_DEAF="1")
    kept.hears(signal.SIGTERM)
    orphaned.hears(signal.SIGKILL)
    assert await kept.ends(within=STOP_SECONDS + WAIT) == 1
    assert await orphaned.ends(within=STOP_SECONDS + WAIT) == -signal.SIGKILL


async def test_nobody_is_left_when_the_parent_is_killed(crew: Crew) -> None:
    """They drain first."""
    await crew.start(3, drain=0.5)
    crew.hears(signal.SIGKILL)
    assert await crew.ends() == -signal.SIGKILL
    assert len(crew.events("drains")) == 3
    assert not crew.events("drains no longer")
    with socket.create_server(("127.0.0.1", crew.port)):
        pass  # the port is free


# -- one that ends by itself -------------------------------------------------------------------------------------------


async def test_a_worker_that_is_killed_comes_back_and_the_others_go_on(crew: Crew) -> None:
    await crew.start()
    victim, other = await crew.all_answer(2)
    os.kill(victim, signal.SIGKILL)
    await eventually(lambda: len(crew.events("worker serves")) == 3)
    after = await crew.all_answer(2)
    assert victim not in after
    assert other in after
    [first, *_] = crew.events("worker serves")
    [ended] = crew.events("worker ended, and is started again")
    assert (ended["process"], ended["signal"]) == (victim, "Killed")
    assert crew.events("worker serves")[-1]["worker"] == ended["worker"]
    assert len(crew.events("serving")) == 1
    assert first["process"] in (victim, other)


async def test_a_worker_that_does_not_stay_is_started_ever_less_often(crew: Crew) -> None:
    await crew.start(2)
    victim = 2
    for deaths in range(1, 4):
        pid = [line["process"] for line in crew.events("worker serves") if line["worker"] == victim][-1]
        os.kill(pid, signal.SIGTERM)
        await eventually(lambda: len(crew.events("worker serves")) == 2 + deaths, within=LONG_WAIT)  # noqa: B023
    ended = crew.events("worker ended, and is started again")
    assert [(line["status"], line["after_seconds"]) for line in ended] == [(0, 0.5), (0, 1.0), (0, 2.0)]


def test_the_pause_has_an_end_and_is_forgotten() -> None:
    pauses = [0.0]
    while pauses[-1] < LONGEST_PAUSE:
        pauses.append(pause_after(1.0, pauses[-1]))
    assert pauses == [0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 10.0]
    assert pause_after(1.0, LONGEST_PAUSE) == LONGEST_PAUSE
    assert pause_after(SETTLED_SECONDS, LONGEST_PAUSE) == FIRST_PAUSE


@pytest.mark.parametrize("status", [2, 3])
async def test_what_keeps_workers_from_starting_is_said_once_and_ends_all(crew: Crew, status: int) -> None:
    crew.trouble.write_text(str(status))
    crew.spawn("tests.kit.responder", str(crew.port), "4", "0")
    assert await crew.ends() == status
    assert crew.sentences == [f"There is trouble: {status}."]


async def test_once_they_have_served_trouble_at_a_start_is_waited_out(crew: Crew) -> None:
    await crew.start()
    victim, other = await crew.all_answer(2)
    crew.trouble.write_text("3")
    os.kill(victim, signal.SIGKILL)
    await eventually(lambda: len(crew.events("worker ended, and is started again")) >= 2, within=LONG_WAIT)
    assert await crew.answers() == other
    crew.trouble.unlink()
    await eventually(lambda: len(crew.events("worker serves")) == 3, within=LONG_WAIT)
    assert victim not in await crew.all_answer(2)


async def test_a_first_worker_that_is_killed_before_it_serves_gets_another_try(crew: Crew) -> None:
    crew.spawn("tests.kit.responder", str(crew.port), "2", "0")
    await eventually(lambda: bool(crew.workers))
    [first] = crew.workers
    os.kill(first, signal.SIGKILL)
    await eventually(lambda: len(crew.events("worker serves")) == 2, within=LONG_WAIT)
    assert first not in await crew.all_answer(2)


# -- metrics -----------------------------------------------------------------------------------------------------------


async def test_metrics_of_workers_are_one_sum_in_which_the_dead_and_the_hung_keep_their_counts(crew: Crew) -> None:
    """[P8]"""
    await crew.start(2)
    [known] = crew.events("metrics of all workers")
    url = known["url"].removesuffix("/metrics")

    async def shown() -> tuple[float, ...]:
        text = (await ask(url, "GET", "/metrics")).body.decode()
        names = "shown_total", "alone", "intervene_workers"
        return tuple(float(re.search(rf"^{name} (\S+)$", text, re.M)[1]) for name in names)  # type: ignore[index]

    assert [await shown(), await shown()] == [(2, 2, 2), (4, 2, 2)]
    first, second = crew.workers
    os.kill(first, signal.SIGKILL)
    await eventually(lambda: len(crew.events("worker serves")) == 3, within=LONG_WAIT)
    assert await shown() == (6, 2, 2), "2 of the dead, 3 of the other, 1 of the next"
    os.kill(second, signal.SIGSTOP)
    assert await shown() == (7, 2, 1), "one that hangs keeps what it showed last"
    os.kill(second, signal.SIGCONT)
    refused = await ask(url, "GET", "/metrics", b"", host="evil.example")
    assert (refused.status, refused.body) == (403, b"not you"), "[P6] as each worker refuses it"
    assert (await ask(url, "GET", "/")).status == 404
