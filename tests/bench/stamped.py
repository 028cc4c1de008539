"""`python -m tests.bench.stamped COMMAND`: `intervene COMMAND`, where each piece of a streamed reply begins with the
moment at which it was given to the engine: microseconds of the machine's monotonic clock, between two `@`.
"""

import time
from typing import Any

from msgspec.structs import replace

from intervene import start
from intervene.core.conversation.turns import AddPiece
from intervene.core.text import piece_text
from intervene.engine.engine import Engine


def stamp_pieces() -> None:
    submit = Engine.submit

    def stamped(self: Engine, key: Any, command: Any, *rest: Any) -> None:
        if isinstance(command, AddPiece):
            command = replace(command, text=piece_text(f"@{time.monotonic_ns() // 1000}@{command.text}"))
        submit(self, key, command, *rest)

    Engine.submit = stamped  # type: ignore[method-assign, assignment]


if __name__ == "__main__":
    stamp_pieces()
    start.main()
