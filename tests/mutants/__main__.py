"""`python -m tests.mutants [words of a name]`: breaks each rule on purpose, in a copy of the server, and runs the tests
that must notice. Fails if a mutant survives, if one no longer applies, or if the unbroken copy does not pass.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.mutants.catalogue import MUTANTS, SERVER, Mutant

AT_ONCE = 2
LIMIT_SECONDS = 600

# The copy must win over the installed package, or every mutant would survive.
RUN = """
import sys
import intervene, pytest
assert intervene.__file__.startswith(sys.argv[1]), f"the copy is not what is tested: {intervene.__file__}"
sys.exit(pytest.main(sys.argv[2:]))
"""


class Outcome(NamedTuple):
    name: str
    is_as_it_should: bool
    says: str


def run(place: Path, sources: dict[Path, str], tests: Sequence[str]) -> tuple[int, str]:
    """pytest's exit status and what it printed, with the server copied to `place` and changed there."""
    server = place / "server"
    shutil.copytree(SERVER, server, ignore=shutil.ignore_patterns("__pycache__"))
    for path, text in sources.items():
        (server / path).write_text(text, "utf-8")
    environment = os.environ | {"PYTHONPATH": str(server), "HYPOTHESIS_STORAGE_DIRECTORY": str(place / "hypothesis")}
    options = ["-x", "-q", "--tb=line", "-p", "no:cacheprovider", f"--basetemp={place / 'tmp'}"]
    try:
        done = subprocess.run(
            [sys.executable, "-c", RUN, str(server), *options, *tests],
            cwd=SERVER.parent, env=environment, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return -1, f"did not end within {LIMIT_SECONDS} s"
    return done.returncode, done.stdout + done.stderr


def unbroken() -> Outcome:
    tests = sorted({test for mutant in MUTANTS for test in mutant.killers})
    with TemporaryDirectory() as place:
        status, output = run(Path(place), {}, tests)
    return Outcome("nothing broken", status == 0, "passes" if status == 0 else output)


def attempt(mutant: Mutant) -> Outcome:
    try:
        sources = mutant.sources()
    except ValueError as problem:
        return Outcome(mutant.name, False, f"does not apply: {problem}")
    with TemporaryDirectory() as place:
        status, output = run(Path(place), sources, mutant.killers)
    if status == 1 and (found := re.search(r"^(?:FAILED|ERROR) \S+::(\S+)", output, re.MULTILINE)):
        return Outcome(mutant.name, True, f"killed by {found[1]}")
    return Outcome(mutant.name, False, "SURVIVED" if status == 0 else f"pytest ended with {status}:\n{output}")


def main(words: str) -> int:
    chosen = [mutant for mutant in MUTANTS if words in mutant.name]
    jobs = [unbroken, *([lambda mutant=mutant: attempt(mutant) for mutant in chosen])]
    failed = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for outcome in pool.map(lambda job: job(), jobs):
            failed += not outcome.is_as_it_should
            print(f"{'ok  ' if outcome.is_as_it_should else 'FAIL'}  {outcome.name}: {outcome.says}", flush=True)
    print(f"{len(chosen)} mutants, {failed} failures")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:])))
