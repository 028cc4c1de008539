"""The tables, in Markdown, from what was measured."""

from collections.abc import Callable, Sequence

from tests.bench.peers.results import (
    CLICKS,
    FANOUT,
    JOINS,
    PIECES,
    ROOMS,
    STREAMS,
    Results,
    cell,
    percent,
    short,
    table,
)  # fmt: skip

OURS, FLOOR, COALESCING, RELAY = "intervene", "floor", "coalesce", "socketio"
BUSY = 0.85  # of its core: the load may be what bounds a rate
"""Where the load itself was that busy, a rate is marked."""


def fanout_table(results: Results) -> str:
    head = [
        "1 to 1,000", "CPU us a delivery, one at a time", "efficiency", "deliveries/s", "CPU us, 16 under way",
        "efficiency to coalescing", "deliveries/s", "60 messages/s: p50, p99 ms",
    ]  # fmt: skip

    def row(peer: str) -> list[str]:
        def values(figure: str) -> Sequence[float]:
            return [*results.values(FANOUT, peer, figure).values()]

        def efficiency(figure: str, base: str) -> str:
            return cell(1 / ratio for ratio in results.ratios(FANOUT, figure, peer, base))

        return [
            cell(values("one_cpu")), efficiency("one_cpu", FLOOR), _rate(values("one_rate"), values("one_load")),
            cell(values("many_cpu")), efficiency("many_cpu", COALESCING),
            _rate(values("many_rate"), values("many_load")),
            f"{cell(values('paced_p50'))}, {cell(values('paced_p99'))}",
        ]  # fmt: skip

    return _table(results, FANOUT, head, row)


def rooms_table(results: Results) -> str:
    head = [
        "rooms of three", "full load: CPU us a message", "times socket.io's", "times the floor's", "messages/s",
        "half load: CPU us", "times socket.io's at full load", "messages/s", "ack p50, p99 ms", "delivery p50, p99 ms",
    ]  # fmt: skip

    def row(peer: str) -> list[str]:
        def values(figure: str) -> Sequence[float]:
            return [*results.values(ROOMS, peer, figure).values()]

        def times(figure: str, base: str) -> str:
            return cell(results.ratios(ROOMS, figure, peer, base, "full_cpu"))

        acks = f"{cell(values('half_ack_p50'))}, {cell(values('half_ack_p99'))}"
        return [
            cell(values("full_cpu")), times("full_cpu", RELAY), times("full_cpu", FLOOR),
            _rate(values("full_rate"), values("full_load")), cell(values("half_cpu")), times("half_cpu", RELAY),
            cell(values("half_rate")), acks if any(values("half_ack_p50")) else "none",
            f"{cell(values('half_p50'))}, {cell(values('half_p99'))}",
        ]  # fmt: skip

    return _table(results, ROOMS, head, row)


def joins_table(results: Results) -> str:
    head = [
        "sessions", "CPU us to come", "times socket.io's", "hello alone: CPU us", "KiB each", "hello alone: KiB",
        "10,000 idle: core",
    ]  # fmt: skip

    def row(peer: str) -> list[str]:
        def values(figure: str) -> Sequence[float]:
            return [*results.values(JOINS, peer, figure).values()]

        return [
            cell(values("cpu")), cell(results.ratios(JOINS, "cpu", peer, RELAY)), cell(values("hello_cpu")),
            cell(values("kib")), cell(values("hello_kib")), cell(values("idle_core"), percent),
        ]  # fmt: skip

    shown = _table(results, JOINS, head, row)
    back = {at: [*results.values(JOINS, OURS, at).values()] for at in ("ready_s", "half_back_s", "back_s")}
    if not back["back_s"]:
        return shown
    ready, half, whole = (cell(values) for values in back.values())
    return f"{shown}\n\nAfter `kill -9`: ready in {ready} s, half of the sessions back in {half} s, all in {whole} s."


def clicks_table(results: Results) -> str:
    head = [
        "click on Intervene", "ack p50, p99 ms", "all three sessions have it", "the bot has ended",
        "commit + round trip", "ratio p50", "ratio p99", "server's core",
    ]  # fmt: skip

    def values(figure: str) -> list[float]:
        return [*results.values(CLICKS, OURS, figure).values()]

    def both(figure: str) -> str:
        return f"{cell(values(f'{figure}_p50'))}, {cell(values(f'{figure}_p99'))}"

    def row(when: str, title: str) -> list[str]:
        return [
            title, both(f"{when}_ack"), both(f"{when}_seen"), both(f"{when}_bot_stopped"), both(f"{when}_floor"),
            cell(values(f"{when}_ratio_p50")), cell(values(f"{when}_ratio_p99")),
            cell(values(f"{when}_core"), percent),
        ]  # fmt: skip

    if not values("idle_ack_p50"):
        return ""
    rate = cell(values("loaded_rate"))
    return table(head, [row("idle", "idle"), row("loaded", f"50 streams, {rate} messages/s")])


def pieces_table(results: Results) -> str:
    head = ["streams", "pieces/s", "CPU us a piece", "word to screens p50, p99 ms", "server's core"]

    def values(figure: str) -> list[float]:
        return [*results.values(PIECES, OURS, figure).values()]

    return table(
        head,
        [
            [
                str(streams), cell(values(f"{streams}_pieces")), cell(values(f"{streams}_cpu")),
                f"{cell(values(f'{streams}_p50'))}, {cell(values(f'{streams}_p99'))}",
                cell(values(f"{streams}_core"), percent),
            ]
            for streams in STREAMS
            if values(f"{streams}_cpu")
        ],
    )  # fmt: skip


def _table(results: Results, group: str, head: Sequence[str], row: Callable[[str], list[str]]) -> str:
    """Of the peers that have a row in this group."""
    present = {found.peer for found in results.rows if found.group == group}
    return table(head, [[title, *row(peer)] for peer, title in results.peers.items() if peer in present])


def _rate(values: Sequence[float], busy: Sequence[float]) -> str:
    """With a mark where the load was the bottleneck, so that the server might do more."""
    return cell(values, short) + (" (load's bound)" if busy and max(busy) > BUSY else "")


TABLES: dict[str, Callable[[Results], str]] = {
    FANOUT: fanout_table,
    ROOMS: rooms_table,
    JOINS: joins_table,
    CLICKS: clicks_table,
    PIECES: pieces_table,
}
