"""`python -m tests.bench.peers [--quick] [--peers NAMES] [--groups NAMES] [--rounds N] [--into FILE]`"""

import asyncio
import gc
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, TypeVar

import click
import uvloop

from tests.bench import process
from tests.bench.__main__ import allow_sockets
from tests.bench.peers import clicks, fanout, joins, machine, page, pieces, report, results, rooms
from tests.bench.peers.load import Failed
from tests.bench.peers.metering import first_of_all
from tests.bench.peers.ours import Native, Ours
from tests.bench.peers.relays import RELAYS, Peer
from tests.bench.peers.results import Results, Row

_ALL: Sequence[Peer] = (Ours(), Native(), *RELAYS)
PEERS: Mapping[str, Peer] = {peer.key: peer for peer in _ALL}
_Size = TypeVar("_Size")
TRIES = 2  # of one peer in one round: a server that does not come up, or a machine that hangs


class Group(NamedTuple):
    """`is_ours`: the peers have nothing like it. `has_native`: what our part in C does is in it."""

    whole: Callable[[Peer, Path], Awaitable[dict[str, float]]]
    quick: Callable[[Peer, Path], Awaitable[dict[str, float]]]
    is_ours: bool = False
    has_native: bool = False

    def takes(self, peer: Peer) -> bool:
        return self.has_native if isinstance(peer, Native) else isinstance(peer, Ours) or not self.is_ours


def _group(
    measure: Callable[[Peer, _Size, Path], Awaitable[dict[str, float]]],
    whole: _Size,
    quick: _Size,
    is_ours: bool = False,
    has_native: bool = False,
) -> Group:
    return Group(
        lambda peer, at: measure(peer, whole, at), lambda peer, at: measure(peer, quick, at), is_ours, has_native
    )


GROUPS: Mapping[str, Group] = {
    results.FANOUT: _group(fanout.measure, fanout.Size(), fanout.QUICK, has_native=True),
    results.ROOMS: _group(rooms.measure, rooms.Size(), rooms.QUICK),
    results.JOINS: _group(joins.measure, joins.Size(), joins.QUICK),
    results.CLICKS: _group(clicks.measure, clicks.Size(), clicks.QUICK, is_ours=True),
    results.PIECES: _group(pieces.measure, pieces.Size(), pieces.QUICK, is_ours=True),
}


def _names(known: Mapping[str, object]) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    def chosen(_context: click.Context, _parameter: click.Parameter, value: str) -> list[str]:
        names = value.split(",") if value else [*known]
        if unknown := [name for name in names if name not in known]:
            raise click.BadParameter(f"{', '.join(unknown)}: not one of {', '.join(known)}")
        return [name for name in known if name in names]

    return chosen


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--quick", is_flag=True, help="Fewer sessions and shorter windows: for a look at one change.")
@click.option("--peers", default="", callback=_names(PEERS), help=f"Beside Intervene, of: {', '.join(PEERS)}.")
@click.option("--groups", default="", callback=_names(GROUPS), help=f"What is measured, of: {', '.join(GROUPS)}.")
@click.option("--rounds", default=0, help="Rounds; 3 by default, 5 with --quick.")
@click.option("--into", type=click.Path(dir_okay=False, path_type=Path), help="Add the rounds to those of this file.")
@click.option("--docs", is_flag=True, help="Write docs/performance.md, its data and plots, from these rounds alone.")
def main(quick: bool, peers: list[str], groups: list[str], rounds: int, into: Path | None, docs: bool) -> None:
    """Measure Intervene beside its peers. What cannot be started here is named and left out."""
    if docs and (quick or into):
        raise click.UsageError("--docs is for whole rounds, in a file of their own.")
    if docs:
        (into := page.DATA).unlink(missing_ok=True)
    allow_sockets()
    process.pin_load()
    gc.disable()  # a collection would be in some peer's round
    found = results.read(into) if into else Results()
    chosen = _present([PEERS[name] for name in PEERS if name in peers or name == Ours.key], found)
    begun, busy = time.monotonic(), os.getloadavg()[0]
    found.machine |= machine.facts()
    with first_of_all():
        for group in groups:
            uvloop.run(_rounds(group, GROUPS[group], chosen, rounds or (5 if quick else 3), quick, found))
            if into:
                results.write(into, found)
            print(f"{report.TABLES[group](found)}\n", flush=True)
    found.loads += [round(busy, 1), round(os.getloadavg()[0], 1)]
    print(f"load {busy:.1f} before, {found.loads[-1]} after; {time.monotonic() - begun:.0f} s", file=sys.stderr)
    if into:
        results.write(into, found)
    if docs:
        page.main()


def _present(peers: Sequence[Peer], found: Results) -> list[Peer]:
    present = []
    for peer in peers:
        try:
            found.versions[peer.key] = peer.version()
        except process.Missing as missing:
            found.missing[peer.key] = str(missing)
            print(f"{peer.key} is left out: there is no {missing}", file=sys.stderr)
        else:
            present.append(peer)
    keys = {peer.key: peer.title for peer in peers if peer in present} | found.peers
    found.peers = {key: keys[key] for key in PEERS if key in keys}
    return present


async def _rounds(name: str, group: Group, peers: Sequence[Peer], count: int, quick: bool, found: Results) -> None:
    me = asyncio.current_task()
    assert me is not None, "a coroutine runs in a task"
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, me.cancel)  # so that servers are stopped
    first = found.next_round(name)
    for round in range(first, first + count):
        print(f"{name}, round {round + 1 - first} of {count}:", end="", file=sys.stderr, flush=True)
        peers = [peer for peer in peers if group.takes(peer)]
        turn = round % len(peers)
        for peer in (*peers[turn:], *peers[:turn]):
            print(f" {peer.key}", end="", file=sys.stderr, flush=True)
            if figures := await _figures(group.quick if quick else group.whole, peer):
                kept = {figure: float(f"{value:.4g}") for figure, value in figures.items()}
                found.rows.append(Row(name, peer.key, round, kept))
        print(file=sys.stderr)


async def _figures(measure: Callable[[Peer, Path], Awaitable[dict[str, float]]], peer: Peer) -> dict[str, float]:
    """Nothing, if it is another's server that fails."""
    for rest in reversed(range(TRIES)):
        try:
            with TemporaryDirectory(prefix="intervene-peers-") as directory:
                return await measure(peer, Path(directory) / peer.key)
        except Failed as failed:
            print(f" [{failed}]", end="", file=sys.stderr, flush=True)
            if not rest and peer.key == Ours.key:
                raise
        finally:
            gc.collect()
    return {}


if __name__ == "__main__":
    main()
