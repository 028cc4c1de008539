"""`intervene doctor`: looks at a deployment from where it is run, and says what is wrong and what to do about it.

It reads the settings as `serve` does and asks what a node would ask, in the same way. It changes nothing, and says no
password. Whatever hangs, it ends: each question has its limit of time, each part of it one for all.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from urllib.parse import unquote

import anyio

from intervene import __version__
from intervene.adapters.redis.cluster import connect
from intervene.config import WITHHELD, Config
from intervene.ops.doctor import local, nodes, postgres, redis, web
from intervene.ops.doctor.findings import Finding, Report, State, fail
from intervene.ops.doctor.redis import Hearing
from intervene.terminal import say

PART_SECONDS = 15.0  # for all that is asked of one server

Examine = Callable[[Report], Awaitable[None]]


def run(config: Config, urls: Sequence[str], as_json: bool) -> int:
    """0: nothing failed; 1: something did; 2: a setting is wrong."""
    if config.redis_url:
        try:
            connect(config.redis_url)
        except ValueError:  # whose message may have a part of a password that has made it unreadable
            say(
                "redis_url cannot be used as it is: see `intervene config`, and write what is special in a password "
                "as %XX.",
                is_error=True,
            )
            return 2
    report = conceal(asyncio.run(examine(config, urls)), config)
    say(_as_json(report) if as_json else _as_text(report), lines=True)
    return 1 if any(finding.state is State.FAIL for finding in report) else 0


async def examine(config: Config, urls: Sequence[str]) -> Report:
    """Everything, all parts at once, and each in its own order."""
    asked = [(url, False) for url in urls]
    if not asked and (own := web.own_url(config)):
        asked = [(own, True)]
    parts: list[tuple[str, Examine]] = [("this machine", partial(_machine, config))]
    if config.database_url:
        parts.append(("the cluster", partial(_cluster, config)))
    parts += [(url, partial(web.examine, url, may_be_absent=may_be_absent)) for url, may_be_absent in asked]
    reports = await asyncio.gather(*(_within_its_time(name, work) for name, work in parts))
    return [*local.settings(config), *(finding for report in reports for finding in report)]


async def _within_its_time(name: str, work: Examine) -> Report:
    """What was found until then is kept, also when a part of ours fails."""
    report = Report()
    with anyio.move_on_after(PART_SECONDS) as limit:
        try:
            await work(report)
        except Exception as problem:  # not its message: nobody has looked whether it has a password
            report.append(fail(name, f"the doctor itself failed: {_innermost(problem)}", "Please report this."))
    if limit.cancelled_caught:
        report.append(fail(name, f"not done within {PART_SECONDS:.0f} s", "Something hangs; see what is said before."))
    return report


def _innermost(problem: BaseException) -> str:
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    return type(problem).__name__


async def _machine(config: Config, report: Report) -> None:
    report += await anyio.to_thread.run_sync(local.examine, config, abandon_on_cancel=True)
    if not config.database_url:
        report += await anyio.to_thread.run_sync(local.examine_sqlite, config, abandon_on_cancel=True)


async def _cluster(config: Config, report: Report) -> None:
    of_postgres, of_redis, of_nodes = Report(), Report(), Report()
    hearing = Hearing()
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_postgres, config, hearing, of_postgres, of_nodes)
            if config.redis_url:
                tasks.start_soon(redis.examine, config.redis_url, of_redis)
    finally:
        report += [*of_postgres, *of_redis, *of_nodes]


async def _postgres(config: Config, hearing: Hearing, of_postgres: Report, of_nodes: Report) -> None:
    """And the nodes, which are known by their rows there, while the hub is listened to."""
    connection = await postgres.reach(config, of_postgres)
    if connection is None:
        return
    alive: list[int] = []
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(postgres.examine, connection, config, of_postgres)
            tasks.start_soon(_nodes, config, hearing, of_nodes, alive)
        if not connection.is_closed():
            of_postgres += await postgres.room(connection, max([1, *alive]))
    finally:
        connection.terminate()


async def _nodes(config: Config, hearing: Hearing, report: Report, alive: list[int]) -> None:
    async with anyio.create_task_group() as tasks:
        if config.redis_url:
            tasks.start_soon(redis.listen, config.redis_url, hearing)
        own = nodes.Own(local.keys_of(config), has_hub=config.redis_url is not None)
        alive += await nodes.examine(config, hearing, own, report)
        tasks.cancel_scope.cancel()


# -- telling -----------------------------------------------------------------------------------------------------------


def conceal(report: Sequence[Finding], config: Config) -> Report:
    """We put no password into what was found; this is for what others say."""
    secrets = set(config.keys)
    for url in filter(None, (config.database_url, config.redis_url)):
        password = url.partition("://")[2].rpartition("@")[0].partition(":")[2]
        secrets |= {url, password, unquote(password)}
    found = sorted(filter(None, secrets), key=len, reverse=True)
    return [finding._replace(found=_without(found, finding.found)) for finding in report]


def _without(secrets: Sequence[str], words: str) -> str:
    for secret in secrets:
        words = words.replace(secret, WITHHELD)
    return words


def _as_text(report: Sequence[Finding]) -> str:
    counts = _counts(report)
    end = f"{counts['ok']} ok, {counts['warn']} to look at, {counts['fail']} failed."
    return "\n".join([*map(str, report), "", end])


def _as_json(report: Sequence[Finding]) -> str:
    findings = [finding._asdict() | {"figures": dict(finding.figures)} for finding in report]
    return json.dumps({"release": __version__, **_counts(report), "findings": findings}, indent=2)


def _counts(report: Sequence[Finding]) -> dict[str, int]:
    return {state.value: sum(finding.state is state for finding in report) for state in State}
