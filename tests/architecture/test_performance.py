"""docs/performance.md says what docs/performance.json holds: nobody has typed a figure."""

from tests.bench.peers import page, report, results


def test_the_page_of_performance_has_the_figures_that_were_measured() -> None:
    text = page.PAGE.read_text("utf-8")
    found = results.read(page.DATA)
    assert sorted(page.blocks(text)) == sorted(page.BLOCKS)
    assert {row.group for row in found.rows} == set(report.TABLES), "all that the page speaks of was measured"
    assert page.rendered(text, found) == text, "write it anew: python -m tests.bench.peers.page"


def test_the_plots_show_what_was_measured() -> None:
    for name, plot in page.drawn(results.read(page.DATA)).items():
        assert f"({name})" in page.PAGE.read_text("utf-8"), name
        assert (page.DOCS / name).read_text("utf-8") == plot, f"{name}: python -m tests.bench.peers.page"
