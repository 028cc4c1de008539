"""The settings of a process: one frozen `Config`. `settings.py` reads them.

Each setting is declared once, with its bounds and its meaning; names in the file and in variables follow from it:
`max_turns`, `INTERVENE_MAX_TURNS`. A setting marked secret may also come from the file that `INTERVENE_..._FILE` names.
Whatever is unknown, of the wrong type or out of bounds raises `ConfigError` with one sentence, and nothing starts.
"""

import ssl
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, get_type_hints

import msgspec
from msgspec import Meta, Struct

from intervene import loopback
from intervene.core import origins
from intervene.core.addresses import plain_network
from intervene.core.limits import SESSIONS_PER_ADDRESS
from intervene.core.postgres_url import BadUrl, files_of, normalise
from intervene.core.timing import LARGEST_FACTOR, PRODUCTION, SMALLEST_FACTOR, Timing

WITHHELD = "[withheld]"

SECRET = {"secret": True}

PostgresUrl = Annotated[str, Meta(pattern=r"^postgres(ql)?(\+\w+)?://")]
RedisUrl = Annotated[str, Meta(pattern=r"^((redis|rediss)(\+sentinel|\+cluster)?|unix)://")]
ApiUrl = Annotated[str, Meta(pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?\Z")]
ApiKey = Annotated[str, Meta(pattern=r"^[!-~]+\Z")]
NotEmpty = Annotated[str, Meta(min_length=1)]
SigningKey = Annotated[str, Meta(min_length=32)]  # HS256 wants as many bytes as its hash has


class ConfigError(ValueError):
    """A setting is wrong. The message is one sentence for the person who starts the server."""


class Config(Struct, frozen=True, kw_only=True):
    host: Annotated[str, Meta(min_length=1, description="address to listen on")] = loopback.NAME
    port: Annotated[int, Meta(ge=0, le=65535, description="TCP port, at most 65535; 0 takes a free one")] = 8000
    data: Annotated[Path, Meta(description="directory of the database and the keys; made when missing")] = Path("data")
    durability: Annotated[
        Literal["full", "normal"],
        Meta(
            description="of SQLite; full: what is acknowledged survives a power cut; normal: a crash of the process "
            "only"
        ),
    ] = "full"
    database_url: Annotated[
        PostgresUrl | None,
        Meta(
            description="PostgreSQL that all nodes share, like postgresql://user:password@host/name; "
            "unset: SQLite in the data directory",
            extra=SECRET,
        ),
    ] = None
    redis_url: Annotated[
        RedisUrl | None,
        Meta(
            description="Redis through which nodes reach each other: redis://, rediss://, unix://, "
            "redis+sentinel://host:port,host:port/service or redis+cluster://host:port,host:port; unset: this process "
            "is the only one",
            extra=SECRET,
        ),
    ] = None
    workers: Annotated[
        int,
        Meta(
            ge=1,
            le=64,
            description="processes on this machine, each a node, at most 64; more than one takes "
            "database_url and redis_url",
        ),
    ] = 1
    organisation: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z",
            description="id of the one organisation: at most 64 letters, digits, '_', '.' or '-'",
        ),
    ] = "default"
    bot: Annotated[
        str,
        Meta(
            pattern=r"^(|echo|scripted|llm|none|[A-Za-z_][\w.]*:[A-Za-z_]\w*)\Z",
            max_length=200,
            description="bot that conversations start with, where an organisation has set none: echo, scripted, llm, "
            "none, or one of your own as package.module:callable; unset: llm if llm_url is set, else scripted",
        ),
    ] = ""
    bot_name: Annotated[
        str, Meta(description="name of that bot, which customers see; unset: Assistant, of the echo bot Echo")
    ] = ""
    script: Annotated[
        Path | None, Meta(description="text file that the scripted bot plays; unset: the sample in the package")
    ] = None
    llm_url: Annotated[
        ApiUrl | None,
        Meta(
            description="base URL of an OpenAI-compatible API, like http://127.0.0.1:11434/v1: http or https, without "
            "user, query and fragment; its chat completions answer for the bot llm",
            extra=SECRET,  # it is refused, not shown, with a password in it
        ),
    ] = None
    llm_model: Annotated[NotEmpty | None, Meta(description="name of the model, as that API knows it")] = None
    llm_key: Annotated[
        ApiKey | None, Meta(description="key of that API, without spaces; unset: it is asked without one", extra=SECRET)
    ] = None
    llm_prompt: Annotated[
        str | None, Meta(description="system prompt, the instructions to the model; unset: a short one of our own")
    ] = None
    llm_prompt_file: Annotated[Path | None, Meta(description="text file with the system prompt instead")] = None
    llm_history: Annotated[
        int, Meta(ge=1, le=200, description="newest messages of the conversation that the model is given, at most 200")
    ] = 50
    llm_history_bytes: Annotated[
        int,
        Meta(ge=1024, le=1024 * 1024, description="bytes of text in them, 1024 to 1048576; the oldest are left out"),
    ] = 65536
    llm_connect_seconds: Annotated[
        float, Meta(gt=0, le=60, description="how long a connection to that API may take, at most 60")
    ] = 5.0
    llm_first_seconds: Annotated[
        float, Meta(gt=0, le=300, description="how long the first word of a reply may take, at most 300")
    ] = 30.0
    llm_next_seconds: Annotated[
        float, Meta(gt=0, le=300, description="how long each next word may take, at most 300")
    ] = 15.0
    development: Annotated[
        bool,
        Meta(description="true or false: tokens for the asking, /demo and /developers; only on a loopback address"),
    ] = True
    demo: Annotated[
        bool,
        Meta(
            description="true or false: in development, a database that nobody uses gets a demo organisation at the "
            "start: people, queues, conversations; `make run` sets it"
        ),
    ] = False
    keys: Annotated[
        tuple[SigningKey, ...],
        Meta(
            max_length=2,
            description="one or two keys of at least 32 characters, the same on all nodes: the first signs tokens and "
            "seals what nodes send each other, both are accepted; unset: one made in the data directory",
            extra=SECRET,
        ),
    ] = ()
    host_keys: Annotated[
        Path | None,
        Meta(
            description="JSON file of the keys with which host applications sign tokens of their users or staff, the "
            "same on all nodes; docs/operations.md has its form"
        ),
    ] = None
    origins: Annotated[
        tuple[str, ...],
        Meta(
            description="browser origins that may connect, like https://shop.example, https://*.shop.example (all "
            "hosts below it), capacitor://localhost or null (pages without an origin); the server's own always may"
        ),
    ] = ()
    desk_token_url: Annotated[
        str | None,
        Meta(
            description="URL of the host application that gives its agents their tokens, like "
            "https://shop.example/intervene/token: the desk asks it; unset: outside development nobody enters the desk"
        ),
    ] = None
    proxies: Annotated[
        tuple[str, ...],
        Meta(
            description="addresses or networks of proxies, like 10.0.0.7 or 10.0.0.0/24: of these X-Forwarded-For and "
            "X-Forwarded-Proto are believed, of others the connection itself counts"
        ),
    ] = ("127.0.0.1", "::1")
    metrics_host: Annotated[
        str, Meta(min_length=1, description="address on which /metrics is answered, and nothing else")
    ] = loopback.NAME
    metrics_port: Annotated[
        int,
        Meta(
            ge=0,
            le=65535,
            description="its TCP port, at most 65535. Of several workers it has the sum, and the ports behind it have "
            "the figures of each; 0 takes free ones, which the log names",
        ),
    ] = 0
    log_format: Annotated[Literal["console", "json"], Meta(description="console or json")] = "console"
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="debug, info, warning or error")
    ] = "info"
    max_sessions: Annotated[int, Meta(ge=1, description="sockets open at once; more are sent away")] = 20_000
    sessions_per_address: Annotated[
        int,
        Meta(
            ge=10,
            le=1_000_000,
            description="customers' sessions from one address at once; what such an address may send goes with it. "
            "More for large networks behind one address, and for load tests",
        ),
    ] = SESSIONS_PER_ADDRESS
    max_turns: Annotated[int, Meta(ge=1, description="bot turns running at once; more wait")] = 1_000
    drain_seconds: Annotated[
        float, Meta(ge=0, le=600, description="how long running turns may finish at shutdown, at most 600")
    ] = 25.0
    timing_factor: Annotated[
        float,
        Meta(
            ge=SMALLEST_FACTOR,
            le=LARGEST_FACTOR,
            description="for test suites: heartbeats, waits and retries last so many times as long as in production, "
            "0.05 to 1; the same on all nodes",
        ),
    ] = LARGEST_FACTOR

    def __post_init__(self) -> None:
        if self.database_url:
            msgspec.structs.force_setattr(self, "database_url", postgres_url(self.database_url))
        if self.development and not is_loopback(self.host):
            raise ConfigError(
                f"development is on, which hands a token to anyone who asks, but host {self.host!r} can be reached "
                "from other machines: set development to false, or host to localhost."
            )
        try:
            msgspec.structs.force_setattr(self, "origins", tuple(map(origins.setting, self.origins)))
        except ValueError as error:
            raise ConfigError(f"origins cannot be {self.origins!r}: {error}.") from error
        try:
            if self.desk_token_url is not None:
                origins.asked(self.desk_token_url)
        except ValueError as error:
            raise ConfigError(f"desk_token_url cannot be {self.desk_token_url!r}: {error}.") from error
        for proxy in self.proxies:
            _check_proxy(proxy)
        _check_llm(self)
        if not self.bot:
            msgspec.structs.force_setattr(self, "bot", "llm" if self.llm_url else "scripted")
        if self.redis_url and not self.database_url:
            raise ConfigError(
                "redis_url is set and database_url is not: a SQLite database belongs to one process, which needs no "
                "Redis. Set database_url to a PostgreSQL database that all nodes share, or leave redis_url out."
            )
        if self.workers > 1 and self.metrics_port + self.workers > 65535:
            raise ConfigError(
                f"metrics_port is {self.metrics_port}, and {self.workers} workers have the ports behind it, beyond "
                "65535: set a lower one, or 0."
            )
        if self.workers > 1 and not self.redis_url:
            raise ConfigError(
                f"workers is {self.workers}, and {self.workers} processes need a database and a Redis that they share: "
                "set database_url and redis_url, or workers to 1."
            )

    def __repr__(self) -> str:
        shown = (f"{name}={shown_value(name, getattr(self, name))}" for name in SETTINGS)
        return f"Config({', '.join(shown)})"

    @property
    def database(self) -> Path:
        return self.data / "intervene.db"

    @property
    def timing(self) -> Timing:
        return PRODUCTION.scaled(self.timing_factor)


