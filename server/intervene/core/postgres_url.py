"""The URL of a PostgreSQL database as hosters hand it out, brought to what our driver takes.

Each option works, or is passed over because ours counts or nothing depends on it, or is refused with a sentence that
says what to do. Such a sentence never has anything of the URL but the name of an option: there is a password in it.
"""

import re
from urllib.parse import parse_qsl, quote, unquote, urlencode

# What the driver knows by itself.
_KNOWN = {
    "host", "port", "dbname", "database", "user", "password", "passfile", "service", "sslmode", "sslcert", "sslkey",
    "sslrootcert", "sslcrl", "sslpassword", "sslnegotiation", "ssl_min_protocol_version", "ssl_max_protocol_version",
    "target_session_attrs", "krbsrvname", "gsslib",
}  # fmt: skip
# What the server takes with the first packet.
_SETTINGS = {
    "options", "search_path", "timezone",
}  # fmt: skip
# Ours counts: waits, keep-alives, the size of pools, the name, prepared statements. Or it is a word to another client.
_PASSED_OVER = {
    "connect_timeout", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout",
    "application_name", "fallback_application_name", "load_balance_hosts", "sslsni", "sslcompression",
    "uselibpqcompat", "supa", "connection_limit", "pool_timeout", "pool_size", "pool_max_size", "pool_min_size",
    "max_overflow", "pool_recycle", "pool_pre_ping", "max_connections", "min_connections", "statement_cache_size",
    "prepared_statement_cache_size", "prepareThreshold", "preparedStatements", "socket_timeout", "statement_timeout",
    "lock_timeout", "idle_in_transaction_session_timeout",
}  # fmt: skip
_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_SSL_WORDS = {"true": "require", "1": "require", "false": "disable", "0": "disable", "no-verify": "require"}
_PRIMARY = ("any", "primary", "read-write")
_REMEDIES = {
    "hostaddr": "name the address as the host",
    "replication": "leave it out: no node replicates",
    "require_auth": "leave it out: set what the server asks for in its pg_hba.conf",
    "requirepeer": "leave it out, and keep the socket's directory from other users",
    "sslcrldir": "name one file with sslcrl",
    "servicefile": "name it with the variable PGSERVICEFILE",
}


class BadUrl(ValueError):
    """The message is one sentence without anything secret."""


def normalise(url: str, authorities: str | None) -> str:
    """The same database for the driver; the URL itself if nothing is to be changed. `authorities`: the file of the
    system's certificate authorities, if there is one. Raises `BadUrl`."""
    scheme, _, rest = url.partition("://")
    where, _, query = rest.partition("?")
    if "#" in rest or "@" in query or "@" in where.partition("/")[2]:
        raise BadUrl("a character of its password has to be percent-encoded: / as %2F, ? as %3F, # as %23, @ as %40")
    hosts, slash, database = where.partition("/")
    login, at, hosts = hosts.rpartition("@")
    given = dict(parse_qsl(query, keep_blank_values=True))
    if len(given) < len([part for part in query.split("&") if part]) or not all(given.values()):
        raise BadUrl("an option stands twice in it, or has no value")
    _check_hosts(hosts)
    options = _options(given, "," in (given.get("host") or hosts), authorities)
    user, colon, password = login.partition(":")
    login = f"{_quoted(user)}{colon}{_quoted(password)}{at}"
    same = given == options and login + hosts == where.partition("/")[0] and "+" not in scheme
    asked = f"?{urlencode(options, quote_via=quote)}" if options else ""
    return url if same else f"{scheme.partition('+')[0]}://{login}{hosts}{slash}{database}{asked}"


def files_of(url: str) -> dict[str, str]:
    """The files that have to be there, by the option that names each."""
    given = dict(parse_qsl(url.partition("?")[2]))
    return {name: given[name] for name in ("sslrootcert", "sslcert", "sslkey", "sslcrl") if name in given}


def _quoted(part: str) -> str:
    return quote(unquote(part), safe="")


