"""docs/scale.md says what the model says, and the model what the simulation finds."""

import pytest

from tests.bench.scale import costs, document
from tests.bench.scale.document import BUSY, ERROR, errors
from tests.bench.scale.model import Load, need
from tests.bench.scale.simulation import play


def test_the_tables_of_the_document_are_those_of_the_model() -> None:
    now = document.FILE.read_text("utf-8")
    assert document.written(now) == now, "run python -m tests.bench.scale document"


@pytest.mark.parametrize("messages", [12.0, BUSY])
@pytest.mark.parametrize("sessions", [10_000, 1_000_000])
def test_the_model_is_within_its_error_of_the_simulation(sessions: int, messages: float) -> None:
    """Another seed than the document's."""
    measured = costs.read().costs
    load = Load(sessions, messages_an_hour=messages)
    found = need(load, measured)
    for name, (said, seen) in errors(load, found, play(load, measured, found, messages=6_000, seed=7)).items():
        assert said == pytest.approx(seen, rel=ERROR), name


def test_more_sessions_need_more_of_everything_and_no_part_is_over_its_limit() -> None:
    measured = costs.read().costs
    before = need(Load(1_000), measured)
    for sessions in (10_000, 100_000, 1_000_000, 10_000_000, 100_000_000):
        found = need(Load(sessions), measured)
        assert found.nodes >= before.nodes
        assert found.cells >= before.cells
        assert found.disk_a_day > before.disk_a_day
        assert found.node_cpu <= 0.6
        before = found
