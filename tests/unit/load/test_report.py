"""[P8] The report: a page that asks for nothing and runs nothing, whatever is written in it, and a table."""

import re
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from intervene.load import table, thresholds
from intervene.load.exchange import Counted, Finished, Slice
from intervene.load.histogram import Histogram
from intervene.load.machine import Taken
from intervene.load.recorder import TIMES
from intervene.load.report import page as pages
from intervene.load.report import plots
from intervene.load.report.page import page
from intervene.load.results import MEANINGS, Report, Results, conditions
from intervene.load.scenario import Scenario

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&\u202e\x1b[31m"
TOKENS = Path(__file__).parents[3] / "client_js" / "ui" / "src" / "styles" / "tokens.ts"


def slice(at: float, name: str, milliseconds: int, **counts: int) -> Slice:
    times = Histogram()
    times.add(milliseconds / 1000)
    counted = Counted(counts=times.counts, total=times.total, largest=times.largest)
    return Slice(at=at, sessions=4, inside=4, cpu=0.1, seconds=0.5, times={name: counted}, counts=counts)


def report(words: str = "mine", broken: int = 0) -> Report:
    results = Results()
    for second in range(12):
        for name in TIMES:
            results.take(slice(second + 0.5, name, 5 + second, due=3, acked=3, delivered=9, takeovers=1))
        results.take_server(second + 0.5, float(second), Taken(cpu=second * 0.5, memory=50_000_000))
    hostile = Slice(at=5.0, sessions=4, inside=4, cpu=0.0, seconds=0.5, errors={words: 2}, closes={words: 1})
    hostile.broken = {"lost": broken} if broken else {}
    results.take(hostile)
    results.finish(Finished(examples={"lost": [words]} if broken else {}, absent=0, problem=words))
    numbers = results.numbers(12.0)
    asked = [thresholds.parse("ack.p99<1ms", TIMES, MEANINGS), thresholds.parse("due>=10", TIMES, MEANINGS)]
    known = {name: value for name, value in numbers.items() if value is not None}
    return Report(
        scenario=words, settings=Scenario(about=words, conversations=2, duration=12), version="0", started=words,
        urls=[words], processes=2, seconds=12.0, ended="done", sessions=4, inside=4, numbers=numbers,
        latency=results.latency(), errors=dict(results.errors), closes=dict(results.closes), checks=results.checks(),
        conditions=conditions([thresholds.judge(one, results.times, known) for one in asked]),
        moments=results.moments(), warnings=[words], is_bottleneck=False,
    )  # fmt: skip


class Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def elements(html: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Elements()
    parser.feed(html)
    return parser.found


@pytest.mark.parametrize("words", ["mine", HOSTILE])
def test_the_page_asks_for_nothing_and_runs_nothing_whatever_is_written_in_it(words: str) -> None:
    """[P6]"""
    html = page(report(words, broken=3))
    found = elements(html)
    assert not {tag for tag, _ in found} & {"script", "img", "link", "iframe", "object", "embed", "a", "form", "base"}
    names = {name for _, attributes in found for name in attributes}
    assert not [name for name in names if name.startswith("on") or name in ("src", "href", "style")]
    (policy,) = [
        str(one["content"]) for tag, one in found if tag == "meta" and "Content-Security-Policy" in one.values()
    ]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "url(" not in html
    assert "@import" not in html
    assert "\x1b" not in html
    assert "\u202e" not in html


def test_hostile_names_change_nothing_of_the_structure_of_the_page() -> None:
    assert [tag for tag, _ in elements(page(report(HOSTILE)))] == [tag for tag, _ in elements(page(report()))]


def test_the_page_has_every_plot_and_says_what_failed() -> None:
    html = page(report(broken=3))
    for title in (
        "Acknowledgement over time", "Distributions", "Throughput", "Takeovers, by phase", "Server: processor",
        "Server: memory",
    ):  # fmt: skip
        assert f"<h2>{title}</h2>" in html
    assert html.count('role="img"') == 7
    assert "A promise was broken" in html
    assert "1 of 2 thresholds failed" in html


def test_a_run_in_which_nothing_was_measured_has_a_page_too() -> None:
    empty = Results()
    bare = msgspec.structs.replace(
        report(), latency={}, moments=[], numbers=empty.numbers(0.0), warnings=[], conditions=[], checks=empty.checks(),
        errors={}, closes={},
    )  # fmt: skip
    assert "Every promise was kept" in page(bare)
    assert "Every promise was kept." in table.text(bare)


def test_the_table_says_what_was_broken_with_examples_and_no_terminal_is_acted_on() -> None:
    text = table.text(report(HOSTILE, broken=3))
    assert text.endswith("A PROMISE WAS BROKEN.")
    assert "FAILS  ack.p99<1ms (16.00 ms)" in text
    assert "holds  due>=10 (" in text
    assert "\x1b" not in text


def test_the_report_can_be_read_from_its_json() -> None:
    whole = report(broken=1)
    assert msgspec.json.decode(msgspec.json.encode(whole), type=Report) == whole


def test_the_colours_are_those_of_the_desk() -> None:
    text = TOKENS.read_text("utf-8")
    theirs = dict(re.findall(r'^  "?([\w-]+)"?: \[("#\w+", "#\w+")\]', text, re.MULTILINE))
    ours = dict(re.findall(r"--([\w-]+): light-dark\((#\w+, #\w+)\)", pages._CSS))
    assert len(ours) > 20
    assert ours == {name: theirs[name].replace('"', "") for name in ours}


def test_a_long_run_has_a_bounded_number_of_moments_and_loses_none_of_its_counts() -> None:
    """[P7]"""
    results = Results()
    for second in range(5000):
        results.take(slice(second, "ack", 1, acked=1))
    moments = results.moments()
    assert len(moments) <= 601
    assert sum(moment.counts["acked"] for moment in moments) == 5000
    assert {moment.seconds for moment in moments} == {16}


@pytest.mark.parametrize("high", [0.3, 1, 7, 99, 12_345, 3e9])
def test_an_axis_has_some_ticks_and_ends_behind_what_it_shows(high: float) -> None:
    for scale in (plots.linear(high), plots.decades(high / 50, high)):
        assert 2 <= len(scale.ticks) <= 8
        assert scale.high >= high * 0.999
        assert 0 <= scale.share(high) <= 1


def test_the_load_says_when_it_is_the_bottleneck_itself() -> None:
    results = Results()
    for second in range(10):
        results.take(msgspec.structs.replace(slice(second, "lag", 30), cpu=0.49))
    signs = results.bottleneck()
    assert "took 98% of a processor" in signs[0]
    assert "30 ms late" in signs[1]
    assert Results().bottleneck() == []
