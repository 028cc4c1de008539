"""A skipped test is a promise nobody checked: it fails the run, unless ALLOW_SKIPS is set."""

import os

import pytest


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
