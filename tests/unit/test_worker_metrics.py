"""What several workers show, added up as one."""

from unittest.mock import MagicMock

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families

from intervene.edge.metrics import Metrics
from intervene.node.metrics import database_figure, engine_figures, hub_figures, membership_figures
from intervene.worker_metrics import GREATEST, LEAST, added

ADD_UP = {
    "intervene_http_connections",
    "intervene_hub_channels",
    "intervene_hub_waiting",
    "intervene_reads_running",
    "intervene_reads_waiting",
    "intervene_sessions",
    "intervene_sockets",
    "intervene_takeover_seconds_created",
    "intervene_turns",
    "intervene_turns_outliving_their_cancel",
}


def worker(*, count: int, gauge: int, is_up: int, took: float) -> dict[str, Metric]:
    registry = CollectorRegistry()
    Counter("answers", "Answers", ["code"], registry=registry).labels(f"{200 + count}").inc(count)
    Counter("commits", "Commits", registry=registry).inc(count)
    Gauge("intervene_sockets", "Sockets", registry=registry).set(gauge)
    Gauge("intervene_hub_up", "Up", registry=registry).set(is_up)
    Gauge("intervene_nodes_alive", "Nodes", registry=registry).set(gauge)
    Histogram("took_seconds", "Took", registry=registry, buckets=(1.0, 2.0)).observe(took)
    return {family.name: family for family in text_string_to_metric_families(generate_latest(registry).decode())}


def test_counters_gauges_and_histograms_of_workers_add_up() -> None:
    shown = {
        (sample.name, *sample.labels.values()): sample.value
        for family in added([worker(count=2, gauge=3, is_up=1, took=0.5), worker(count=5, gauge=1, is_up=0, took=1.5)])
        for sample in family.samples
    }
    assert shown["commits_total",] == 7
    assert (shown["answers_total", "202"], shown["answers_total", "205"]) == (2, 5)
    assert shown["intervene_sockets",] == 4
    assert shown["intervene_hub_up",] == 0, "only if it is up for all"
    assert shown["intervene_nodes_alive",] == 3, "all see the same nodes, some a little later"
    buckets = [shown["took_seconds_bucket", limit] for limit in ("1.0", "2.0", "+Inf")]
    assert (buckets, shown["took_seconds_count",], shown["took_seconds_sum",]) == ([1, 2, 2], 2, 2.0)


def test_each_gauge_of_a_node_adds_up_or_is_named_as_one_that_does_not() -> None:
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
    families = text_string_to_metric_families(generate_latest(metrics.registry).decode())
    gauges = {family.name for family in families if family.type == "gauge"} - {"intervene_node_info"}
    assert gauges == ADD_UP | LEAST | GREATEST
