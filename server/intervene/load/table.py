"""What a run came to, as text for a terminal."""

from collections.abc import Iterator

from intervene.core.text import printable
from intervene.load.recorder import COUNTS, TIMES
from intervene.load.results import RATES, Latency, Report

COLUMNS = ("50", "90", "99", "99.9", "99.99")
ENDS = {
    "done": "",
    "interrupted": "It was stopped early.",
    "lost": "AT THE END NOTHING OF THE SERVER WAS THERE.",
}  # fmt: skip


def text(report: Report) -> str:
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    processes = f"{report.processes} generator {'process' if report.processes == 1 else 'processes'}"
    sessions = f"{report.inside} of {report.sessions} sessions"
    yield printable(f"{report.scenario}: {report.seconds:.1f} s, {sessions}, {processes}, {', '.join(report.urls)}")
    yield ""
    yield f"  {'milliseconds':22}{'count':>10}" + "".join(f"{f'p{column}':>10}" for column in COLUMNS) + f"{'max':>10}"
    for name in TIMES:
        if name in report.latency:
            yield _row(name, report.latency[name])
    yield ""
    yield from _numbers(report)
    yield from _checks(report)
    yield from _conditions(report)
    for warning in report.warnings:
        yield f"! {printable(warning)}"
    if ENDS[report.ended]:
        yield ENDS[report.ended]
    yield "Every promise was kept." if report.is_kept else "A PROMISE WAS BROKEN."


def _row(name: str, latency: Latency) -> str:
    values = [latency.percentiles[column] for column in COLUMNS]
    return f"  {name:22}{latency.count:>10,}" + "".join(f"{value:>10.2f}" for value in (*values, latency.max))


def _numbers(report: Report) -> Iterator[str]:
    numbers = report.numbers
    for name, of in RATES.items():
        if numbers[of]:
            yield f"  {numbers[of]:>12,.0f}  {COUNTS[of]}, {numbers[name]:,.1f} a second"
    for name in COUNTS:
        if numbers[name] and name not in RATES.values():
            yield f"  {numbers[name]:>12,.0f}  {COUNTS[name]}"
    for what, found in (("answers with an error", report.errors), ("sessions that were closed", report.closes)):
        if found:
            kinds = ", ".join(f"{printable(kind)}: {count:,}" for kind, count in sorted(found.items()))
            yield f"  {sum(found.values()):>12,}  {what} ({kinds})"
    if numbers["server_cpu"] is not None and numbers["server_memory"] is not None:
        memory = numbers["server_memory"] / 1024 / 1024
        yield f"  {numbers['server_cpu']:>12.2f}  processors that the server took, and at most {memory:,.0f} MiB"
    yield f"  {numbers['generator_cpu']:>12.2f}  of a processor, at most, that a generator process took"
    yield ""


def _checks(report: Report) -> Iterator[str]:
    broken = [check for check in report.checks if check.count]
    for check in broken:
        yield f"  {check.count:>12,}  {check.meaning}"
        for example in check.examples:
            yield f"                {printable(example)}"
    if broken:
        yield ""


def _conditions(report: Report) -> Iterator[str]:
    for one in report.conditions:
        value = "nothing was measured" if one.value is None else shown(one.threshold, one.value)
        yield f"  {'holds' if one.holds else 'FAILS':>12}  {printable(one.threshold)} ({value})"
    if report.conditions:
        yield ""


def shown(threshold: str, value: float) -> str:
    """The value that a threshold was held against, in its unit."""
    is_time = threshold.rstrip().endswith("s") and not threshold.rstrip()[-2:].isdecimal()
    return f"{value / 1000:.2f} ms" if is_time else f"{value:,.10g}"
