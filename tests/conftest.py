"""Rules for all tests.

* A skipped test is a promise that nothing checked: it fails the run, unless ALLOW_SKIPS is set.
* `make test` runs several processes. Each has a PostgreSQL, a range of ports and temporary folders of its own; what
  must not run beside its like is in `ONE_AT_A_TIME`.
"""

import os

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.kit.browser import share_loop

ONE_AT_A_TIME = {
    "tests/integration/deploy/": "image",  # built once, from wheels that all runs share
    "tests/cluster/": "nodes",  # several nodes under load, whose people wait no longer than the docs promise
}
"""Where tests are -> their group. A group runs in one process, one test after the other."""


class InGroups(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return next((group for folder, group in ONE_AT_A_TIME.items() if nodeid.startswith(folder)), nodeid)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The same order in all processes, also where a list of parameters is a set."""
    items.sort(key=lambda item: (item.path, item.location[1] or 0, item.nodeid))
    share_loop(items)


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
