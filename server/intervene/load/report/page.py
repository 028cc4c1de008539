"""The page: what matters first, then plots, then all figures. Whatever others wrote is escaped."""

import base64
import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from html import escape
from pathlib import Path

import msgspec

from intervene.core.text import printable
from intervene.load import table
from intervene.load.recorder import TIMES
from intervene.load.report import plots
from intervene.load.report.plots import Series
from intervene.load.results import MEANINGS, Latency, Report

_CSS = (Path(__file__).parent / "report.css").read_text("utf-8")
_HASH = base64.b64encode(hashlib.sha256(_CSS.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"
PHASES = {
    "takeover.committed": "committed",
    "takeover.written": "written to sessions",
    "takeover.seen": "seen by the last",
    "takeover.bot_stopped": "bot's turn ended",
    "takeover.ack": "click to ack",
    "takeover.shown": "click to each session",
}  # fmt: skip
MIB = 1024 * 1024


def page(report: Report) -> str:
    title = f"intervene load: {_text(report.scenario)}"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{title}</title><style>{_CSS}</style></head><body><main>{''.join(_parts(report))}</main></body></html>\n"
    )


def _parts(report: Report) -> Iterator[str]:
    yield _header(report)
    if report.warnings or table.ENDS[report.ended]:
        sentences = [*filter(None, [table.ENDS[report.ended]]), *report.warnings]
        yield f'<section class="warnings wait"><h2>To know</h2><ul>{_items(sentences)}</ul></section>'
    yield _tiles(report)
    yield from _conditions(report)
    yield _promises(report)
    yield f'<div class="pair plots">{"".join(_plots(report))}</div>'
    yield _times(report)
    yield f'<div class="pair">{_counts(report)}{_settings(report)}</div>'


def _header(report: Report) -> str:
    failed = sum(not one.holds for one in report.conditions)
    badges = [("good", "Every promise was kept") if report.is_kept else ("bad", "A promise was broken")]
    if report.conditions:
        badges.append(("bad", f"{failed} of {len(report.conditions)} thresholds failed") if failed else
                      ("good", f"{_plural(len(report.conditions), 'threshold')} held"))  # fmt: skip
    if report.is_bottleneck:
        badges.append(("wait", "The load itself was the bottleneck"))
    if report.ended != "done":
        badges.append(("bad" if report.ended == "lost" else "wait", {"lost": "The server was lost"}.get(
            report.ended, "Stopped early")))  # fmt: skip
    shown_badges = "".join(f'<span class="badge {kind}">{escape(words)}</span>' for kind, words in badges)
    about = f'<p class="about">{_text(report.settings.about)}</p>' if report.settings.about else ""
    facts = (
        f"{report.seconds:.1f} s at {', '.join(report.urls)}, {report.inside:,} of {report.sessions:,} sessions, "
        f"{_plural(report.processes, 'generator process', 'generator processes')}, begun {report.started}"
    )
    return (
        f'<header><h1>{_text(report.scenario)}</h1>{about}<p class="note">{_text(facts)}</p>'
        f'<div class="badges">{shown_badges}</div></header>'
    )


def _tiles(report: Report) -> str:
    numbers, latency = report.numbers, report.latency
    tiles: list[tuple[str, str, str]] = []
    for name, label in (
        ("acked", "messages acknowledged"),
        ("delivered", "deliveries"),
        ("pieces", "pieces of replies"),
    ):
        if numbers[name]:
            tiles.append((_number(numbers[f"{name}_per_second"]), "/s", label))
    for name, label in (("ack", "due to ack"), ("takeover.ack", "click to ack"), ("resume", "cut off to resumed")):
        if name in latency:
            found = latency[name].percentiles
            tiles.append((_number(found["50"]), "ms", f"{label}, median"))
            tiles.append((_number(found["99"]), "ms", f"{label}, p99"))
    if numbers["server_cpu"] is not None:
        tiles.append((_number(numbers["server_cpu"]), "", "processors of the server"))
    tiles.append((_number(numbers["errors"]), "", "errors"))
    return '<section class="tiles" aria-label="At a glance">' + "".join(
        f'<div class="tile"><b>{escape(value)}<small>{escape(unit)}</small></b><span>{escape(label)}</span></div>'
        for value, unit, label in tiles
    ) + "</section>"  # fmt: skip


def _conditions(report: Report) -> Iterator[str]:
    if report.conditions:
        rows = (
            (
                _badge(one.holds, "holds", "fails"),
                _text(one.threshold),
                "nothing was measured" if one.value is None else escape(table.shown(one.threshold, one.value)),
            )
            for one in report.conditions
        )
        yield _section("Thresholds", _table(("", "condition", "measured"), rows, numbers={2}))


def _promises(report: Report) -> str:
    rows = (
        (
            _badge(not check.count, "kept", "broken"),
            _text(check.meaning) + "".join(f"<small>{_text(example)}</small>" for example in check.examples),
            f"{check.count:,}",
        )
        for check in report.checks
    )
    return _section("Promises, checked as it ran", _table(("", "counted", "found"), rows, numbers={2}, words={1}))


def _plots(report: Report) -> Iterator[str]:
    moments, latency = report.moments, report.latency
    for name, title in (("ack", "Acknowledgement over time"), ("delivery", "Delivery over time")):
        if name in latency:
            series = [
                Series(label, [(m.at, m.latency[name][place] if name in m.latency else None) for m in moments])
                for place, label in enumerate(("median", "p99", "longest"))
            ]
            yield _figure(title, _sentence(TIMES[name]), plots.over_time(series, "ms", is_log=True))
    curves = [Series(name, latency[name].curve) for name in TIMES if name in latency and _is_large(name, latency[name])]
    yield _figure(
        "Distributions", "From when a thing was due, to the 99.99th percentile.", plots.distribution(curves[:6], "ms")
    )
    rates = [
        Series(label, [(m.at, m.counts.get(name, 0) / m.seconds) for m in moments[: max(1, len(moments) - 1)]])
        for name, label in (("due", "due"), ("acked", "acknowledged"), ("delivered", "delivered"), ("pieces", "pieces"))
        if report.numbers[name]
    ]
    yield _figure("Throughput", "A second, over all generator processes.", plots.over_time(rates, "/s"))
    phases = [
        (label, latency[name].percentiles["50"], latency[name].percentiles["99"])
        for name, label in PHASES.items()
        if name in latency
    ]
    about = "Median, and below it p99. The first four are the server's own, since the click reached it."
    yield _figure("Takeovers, by phase", about, plots.bars(phases, "ms"))
    server = [m for m in moments if m.server_cpu is not None and m.server_memory is not None]
    cpu = Series("processors", [(m.at, m.server_cpu) for m in server])
    memory = Series("MiB", [(m.at, (m.server_memory or 0) / MIB) for m in server])
    yield _figure("Server: processor", "All its processes on this machine.", plots.over_time([cpu], "processors"))
    yield _figure("Server: memory", "Resident, all its processes on this machine.", plots.over_time([memory], "MiB"))


def _is_large(name: str, latency: Latency) -> bool:
    """Whether it is worth a curve."""
    return latency.count >= 5 and name not in ("takeover.committed", "takeover.written", "takeover.seen", "join")


def _times(report: Report) -> str:
    columns = table.COLUMNS
    rows = (
        (
            f"{escape(name)}<small>{escape(TIMES[name])}</small>",
            f"{found.count:,}",
            *(f"{found.percentiles[column]:,.2f}" for column in columns),
            f"{found.max:,.2f}",
        )
        for name, found in report.latency.items()
    )
    heads = ("", "count", *(f"p{column}" for column in columns), "max")
    return _section("Times, in milliseconds", _table(heads, rows, numbers=set(range(1, len(heads))), words={0}))


def _counts(report: Report) -> str:
    rows = [(_text(MEANINGS[name]), _number(value)) for name, value in report.numbers.items() if value]
    rows += [(f"answers with {_text(code)}", f"{count:,}") for code, count in sorted(report.errors.items())]
    rows += [(f"sessions closed with {_text(code)}", f"{count:,}") for code, count in sorted(report.closes.items())]
    return _section("Counts", _table(("", ""), rows, numbers={1}, words={0}))


def _settings(report: Report) -> str:
    found = msgspec.to_builtins(report.settings)
    rows = []
    for key, value in found.items():
        if isinstance(value, dict):
            rows += [(f"{key}.{name}", str(one)) for name, one in value.items()]
        elif key != "about":
            rows.append((key, str(value)))
    rows.append(("version of the generator", report.version))
    return _section("Scenario", _table(("", ""), [(_text(key), _text(value)) for key, value in rows], numbers={1}))


# -- pieces ------------------------------------------------------------------------------------------------------------


def _section(title: str, inside: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{inside}</section>"


def _figure(title: str, about: str, plot: str) -> str:
    if not plot:
        return ""
    return f"<figure><figcaption><h2>{escape(title)}</h2><p>{escape(about)}</p></figcaption>{plot}</figure>"


def _table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: Collection[int], words: Collection[int] = ()
) -> str:
    """Cells are HTML."""

    def cells(tag: str, row: Sequence[str]) -> str:
        kinds = ("n" if at in numbers else "words" if at in words else "" for at in range(len(row)))
        return "".join(
            f'<{tag} class="{kind}">{cell}</{tag}>' if kind else f"<{tag}>{cell}</{tag}>"
            for kind, cell in zip(kinds, row, strict=True)
        )

    head = f"<thead><tr>{cells('th', [escape(one) for one in heads])}</tr></thead>" if any(heads) else ""
    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return f'<div class="scroll" tabindex="0"><table>{head}<tbody>{body}</tbody></table></div>'


def _badge(is_good: bool, good: str, bad: str) -> str:
    return f'<span class="badge {"good" if is_good else "bad"}">{good if is_good else bad}</span>'


def _items(sentences: Iterable[str]) -> str:
    return "".join(f"<li>{_text(sentence)}</li>" for sentence in sentences)


def _text(words: str) -> str:
    return escape(printable(words))


def _number(value: float | None) -> str:
    if value is None:
        return "?"
    return (
        f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:,.1f}" if value >= 10 else f"{value:.2f}"
    )


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _plural(count: int, one: str, more: str = "") -> str:
    return f"{count} {one if count == 1 else more or one + 's'}"