class Setting(NamedTuple):
    kind: Any  # what msgspec checks a value against, bounds included
    meaning: str
    secret: bool
    default: object


def shown_value(name: str, value: object) -> str:
    if SETTINGS[name].secret and value:
        return WITHHELD
    match value:
        case bool():
            return str(value).lower()
        case tuple():
            return ", ".join(value)
        case None:
            return ""
        case _:
            return str(value)


def postgres_url(url: str) -> str:
    """As the driver takes it. Raises `ConfigError`, without anything that stands in it."""
    try:
        taken = normalise(url, ssl.get_default_verify_paths().cafile)
    except BadUrl as problem:
        raise ConfigError(f"database_url cannot be used: {problem}.") from None
    for option, file in files_of(taken).items():
        try:
            with Path(file).open("rb"):
                pass
        except (OSError, ValueError) as problem:  # the driver would not say which file
            why = problem.strerror if isinstance(problem, OSError) else "no file has such a name"
            raise ConfigError(f"database_url cannot be used: the file of its {option} cannot be read: {why}.") from None
    return taken


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_llm(config: Config) -> None:
    if (config.llm_url is None) != (config.llm_model is None):
        given, missing = ("llm_url", "llm_model") if config.llm_url else ("llm_model", "llm_url")
        raise ConfigError(f"{given} is set and {missing} is not: the bot llm needs both.")
    if config.bot == "llm" and config.llm_url is None:
        raise ConfigError("bot is llm, and llm_url is not set: set llm_url and llm_model, or another bot.")
    if config.llm_prompt and config.llm_prompt_file:
        raise ConfigError("llm_prompt and llm_prompt_file are both set: leave one of them out.")


def _check_proxy(given: str) -> None:
    try:
        is_everybody = plain_network(given).prefixlen == 0
    except ValueError as error:
        raise ConfigError(f"proxies cannot have {given!r}: {error}.") from error
    if is_everybody:  # then all of the header is believed, and its beginning is whatever a client wrote
        raise ConfigError(f"proxies cannot have {given!r}: name the proxies, or anybody can claim any address.")


def _settings() -> dict[str, Setting]:
    hints = get_type_hints(Config, include_extras=True)
    found = {}
    for field in msgspec.structs.fields(Config):
        kind = hints[field.name]
        meta: Meta = kind.__metadata__[0]
        found[field.name] = Setting(kind, meta.description or "", meta.extra == SECRET, field.default)
    return found


SETTINGS = _settings()
