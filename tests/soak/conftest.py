"""The benches of the cluster, for the long runs."""

from tests.cluster.conftest import own_bench, own_postgres, pytest_runtest_makereport

__all__ = ["own_bench", "own_postgres", "pytest_runtest_makereport"]
