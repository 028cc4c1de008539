"""Placeholders of canned replies; the JavaScript client fills in the same."""

import json
from pathlib import Path

import pytest

from intervene.core.placeholders import fill_in

CASES = json.loads((Path(__file__).parents[2] / "placeholders.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"])
def test_names_are_filled_in_and_all_else_stays(case: dict[str, str]) -> None:
    """[R149]"""
    assert fill_in(case["text"], contact=case["contact"], agent=case["agent"]) == case["filled"]
