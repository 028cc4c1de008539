"""How often one address may ask."""

import pytest

from intervene.edge import throttle
from intervene.edge.throttle import Throttle, network


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::"),
        ("", ""),
        ("not an address", "not an address"),
    ],
)
def test_an_address_counts_with_its_network(address: str, counted: str) -> None:
    assert network(address) == counted


def test_each_address_has_its_own_bucket() -> None:
    limit = Throttle(burst=2, per_second=1.0)
    assert [limit.take("a", 0.0) for _ in range(3)] == [0.0, 0.0, 1.0]
    assert limit.take("b", 0.0) == 0.0
    assert limit.take("a", 1.0) == 0.0


def test_the_table_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """[P7] Who asked longest ago is forgotten."""
    monkeypatch.setattr(throttle, "ADDRESSES", 3)
    limit = Throttle(burst=1, per_second=0.001)
    for address in "abac":
        limit.take(address, 0.0)
    limit.take("d", 0.0)
    assert list(limit._buckets) == ["a", "c", "d"]
    assert limit.take("a", 0.0) > 0
    assert limit.take("b", 0.0) == 0
