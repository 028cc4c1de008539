"""A short search of each decoder, the same every time; `make nightly` goes on for long, and elsewhere each time."""

import pytest

from tests.kit.examples import examples
from tests.slow.fuzz import TARGETS
from tests.slow.fuzz.guide import Search

TRIES = {
    "heads": 3000,
    "bodies": 1500,
    "hello": 1500,
    "frames": 800,
    "decode": 15_000,
    "tokens": 3000,
    "settings": 5000,
}


@pytest.mark.parametrize("name", TRIES)
def test_no_input_breaks_the_rules_of_a_decoder(name: str) -> None:
    """[P7] Whatever a stranger sends: an error of ours, and no more work than the bytes pay for."""
    target = TARGETS[name]()
    try:
        search = Search(target, "the same every time")
        search.begin()
        search.go_on(examples(TRIES[name]))
    finally:
        target.close()
