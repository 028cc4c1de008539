"""`python -m tests.bench.scale measure [--quick] | partitions [--quick] | document [--check] | simulate SESSIONS`"""

import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import uvloop

from tests.bench.scale import costs, document, model, simulation


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """What so many sessions need: measure, calculate, simulate, write docs/scale.md."""


@main.command()
@click.option("--quick", is_flag=True, help="Only to see that it runs: nothing is kept.")
def measure(quick: bool) -> None:
    """Measure the costs on this machine and keep them in costs.json."""
    from tests.bench import __main__ as bench
    from tests.bench import process
    from tests.bench.scale import measuring

    load = os.getloadavg()[0]
    bench.allow_sockets()
    process.pin_load()
    with TemporaryDirectory() as directory:
        size = measuring.QUICK if quick else measuring.Size()
        found = uvloop.run(measuring.measure(size, Path(directory)))
    print(found)
    if not quick:
        machine = (
            f"{os.cpu_count()} shared CPUs, Linux {platform.release()}, Python {platform.python_version()}; two nodes, "
            "PostgreSQL and Redis on one of them"
        )
        day = f"{datetime.now(UTC):%Y-%m-%d}"
        costs.write(costs.Measured(machine=machine, day=day, load=round(load, 1), costs=found))


@main.command("partitions")
@click.option("--quick", is_flag=True, help="Only to see that it runs.")
def compare_partitions(quick: bool) -> None:
    """Measure the append on a log in partitions beside one that is not divided."""
    from tests.bench import __main__ as bench
    from tests.bench.figures import table
    from tests.bench.scale import partitions

    bench.allow_sockets()
    print(table(uvloop.run(partitions.run(partitions.QUICK if quick else partitions.Size()))))


@main.command("document")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if the document differs.")
def write(check: bool) -> None:
    """Write the tables of docs/scale.md."""
    now = document.FILE.read_text("utf-8")
    then = document.written(now)
    if check:
        if now != then:
            sys.exit("docs/scale.md is not what the model says: run python -m tests.bench.scale document")
    else:
        document.FILE.write_text(then, "utf-8")


@main.command()
@click.argument("sessions", type=click.IntRange(100))
@click.option("--messages", default=model.Load(1).messages_an_hour, help="An hour, of a conversation.")
@click.option("--seed", default=1)
def simulate(sessions: int, messages: float, seed: int) -> None:
    """What so many sessions need, by the model, and what the simulation finds there."""
    load, measured = model.Load(sessions, messages_an_hour=messages), costs.read()
    found = model.need(load, measured.costs)
    for part in (found, simulation.play(load, measured.costs, found, seed=seed)):
        print("\n".join(f"{name}: {value:,.3g}" if isinstance(value, float) else f"{name}: {value}"
                        for name, value in part._asdict().items()), end="\n\n")  # fmt: skip


if __name__ == "__main__":
    main()
