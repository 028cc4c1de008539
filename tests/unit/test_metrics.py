"""Names of metrics follow the rules of Prometheus, and the docs name only metrics that exist."""

import re
from pathlib import Path
from unittest.mock import MagicMock

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from intervene.edge.metrics import PHASES, Metrics
from intervene.node.metrics import database_figure, engine_figures, hub_figures, membership_figures

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"
NOT_BASE_UNITS = re.compile(r"_(ms|milliseconds|microseconds|minutes|hours|kib|mib|kilobytes|percent|bits)(_|$)")
UNITS = re.compile(r"(seconds|bytes)")


@pytest.fixture(scope="module")
def families() -> dict[str, Metric]:
    """All that a node on PostgreSQL and Redis shows, by name."""
    part = MagicMock()
    metrics = Metrics(CollectorRegistry())
    figures = [
        *engine_figures(part, part, part, part),
        database_figure(lambda: True),
        *membership_figures(part),
        *hub_figures(part),
    ]
    for figure in figures:
        metrics.watch(figure.name, figure.meaning, lambda: 1.0, is_counter=figure.is_counter)
    for phase in PHASES:
        metrics.measure_takeover(phase, 2.0)
    text = generate_latest(metrics.registry).decode()
    found = {family.name: family for family in text_string_to_metric_families(text)}
    del found["intervene_takeover_seconds_created"]  # the library's own, when it began to count
    assert len(found) > len(figures), "some are the edge's own"
    return found


def test_names_are_of_the_product_and_in_base_units(families: dict[str, Metric]) -> None:
    for name, family in families.items():
        assert re.fullmatch(r"intervene_[a-z]+(_[a-z]+)*", name), name
        assert not NOT_BASE_UNITS.search(name), f"{name}: base units are seconds and bytes"
        assert family.documentation, f"{name} has no meaning"
        if unit := UNITS.search(name):
            assert name.endswith(f"_{unit[1]}"), f"{name}: the unit comes last"


def test_counters_end_in_total_and_nothing_else_does(families: dict[str, Metric]) -> None:
    for family in families.values():
        for sample in family.samples:
            assert sample.name.endswith("_total") == (family.type == "counter"), sample.name


def test_phases_of_a_takeover_are_one_histogram_in_seconds(families: dict[str, Metric]) -> None:
    sums = {
        s.labels["phase"]: s.value for s in families["intervene_takeover_seconds"].samples if s.name.endswith("_sum")
    }
    assert sums == dict.fromkeys(PHASES, 0.002)


def test_the_docs_name_only_metrics_that_exist(families: dict[str, Metric]) -> None:
    shown = {sample.name for family in families.values() for sample in family.samples} | families.keys()
    named = set(re.findall(r"`(intervene_[a-z_]+)", OPERATIONS.read_text("utf-8")))
    of_others = {"intervene_node_info", "intervene_workers"}  # the latter is of the sum over workers
    assert named - {*of_others, *families, *(f"{name}_total" for name in families)} <= shown
