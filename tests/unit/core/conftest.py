"""Who is in the room, for every test of the core that asks for them."""

import pytest

from tests.unit.core.play import Person, Play


@pytest.fixture
def play() -> Play:
    """A new conversation: the inbound bot holds control and its first turn runs."""
    return Play()


@pytest.fixture
def anna(play: Play) -> Person:
    return play.agent("Anna")


@pytest.fixture
def ben(play: Play) -> Person:
    return play.agent("Ben")


@pytest.fixture
def sara(play: Play) -> Person:
    return play.supervisor("Sara")
