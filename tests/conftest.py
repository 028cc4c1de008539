"""Rules for all tests.

* A skipped test is a promise that nothing checked: it fails the run, unless ALLOW_SKIPS is set.
* Their order is random: `--randomly-seed=...`, as a run printed it, repeats one, `-p no:randomly` leaves them as they
  are written. What takes long is begun first, so that nothing is waited for alone at the end, and is mixed: nodes wait
  for their timers while browsers need the processor.
* `make test` runs several processes. Each has a PostgreSQL, a range of ports and temporary folders of its own; what
  must not run beside its like is in `ONE_AT_A_TIME`.
"""

import gc
import os
from collections.abc import Generator

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.kit.browser import share_loop
from tests.kit.examples import examples
from tests.kit.limits import FACTOR
from tests.kit.logs import plain
from tests.kit.postgres import postgres, postgres_url

__all__ = ["postgres", "postgres_url"]  # fixtures: here, all tests of a process share one server

ONE_AT_A_TIME = {"tests/integration/deploy/": "image"}  # built once, from wheels that all runs share
"""Where tests are -> their group. A group runs in one process, one test after the other."""
if FACTOR == 1.0:
    ONE_AT_A_TIME["tests/cluster/"] = "nodes"  # under load, and their people wait no longer than the docs promise

SLOW = {"tests/integration/deploy/": {"image", "built"}}  # an image and a package: minutes to build
"""Where tests are -> fixtures of those that `make test` leaves out."""

SLOW_FILES = (
    "tests/cluster/test_clocks.py",
    "tests/cluster/test_crowds.py",
    "tests/cluster/test_postgres_faults.py",
    "tests/cluster/test_redis_faults.py",
    "tests/cluster/test_stranded.py",
)
"""What else it leaves out: each kind of fault by itself. All that promise anything are run with the faults."""

WITH_FAULTS = (
    "tests/cluster/",
    "tests/integration/system/test_restarts.py",
    "tests/integration/system/test_sqlite_outage.py",
    "tests/integration/adapters/redis/test_redis_faults.py",
)
"""Where something is killed, hung or cut off, and what happens then is a matter of timing."""

MINUTES_LONG = ("tests/cluster/test_views.py::test_views_are_what_a_fresh_read_is_after_ten_thousand_operations",)
"""What stands there and only takes long: `make test-all` by itself runs it."""

gc.disable()  # until all tests are collected, which stay: to look at them again and again took a second of eight

settings.register_profile("ours", deadline=None, max_examples=examples(100))  # a busy machine is slow
settings.load_profile("ours")
plain()

BEGUN_FIRST = ("tests/cluster/", "tests/integration/deploy/", "tests/integration/system/", "tests/e2e/")


class InGroups(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return next((group for folder, group in ONE_AT_A_TIME.items() if nodeid.startswith(folder)), nodeid)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None, None, None]:
    items.sort(key=lambda item: (item.path, item.location[1] or 0, item.nodeid))  # some are made for members of a set
    for item in items:
        _mark(item)
    yield
    items.sort(key=lambda item: not item.nodeid.startswith(BEGUN_FIRST))
    share_loop(items)


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def _mark(item: pytest.Item) -> None:
    fixtures = set(getattr(item, "fixturenames", ()))
    if any(item.nodeid.startswith(folder) and fixtures & named for folder, named in SLOW.items()):
        item.add_marker(pytest.mark.slow)
    if item.nodeid.startswith(SLOW_FILES):
        item.add_marker(pytest.mark.slow)
    if item.nodeid.startswith(WITH_FAULTS) and not item.nodeid.startswith(MINUTES_LONG):
        item.add_marker(pytest.mark.faults)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> InGroups:
    return InGroups(config, log)


def _skipped(config: pytest.Config) -> list[str]:
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is None or os.environ.get("ALLOW_SKIPS"):
        return []
    return [report.nodeid for report in terminal.stats.get("skipped", ())]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.exitstatus == pytest.ExitCode.OK and _skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if skipped := _skipped(terminalreporter.config):
        terminalreporter.write_line(
            f"Failed, because these were skipped: {', '.join(skipped)}. ALLOW_SKIPS=1 lets them pass.", red=True
        )
