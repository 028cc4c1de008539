"""The benches of the cluster, for the long runs."""

from tests.cluster.conftest import bench, own_bench, own_postgres, pytest_runtest_makereport

__all__ = ["bench", "own_bench", "own_postgres", "pytest_runtest_makereport"]
