"""`python -m tests.slow.fuzz NAME ... [--minutes 20] [--seed S]`"""

import os
import sys

import click

from tests.slow.fuzz import TARGETS
from tests.slow.fuzz.guide import KEPT, Found, Search, smaller


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", nargs=-1, type=click.Choice(list(TARGETS)), metavar=f"[{'|'.join(TARGETS)}]...")
@click.option("--minutes", default=20.0, show_default=True, help="For each.")
@click.option("--seed", default=lambda: os.urandom(4).hex(), help="The same one tries the same inputs.")
def main(names: tuple[str, ...], minutes: float, seed: str) -> None:
    """Look for inputs that break a rule of the decoders which strangers reach: all of them by default.

    What is found is kept below tests/slow/fuzz/found, cut to what matters, and every run tries it first.
    """
    is_clean = True
    for name in names or TARGETS:
        print(f"{name}: {minutes:g} minutes, --seed {seed}", flush=True)
        is_clean &= _fuzz(name, minutes, seed)
    sys.exit(not is_clean)


def _fuzz(name: str, minutes: float, seed: str) -> bool:
    target = TARGETS[name]()
    search = Search(target, seed)
    try:
        search.begin()
        search.go_on_for(60 * minutes, lambda line: print(line, flush=True))
    except Found as found:
        print(found, flush=True)
        data = smaller(TARGETS[name], found.data)
        KEPT.mkdir(exist_ok=True)
        file = KEPT / f"{name}-{seed}"
        file.write_bytes(data)
        print(f"{file}: {data[:500]!r}", flush=True)
        return False
    finally:
        target.close()
    return True


if __name__ == "__main__":
    main()
