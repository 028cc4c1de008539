"""Those who use a session."""

import pytest

from tests.unit.core.session.peer import Peer, as_anna, as_clara


@pytest.fixture
def peer() -> Peer:
    return Peer()


@pytest.fixture
def anna(peer: Peer) -> Peer:
    return peer.joins(as_anna)


@pytest.fixture
def clara() -> Peer:
    return Peer().joins(as_clara)
