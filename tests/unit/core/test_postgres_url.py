"""URLs of PostgreSQL as hosters hand them out: each option works, is passed over, or is refused with a remedy."""

import pytest

from intervene.core.postgres_url import BadUrl, normalise

CA = "/etc/ssl/certs/ca-certificates.crt"
BASE = "postgresql://anna:hunter2@db.example/shop"
FULL = f"{BASE}?sslrootcert={CA.replace('/', '%2F')}&sslmode=verify-full"

SAME = [
    BASE,
    "postgres://anna:hunter2@db.example/shop",
    "postgresql://anna@db.example:5433/shop",
    "postgresql://anna:p%40ss%2Fw%3Ard@db.example/shop",
    "postgresql://anna:hunter2@[::1]:5432/shop",
    "postgresql://anna:hunter2@/shop?host=%2Fvar%2Frun%2Fpostgresql",
    "postgresql://anna:hunter2@%2Fvar%2Frun%2Fpostgresql/shop",
    "postgresql:///shop",
    *(f"{BASE}?sslmode={mode}" for mode in ("disable", "allow", "prefer", "require")),
    f"{BASE}?sslrootcert=%2Fetc%2Fown.crt&sslmode=verify-full",
    f"{BASE}?options=-c%20work_mem%3D8MB",
    f"{BASE}?options=endpoint%3Dep-cool-1",
    f"{BASE}?target_session_attrs=read-write",
    "postgresql://anna:hunter2@one.example:5432,two.example:5432/shop?target_session_attrs=primary",
]

CHANGED = [
    (f"{BASE}?sslmode=require&channel_binding=require", FULL),  # Neon
    (f"{BASE}?channel_binding=prefer&sslmode=require", f"{BASE}?sslmode=require"),
    (f"{BASE}?sslrootcert=system&sslmode=verify-full", FULL),
    (f"{BASE}?sslrootcert=system", FULL),
    (f"{BASE}?sslmode=verify-full", FULL),
    (f"{BASE}?sslmode=no-verify", f"{BASE}?sslmode=require"),  # Heroku
    (f"{BASE}?ssl=true", f"{BASE}?sslmode=require"),
    (f"{BASE}?ssl=require", f"{BASE}?sslmode=require"),
    (f"{BASE}?requiressl=1", f"{BASE}?sslmode=require"),
    (f"{BASE}?sslaccept=strict", FULL),  # PlanetScale, Prisma
    (f"{BASE}?connect_timeout=10&application_name=shop", BASE),
    (f"{BASE}?keepalives=1&keepalives_idle=30&keepalives_interval=5&keepalives_count=3&tcp_user_timeout=9", BASE),
    (f"{BASE}?gssencmode=disable", BASE),
    (f"{BASE}?pgbouncer=false&connection_limit=1&pool_timeout=0&statement_cache_size=0", BASE),
    (f"{BASE}?pool_size=5&max_overflow=2&prepared_statement_cache_size=0", BASE),
    (f"{BASE}?schema=desk", f"{BASE}?search_path=desk"),
    (f"{BASE}?client_encoding=UTF-8&supa=base-pooler.x", BASE),
    ("postgresql+asyncpg://anna:hunter2@db.example/shop", BASE),
    ("postgres://anna:hun@ter2@db.example/shop", "postgres://anna:hun%40ter2@db.example/shop"),
    (
        "postgresql://anna:hunter2@one.example,two.example/shop",
        "postgresql://anna:hunter2@one.example,two.example/shop?target_session_attrs=primary",
    ),
]

REFUSED = [
    (f"{BASE}?pgbouncer=true", "direct"),  # Supabase
    (f"{BASE}?sslmode=sometimes", "one of disable"),
    (f"{BASE}?sslmode=disable&channel_binding=require", "leave out one"),
    (f"{BASE}?gssencmode=require", "use TLS"),
    (f"{BASE}?target_session_attrs=standby", "primary"),
    (f"{BASE}?target_session_attrs=prefer-standby", "primary"),
    (f"{BASE}?hostaddr=10.0.0.1", "as the host"),
    (f"{BASE}?require_auth=scram-sha-256", "pg_hba.conf"),
    (f"{BASE}?replication=database", "leave it out"),
    ("postgresql://anna:hunter2@db.example:99999/shop", "from 1 to 65535"),
    ("postgresql://anna:hunter2@db.example:0/shop", "from 1 to 65535"),
    (f"postgresql://anna:hunter2@db.example:{'9' * 5000}/shop", "from 1 to 65535"),
    ("postgresql://anna:hunter2@one.example,/shop", "between two commas"),
    ("postgresql://anna:hunter2@one.example:5432,,two.example/shop", "between two commas"),
    (f"{BASE}?frobnicate=hunter2", "frobnicate cannot be kept"),
    (f"{BASE}?hunter2%20x=1", "odd name"),
    (f"{BASE}?sslmode=require&sslmode=disable", "twice"),
    (f"{BASE}?sslmode", "no value"),
    ("postgresql://anna:hun/ter2@db.example/shop", "percent-encoded"),
    ("postgresql://anna:hun#ter2@db.example/shop", "percent-encoded"),
    ("postgresql://anna:hun?ter2@db.example/shop", "percent-encoded"),
    ("postgresql://db.example:hunter2/shop", "port"),
    ("postgresql://anna:hunter2@::1/shop", "brackets"),
]


@pytest.mark.parametrize("url", SAME)
def test_what_the_driver_takes_is_left_as_it_is(url: str) -> None:
    assert normalise(url, CA) == url


@pytest.mark.parametrize(("url", "expected"), CHANGED)
def test_what_hosters_append_works_or_is_passed_over(url: str, expected: str) -> None:
    assert normalise(url, CA) == expected
    assert normalise(expected, CA) == expected


@pytest.mark.parametrize(("url", "remedy"), REFUSED)
def test_what_cannot_be_kept_is_refused_with_the_remedy_and_without_the_password(url: str, remedy: str) -> None:
    """[P6]"""
    with pytest.raises(BadUrl, match=remedy) as raised:
        normalise(url, CA)
    assert "hunter2" not in str(raised.value)
    assert "ter2" not in str(raised.value)


def test_without_the_system_s_authorities_their_file_has_to_be_named() -> None:
    with pytest.raises(BadUrl, match="sslrootcert"):
        normalise(f"{BASE}?sslmode=verify-full", None)
