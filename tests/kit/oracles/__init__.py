"""Two oracles for whatever has happened to a conversation, used at every level: of the engine, of one server at its
sockets, of nodes under faults, and of the soak. Neither knows what a test has done, and neither uses pytest.

* `database`: the log by itself, and `intervene verify`.
* `people`: what people asked for and were told (`history`), and what they were shown (`screen`), against the log.
"""

from collections.abc import Iterable, Sequence

from tests.kit.oracles.database import judge_log
from tests.kit.oracles.findings import Findings, Log, Session
from tests.kit.oracles.history import Command
from tests.kit.oracles.people import judge_people


def judge(
    conversation: str,
    log: Log,
    sessions: Iterable[Session],
    commands: Sequence[Command],
    told: int | None = None,
    *,
    one_socket_each: bool = True,
) -> Findings:
    """Both, of one conversation; as `judge_people`."""
    return judge_log(conversation, log) + judge_people(
        conversation, log, sessions, commands, told, one_socket_each=one_socket_each
    )
