"""`python -m tests.bench [NAME ...] [--quick] [--json]`"""

import asyncio
import gc
import os
import platform
import resource
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import anyio
import click
import msgspec
import uvloop

import intervene
from tests.bench import (
    append,
    attack,
    clicks,
    cluster,
    compare,
    desk,
    inbox,
    joining,
    messages,
    process,
    sessions,
    streams,
    takeover,
    thread,
)
from tests.bench.figures import Figure, record, table

LIMIT_SECONDS = 1200.0  # of one bench; a fault, and not a slow machine, when it is reached


class Bench(NamedTuple):
    """One that takes its time, and a quick one."""

    whole: Callable[[Path], Awaitable[list[Figure]]]
    quick: Callable[[Path], Awaitable[list[Figure]]]


def _attack(shape: str) -> Bench:
    return Bench(lambda at: attack.run(shape, attack.Size(), at), lambda at: attack.run(shape, attack.QUICK, at))


def _inbox(engine: str) -> Bench:
    return Bench(lambda at: inbox.run(engine, inbox.Size(), at), lambda at: inbox.run(engine, inbox.QUICK, at))


def _compare(base: Path) -> Bench:
    return Bench(lambda at: compare.run(base, compare.Size(), at), lambda at: compare.run(base, compare.QUICK, at))


BENCHES: Mapping[str, Bench] = {
    "sessions": Bench(lambda at: sessions.run(sessions.Size(), at), lambda at: sessions.run(sessions.QUICK, at)),
    "joining": Bench(lambda at: joining.run(joining.Size(), at), lambda at: joining.run(joining.QUICK, at)),
    "append": Bench(lambda at: append.run(append.Size(), at), lambda at: append.run(append.QUICK, at)),
    "messages": Bench(lambda at: messages.run(messages.Size(), at), lambda at: messages.run(messages.QUICK, at)),
    "intervene": Bench(lambda at: takeover.run(takeover.Size(), at), lambda at: takeover.run(takeover.QUICK, at)),
    "streams": Bench(lambda at: streams.run(streams.Size(), at), lambda at: streams.run(streams.QUICK, at)),
    "click": Bench(lambda at: clicks.run(clicks.Size(), at), lambda at: clicks.run(clicks.QUICK, at)),
    "cluster": Bench(lambda at: cluster.run(cluster.Size(), at), lambda at: cluster.run(cluster.QUICK, at)),
    "desk": Bench(lambda at: desk.run(desk.Size(), at), lambda at: desk.run(desk.QUICK, at)),
    "thread": Bench(lambda at: thread.run(thread.Size(), at), lambda at: thread.run(thread.QUICK, at)),
    **{f"inbox-{engine}": _inbox(engine) for engine in inbox.ENGINES},
    **{f"attack-{shape}": _attack(shape) for shape in attack.SHAPES},
}
GROUPS: Mapping[str, list[str]] = {
    group: [name for name in BENCHES if name.startswith(f"{group}-")] for group in ("inbox", "attack")
}

BY_DEFAULT = [name for name in BENCHES if name not in GROUPS["inbox"]]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", nargs=-1, type=click.Choice([*BENCHES, *GROUPS, "compare"]), metavar="[NAME]...")
@click.option(
    "--base",
    type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path),
    help="Of `compare`: another checkout, with a .venv of its own.",
)
@click.option("--quick", is_flag=True, help="Fewer and shorter rounds: to see that it runs, and little more.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output instead of the table.")
def main(names: tuple[str, ...], base: Path | None, quick: bool, as_json: bool) -> None:
    """Measure Intervene beside floors of the same run: all but inbox by default, which first writes a million events.
    Nothing is asserted but that it works.

    \b
    NAME: sessions, joining, append, messages, intervene, streams, click, cluster, desk, thread, inbox, attack,
    compare, inbox-sqlite, inbox-postgres, or one shape of attack: attack-deaf, attack-leavers, attack-places,
    attack-bursts, attack-typists, attack-brackets, attack-pipeline, attack-garbage

    What is written goes below TMPDIR and is removed; the disk that holds it is the disk that is measured.
    """
    if "compare" in names and base is None:
        raise click.UsageError("compare takes --base PATH.")
    allow_sockets()
    process.pin_load()
    gc.disable()  # a collection would walk every session of the load, in somebody's round
    busy = f"load {os.getloadavg()[0]:.1f} before"
    begun = time.monotonic()
    try:
        chosen = [bench for name in names or BY_DEFAULT for bench in GROUPS.get(name, [name])]
        figures = uvloop.run(_run(chosen, {**BENCHES, "compare": _compare(base or Path())}, quick))
    except asyncio.CancelledError:
        sys.exit(128 + signal.SIGTERM)
    seconds = round(time.monotonic() - begun, 1)
    machine = f"{os.cpu_count()} CPUs, Linux {platform.release()}, Python {platform.python_version()}, {busy}"
    if as_json:
        whole = {"version": intervene.__version__, "machine": machine, "quick": quick, "seconds": seconds}
        print(msgspec.json.format(msgspec.json.encode({**whole, "figures": [*map(record, figures)]})).decode())
    else:
        print(f"{table(figures)}\n\n{machine}; {seconds} s{'; --quick is for a first look' if quick else ''}")


async def _run(names: Sequence[str], benches: Mapping[str, Bench], quick: bool) -> list[Figure]:
    me = asyncio.current_task()
    assert me is not None, "a coroutine runs in a task"
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, me.cancel)  # so that servers are stopped
    figures: list[Figure] = []
    for name in names:
        print(f"{name} ...", end=" ", file=sys.stderr, flush=True)
        begun = time.monotonic()
        with TemporaryDirectory(prefix="intervene-bench-") as directory, anyio.fail_after(LIMIT_SECONDS):
            bench = benches[name]
            try:
                figures += await (bench.quick if quick else bench.whole)(Path(directory))
            except process.Missing as missing:
                print(f"left out: {missing};", end=" ", file=sys.stderr)
        gc.collect()  # the load's own sessions
        print(f"{time.monotonic() - begun:.1f} s", file=sys.stderr)
    return figures


def allow_sockets() -> None:
    """As many descriptors as we may have: here and in the servers, which inherit it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    main()