def _check_hosts(hosts: str) -> None:
    for host in unquote(hosts).split(","):
        if not host and "," in unquote(hosts):
            raise BadUrl("there is nothing between two commas of its hosts, or before or behind them")
        if not host.startswith("/") and host.count(":") > 1 and not re.fullmatch(r"\[[0-9A-Fa-f:.%\w]+\](:\d+)?", host):
            raise BadUrl("an IPv6 address in it has to stand in brackets, as in [::1]:5432")
        port = host.rpartition(":")[2] if ":" in host.rpartition("]")[2] else ""
        if port and not port.isdecimal():
            raise BadUrl("what stands behind a host is no port, or its password is not percent-encoded")
        if port and not 0 < int(port[:6]) <= 65535:
            raise BadUrl("the port of a host is not from 1 to 65535")


def _options(given: dict[str, str], has_several_hosts: bool, authorities: str | None) -> dict[str, str]:
    options: dict[str, str] = {}
    ssl: dict[str, str] = {}
    for name, value in given.items():
        if name in ("sslmode", "ssl", "requiressl", "sslaccept", "channel_binding", "gssencmode"):
            ssl[name] = value
        elif name in _KNOWN or name in _SETTINGS:
            options[name] = value
        elif name in ("schema", "currentSchema"):
            options["search_path"] = value
        elif name == "client_encoding" and re.sub("[^a-z0-9]", "", value.lower()) in ("utf8", "auto", "unicode"):
            pass
        elif name == "pgbouncer":
            if value.lower() != "false":
                raise BadUrl(
                    "pgbouncer names a pooler in transaction mode, through which locks and prepared statements of a "
                    "node do not hold: take the URL of the database itself, which hosters call direct"
                )
        elif name not in _PASSED_OVER:
            raise BadUrl(f"the option {_shown(name)} cannot be kept: {_REMEDIES.get(name, _UNKNOWN)}")
    if options.get("target_session_attrs", "any") not in _PRIMARY:
        raise BadUrl("target_session_attrs asks for a standby: nodes need the primary, so set primary or leave it out")
    if has_several_hosts:
        options.setdefault("target_session_attrs", "primary")
    return _with_ssl(options, ssl, authorities)


_UNKNOWN = "it is not known here, so leave it out; a setting of the database goes into options=-c%20name=value"


def _shown(name: str) -> str:
    return name if re.fullmatch(r"\w{1,40}", name) else "with an odd name"


def _with_ssl(options: dict[str, str], ssl: dict[str, str], authorities: str | None) -> dict[str, str]:
    """The driver has no channel binding. It shows that nobody stands between, and so does a certificate that is
    verified: who requires the one gets the other."""
    mode = _ssl_mode(ssl)
    if ssl.get("gssencmode", "disable") == "require":
        raise BadUrl("gssencmode is require, which the driver has not: use TLS, with sslmode=verify-full")
    wants_system = options.get("sslrootcert") == "system"
    if wants_system or ssl.get("channel_binding") == "require":
        if mode == "disable":
            raise BadUrl("sslmode is disable and another option of it needs TLS: leave out one of them")
        mode = "verify-full"
    if mode.startswith("verify") and options.get("sslrootcert", "system") == "system":
        if not authorities:
            raise BadUrl("the system's certificate authorities are not found: name their file with sslrootcert")
        options["sslrootcert"] = authorities
    return options | ({"sslmode": mode} if mode else {})


def _ssl_mode(ssl: dict[str, str]) -> str:
    if "sslaccept" in ssl:
        return "verify-full" if ssl["sslaccept"] == "strict" else "require"
    if ssl.get("requiressl") == "1":
        return "require"
    mode = ssl.get("sslmode", ssl.get("ssl", ""))
    mode = _SSL_WORDS.get(mode.lower(), mode)
    if mode and mode not in _SSL_MODES:
        raise BadUrl(f"sslmode has to be one of {', '.join(_SSL_MODES)}")
    return mode
