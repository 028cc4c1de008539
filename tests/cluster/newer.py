"""A node of the release after this one, as far as formats go: `python -m tests.cluster.newer`. It reads what this one
writes, and what it writes says one more. Everything that keeps the format reads it from one place, and only then.
"""

import os
import sys

from intervene.core.conversation import packing

packing.FORMAT += 1

from intervene import logs  # noqa: E402
from intervene.node.serve import serve  # noqa: E402
from intervene.settings import load  # noqa: E402


def main() -> int:
    settings = load(os.environ, None).config
    logs.configure(settings.log_format, settings.log_level)
    return serve(settings)


if __name__ == "__main__":
    sys.exit(main())
