"""As `raised.py`, with the part in C that writes to crowds: `python -m tests.bench.peers.native serve`."""

import sys

from tests.bench.peers import building, raised

assert raised.ANY, "limits are raised by the import"
sys.path.insert(0, str(building.crowd().parent))

if __name__ == "__main__":
    from intervene.start import main

    main()
