"""A server whose housekeeping ends by itself once the file `now` is in its data directory: `raises`, or `returns`."""

import os
import sys

import anyio

from intervene import logs
from intervene.housekeeping.housekeeping import Housekeeping
from intervene.node.serve import serve
from intervene.settings import load


def main(how: str) -> int:
    settings = load(os.environ, None).config
    logs.configure(settings.log_format, settings.log_level)

    async def run(_: Housekeeping) -> None:
        while not await anyio.Path(settings.data / "now").exists():  # noqa: ASYNC110  # a file has no event
            await anyio.sleep(0.05)
        if how == "raises":
            raise ValueError("no such thing")

    Housekeeping.run = run  # type: ignore[assignment, method-assign]
    return serve(settings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
