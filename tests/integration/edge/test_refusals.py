"""What an operator learns of tokens that were refused: enough to mend them, and no line for each."""

from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from structlog.testing import capture_logs

from intervene.edge.auth import BadToken, Reason
from intervene.edge.metrics import Metrics
from intervene.edge.token_refusals import TokenRefusals
from tests.integration.edge.conftest import Edge
from tests.kit.peer import Peer


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(CollectorRegistry())


@pytest.mark.parametrize("reason", Reason)
def test_each_reason_is_counted_and_told_with_what_to_mend(metrics: Metrics, reason: Reason) -> None:
    with capture_logs() as logs:
        TokenRefusals(metrics)(BadToken(reason, "nbf is 300.0 s ahead"))
    level = "info" if reason is Reason.EXPIRED else "warning"
    assert logs == [
        {"event": f"a token was refused: {reason.value}", "detail": "nbf is 300.0 s ahead", "log_level": level}
    ]
    shown = f'intervene_token_refusals_total{{reason="{reason.value}"}} 1.0'
    assert shown in generate_latest(metrics.registry).decode()


@pytest.mark.parametrize("path", ["socket", "refresh", "renew", "list"])
async def test_every_door_for_tokens_tells(path: str, edge: Edge, clara: Peer, peer: Peer) -> None:
    token: Any = edge.token("Clara")[:-8] + "AAAAAAAA"
    heard: list[BadToken] = []
    edge.tokens._refused = heard.append
    match path:
        case "socket":
            assert await peer.upgrades() == 101
            peer.says(type="hello", token=token)
            assert await peer.is_closed() == 4500
        case "refresh":
            clara.says(type="refresh", token=token)
            assert await clara.is_closed() == 4500
        case "renew":
            assert (await edge.renew(token)).status == 401
        case _:
            assert (await edge.ask("GET", "/v1/conversations", authorization=f"Bearer {token}")).status == 401
    assert [problem.reason for problem in heard] == [Reason.SIGNATURE]
