"""What an operator learns of a token that was refused: a metric by reason, and a line of the log with what to mend,
never the token. The log itself bounds how many lines clients cause (`logs.Limited`)."""

import structlog

from intervene.edge.auth import BadToken, Reason
from intervene.edge.metrics import Metrics

log_ = structlog.get_logger(__name__)


class TokenRefusals:
    """`auth.Tokens` calls it with each."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def __call__(self, problem: BadToken) -> None:
        self._metrics.token_refusals[problem.reason] += 1
        # Tokens end every day; the other reasons are for the person who signs them.
        write = log_.info if problem.reason is Reason.EXPIRED else log_.warning
        # A kind of line for each reason: what clients send does not crowd out what a colleague's clock does.
        write(f"a token was refused: {problem.reason}", detail=problem.detail)
