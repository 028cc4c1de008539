"""A node of the release after this one, as far as formats go: `python -m tests.cluster.newer`. It reads what this one
writes. Everything that keeps the format reads it from one place, and only then. It does not wait for the older nodes to
leave, as a release would: what they do with newer rows is what is tested. With the argument `raises` it raises rows to
its format; otherwise it leaves them as they are, and those that it makes say one more.
"""

import os
import sys

from intervene.core.conversation import packing

packing.FORMAT += 1

from intervene import logs  # noqa: E402
from intervene.cluster.membership import Membership  # noqa: E402
from intervene.housekeeping.formats import Formats  # noqa: E402
from intervene.node.serve import serve  # noqa: E402
from intervene.settings import load  # noqa: E402


async def leave_rows_as_they_are(_: Formats) -> None:
    pass


Membership.format = property(lambda self: packing.FORMAT, lambda self, found: None)  # type: ignore[assignment]
if "raises" not in sys.argv:
    Formats.look = leave_rows_as_they_are  # type: ignore[assignment, method-assign]


def main() -> int:
    settings = load(os.environ, None).config
    logs.configure(settings.log_format, settings.log_level)
    return serve(settings)


if __name__ == "__main__":
    sys.exit(main())
