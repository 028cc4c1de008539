"""`python -m tests.mutants [--broken-only] [words of a name]`: breaks each rule on purpose, in a copy of the server,
and runs the tests that must notice. Fails if a mutant survives, if one no longer applies, or if the unbroken copy does
not pass; that is asked of the tests of the chosen mutants, and not at all with `--broken-only`.

What only an engine or a database needs runs two at a time; what starts nodes runs alone, so that nothing fails there
for want of a processor.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import SERVER, Mutant

AT_ONCE = 2
LIMIT_SECONDS = 600.0
UNBROKEN_SECONDS = 1800.0
GOODBYE_SECONDS = 30.0  # for servers that a test started
NODES = ("tests/cluster/", "tests/integration/system/")

# The copy must win over the installed package, or every mutant would survive: in the processes that tests start, too.
RUN = """
import subprocess, sys
import intervene, pytest
ask = [sys.executable, "-c", "import intervene; print(intervene.__file__)"]
for file in (intervene.__file__, subprocess.run(ask, cwd="/", capture_output=True, text=True).stdout):
    assert file.startswith(sys.argv[1]), f"the copy is not what is tested: {file}"
sys.exit(pytest.main(sys.argv[2:]))
"""


FAILED = re.compile(r"^(?:FAILED|ERROR) \S+?::(.+?)(?: - (.*))?$", re.MULTILINE)


class Outcome(NamedTuple):
    name: str
    is_as_it_should: bool
    says: str


Job = Callable[[], Outcome]


def run(place: Path, sources: dict[Path, str], tests: Sequence[str], limit: float) -> tuple[int, str]:
    """pytest's exit status and what it printed, with the server copied to `place` and changed there."""
    server = place / "server"
    shutil.copytree(SERVER, server, ignore=shutil.ignore_patterns("__pycache__"))
    for path, text in sources.items():
        (server / path).write_text(text, "utf-8")
    environment = os.environ | {
        "PYTHONPATH": str(server),
        "HYPOTHESIS_STORAGE_DIRECTORY": str(place / "hypothesis"),
        "COLUMNS": "200",  # for pytest to say in its summary what was wrong
    }
    options = ["-x", "-q", "--tb=line", "-p", "no:cacheprovider", f"--basetemp={place / 'tmp'}"]
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, str(server), *options, *tests], cwd=SERVER.parent, env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        output, _ = process.communicate(timeout=limit)
    except BaseException as problem:
        _end(process)
        if not isinstance(problem, subprocess.TimeoutExpired):
            raise
        return -1, f"did not end within {limit:.0f} s"
    return process.returncode, output


def _end(process: "subprocess.Popen[str]") -> None:
    """With the servers that it has started, which it ends itself when it is asked to."""
    process.send_signal(signal.SIGINT)
    try:
        process.communicate(timeout=GOODBYE_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def unbroken(tests: Iterable[str]) -> Outcome:
    with TemporaryDirectory() as place:
        status, output = run(Path(place), {}, sorted(set(tests)), UNBROKEN_SECONDS)
    return Outcome("nothing broken", status == 0, "passes" if status == 0 else output)


def attempt(mutant: Mutant) -> Outcome:
    try:
        sources = mutant.sources()
    except ValueError as problem:
        return Outcome(mutant.name, False, f"does not apply: {problem}")
    with TemporaryDirectory() as place:
        status, output = run(Path(place), sources, mutant.killers, LIMIT_SECONDS)
    if status == 1 and (found := FAILED.search(output)):
        return Outcome(mutant.name, True, f"killed by {found[1]}: {found[2] or 'nothing is said'}")
    return Outcome(mutant.name, False, "SURVIVED" if status == 0 else f"pytest ended with {status}:\n{output}")


def timed(job: Job) -> Outcome:
    began = time.monotonic()
    name, is_as_it_should, says = job()
    return Outcome(name, is_as_it_should, f"{says}, {time.monotonic() - began:.0f} s")


def main(words: str, *, is_broken_only: bool) -> int:
    chosen = [mutant for mutant in MUTANTS if words in mutant.name]
    failed = 0
    for at_once, mutants in (
        (AT_ONCE, [mutant for mutant in chosen if not needs_nodes(mutant)]),
        (1, [mutant for mutant in chosen if needs_nodes(mutant)]),
    ):
        jobs: list[Job] = [partial(attempt, mutant) for mutant in mutants]
        if mutants and not is_broken_only:
            jobs.insert(0, partial(unbroken, [test for mutant in mutants for test in mutant.killers]))
        with ThreadPoolExecutor(at_once) as pool:
            for name, is_as_it_should, says in pool.map(timed, jobs):
                failed += not is_as_it_should
                print(f"{'ok  ' if is_as_it_should else 'FAIL'}  {name}: {says}", flush=True)
    print(f"{len(chosen)} mutants, {failed} failures")
    return 1 if failed else 0


def needs_nodes(mutant: Mutant) -> bool:
    return any(test.startswith(NODES) for test in mutant.killers)


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "--broken-only"]
    sys.exit(main(" ".join(arguments), is_broken_only="--broken-only" in sys.argv))
