"""Settings: where a value comes from, and the sentence that stops a wrong one."""

from pathlib import Path

import pytest

from intervene.config import SETTINGS, Config, ConfigError
from intervene.settings import FILE_NAME, Loaded, find_file, load

KEY = "k" * 32


def written(directory: Path, toml: str) -> Path:
    file = directory / FILE_NAME
    file.write_text(toml)
    return file


def refusal(environ: dict[str, str], file: Path | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        load(environ, file)
    return str(caught.value)


def source(loaded: Loaded, name: str) -> str:
    return next(row.source for row in loaded.rows() if row.name == name)


def test_without_any_settings_the_defaults_hold() -> None:
    loaded = load({"PATH": "/bin"}, None)
    assert loaded.config == Config()
    assert {row.source for row in loaded.rows()} == {"default"}


def test_variables_win_over_the_file_and_the_file_over_defaults(tmp_path: Path) -> None:
    file = written(tmp_path, 'port = 1\nbot = "echo"')
    loaded = load({"INTERVENE_PORT": "2"}, file)
    assert (loaded.config.port, loaded.config.bot, loaded.config.host) == (2, "echo", "localhost")
    assert source(loaded, "port") == "INTERVENE_PORT"
    assert source(loaded, "bot") == f"file {file}"
    assert source(loaded, "host") == "default"


def test_a_variable_takes_every_kind_of_value() -> None:
    config = load(
        {
            "INTERVENE_DATA": "~/kept",
            "INTERVENE_DEVELOPMENT": "false",
            "INTERVENE_DRAIN_SECONDS": "0.5",
            "INTERVENE_ORIGINS": "https://a.example, http://b.example:8080",
        },
        None,
    ).config
    assert config.data == Path.home() / "kept"
    assert config.development is False
    assert config.drain_seconds == 0.5
    assert config.origins == ("https://a.example", "http://b.example:8080")


LLM = {"INTERVENE_LLM_URL": "http://127.0.0.1:11434/v1", "INTERVENE_LLM_MODEL": "llama3.2"}


def test_a_model_is_the_bot_unless_another_is_named(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("sk-1\n")
    assert load({}, None).config.bot == "scripted"
    loaded = load({**LLM, "INTERVENE_LLM_KEY_FILE": str(key)}, None)
    assert (loaded.config.bot, loaded.config.llm_key) == ("llm", "sk-1")
    assert "sk-1" not in repr(loaded.config)
    assert load({**LLM, "INTERVENE_BOT": "echo"}, None).config.bot == "echo"
    assert load({"INTERVENE_BOT": "shop.bots:answer"}, None).config.bot == "shop.bots:answer"


@pytest.mark.parametrize(
    ("environ", "why"),
    [
        ({"INTERVENE_LLM_MODEL": "m"}, "llm_model is set and llm_url is not"),
        ({"INTERVENE_LLM_URL": "http://a/v1"}, "llm_url is set and llm_model is not"),
        ({"INTERVENE_BOT": "llm"}, "bot is llm, and llm_url is not set"),
        ({**LLM, "INTERVENE_LLM_URL": "ftp://a/v1"}, "INTERVENE_LLM_URL cannot be"),
        ({**LLM, "INTERVENE_LLM_URL": "https://user:secret@a/v1"}, "INTERVENE_LLM_URL cannot be [withheld]"),
        ({**LLM, "INTERVENE_LLM_URL": "https://a/v1?key=1"}, "INTERVENE_LLM_URL cannot be"),
        ({**LLM, "INTERVENE_LLM_KEY": "two words"}, "INTERVENE_LLM_KEY cannot be [withheld]"),
        ({**LLM, "INTERVENE_LLM_PROMPT": "a", "INTERVENE_LLM_PROMPT_FILE": "b"}, "both set"),
        ({**LLM, "INTERVENE_LLM_HISTORY": "0"}, "INTERVENE_LLM_HISTORY cannot be '0'"),
        ({**LLM, "INTERVENE_LLM_FIRST_SECONDS": "inf"}, "INTERVENE_LLM_FIRST_SECONDS cannot be 'inf'"),
        ({"INTERVENE_BOT": "answer"}, "INTERVENE_BOT cannot be 'answer'"),
    ],
)
def test_a_model_or_a_bot_that_is_half_set_is_refused(environ: dict[str, str], why: str) -> None:
    assert why in refusal(environ)


def test_an_empty_variable_counts_as_not_set() -> None:
    assert load({"INTERVENE_PORT": "", "INTERVENE_SCRIPT": ""}, None).config == Config()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("DURABILITY", "most"),
        ("DEVELOPMENT", "perhaps"),
        ("BOT", "oracle"),
        ("ORGANISATION", "a/b"),
        ("ORGANISATION", "a\n"),
        ("ORIGINS", "shop.example"),
        ("ORIGINS", "https://shop.example/chat"),
        ("DRAIN_SECONDS", "nan"),
        ("DRAIN_SECONDS", "601"),
        ("MAX_SESSIONS", "0"),
        ("TIMING_FACTOR", "0.01"),
        ("TIMING_FACTOR", "2"),
        ("KEYS", "short"),
        ("KEYS", f"{KEY} {KEY} {KEY}"),
        ("KEYS", f"{KEY}\udcff"),  # a byte that is not UTF-8, as Python passes it on
        ("DATABASE_URL", "postgresql://u:\udcff@h/d"),
        ("DATABASE_URL", "mysql://u:p@h/d"),
        ("LLM_KEY", "two words"),
        ("HOST", "\udcff"),
        ("DATA", "a\0b"),
        ("PROXIES", "10.0.0.7 \udcff"),
    ],
)
def test_a_wrong_variable_is_named_with_what_it_means(variable: str, value: str) -> None:
    sentence = refusal({f"INTERVENE_{variable}": value})
    assert sentence.startswith(f"INTERVENE_{variable} cannot be ")
    assert SETTINGS[variable.lower()].meaning in sentence
    assert "regex" not in sentence, "the meaning says what form it has"


def test_a_path_may_be_any_bytes() -> None:
    """[P7] Names of files need not be UTF-8."""
    assert load({"INTERVENE_DATA": "/data/\udcff"}, None).config.data == Path("/data/\udcff")


@pytest.mark.parametrize(
    "toml", ["port = '8000'", "port = true", "development = 1", "data = 3", "origins = 'https://a.b'"]
)
def test_the_file_is_taken_by_its_types(tmp_path: Path, toml: str) -> None:
    file = written(tmp_path, toml)
    name = toml.split()[0]
    assert refusal({}, file).startswith(f"{name} in file {file} cannot be ")


@pytest.mark.parametrize(
    "url", ["https://shop.example/token?for=desk", "http://localhost:5000/t", "http://[::1]/", "https://h:8443"]
)
def test_the_desk_s_tokens_come_from_https_or_from_this_machine(url: str) -> None:
    assert load({"INTERVENE_DESK_TOKEN_URL": url}, None).config.desk_token_url == url


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://shop.example/token", "it carries tokens: write https"),
        ("http://127.0.0.1.shop.example/token", "it carries tokens: write https"),
        ("/token", "it is like https://"),
        ("shop.example/token", "it is like https://"),
        ("wss://shop.example", "it is like https://"),
        ("https://user:secret@shop.example/token", "without a user's name"),
        ("https://shop.example/token#desk", "without a #"),
        ("https://*.shop.example/token", "it is like https://"),
        ("https://shop.example; script-src *", "it has blanks"),
        ("https://shop.example;script-src/", "browsers send a scheme"),
        ("https://bücher.example/token", "xn--"),
        ("https:///token", "browsers send a scheme"),
    ],
)
def test_a_desk_token_url_that_cannot_be_says_what_to_write(url: str, why: str) -> None:
    """What goes into the page's policy is an origin, whatever is written."""
    told = refusal({"INTERVENE_DESK_TOKEN_URL": url})
    assert told.startswith("desk_token_url cannot be ")
    assert why in told


def test_an_unknown_name_is_answered_with_the_one_that_was_meant(tmp_path: Path) -> None:
    assert refusal({"INTERVENE_PROT": "1"}).endswith("did you mean INTERVENE_PORT?")
    assert refusal({}, written(tmp_path, "max_session = 5")).endswith("did you mean max_sessions?")
    assert "`intervene config`" in refusal({"INTERVENE_XYZZY": "1"})


def test_a_file_that_is_missing_or_not_toml_stops_the_start(tmp_path: Path) -> None:
    assert "cannot be read" in refusal({}, tmp_path / "none.toml")
    assert "is not TOML" in refusal({}, written(tmp_path, "port: 1"))


def test_the_named_file_is_used_else_the_usual_one_if_there_is_one(tmp_path: Path) -> None:
    assert find_file({}, tmp_path) is None
    usual = written(tmp_path, "")
    assert find_file({}, tmp_path) == usual
    assert find_file({"INTERVENE_CONFIG": "other.toml"}, tmp_path) == Path("other.toml")


def test_a_secret_may_come_from_a_file_of_its_own(tmp_path: Path) -> None:
    secret = tmp_path / "keys"
    secret.write_text(f"{KEY}\n{KEY[::-1]}new\n")
    loaded = load({"INTERVENE_KEYS_FILE": str(secret)}, None)
    assert loaded.config.keys == (KEY, KEY[::-1] + "new")
    assert source(loaded, "keys") == "INTERVENE_KEYS_FILE"
    assert "cannot be read" in refusal({"INTERVENE_KEYS_FILE": str(tmp_path / "none")})
    assert "both set" in refusal({"INTERVENE_KEYS_FILE": str(secret), "INTERVENE_KEYS": KEY})
    assert "not a setting" in refusal({"INTERVENE_PORT_FILE": str(secret)})


def test_a_secret_is_never_shown() -> None:
    loaded = load({"INTERVENE_KEYS": KEY}, None)
    assert KEY not in repr(loaded)
    assert KEY not in str(loaded.rows())
    assert "hunter2" not in refusal({"INTERVENE_KEYS": "hunter2"})


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "chat.example"])
def test_development_is_refused_where_others_can_reach_it(host: str) -> None:
    assert "set development to false" in refusal({"INTERVENE_HOST": host})
    assert load({"INTERVENE_HOST": host, "INTERVENE_DEVELOPMENT": "false"}, None).config.host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_development_is_on_at_a_loopback_address(host: str) -> None:
    assert load({"INTERVENE_HOST": host}, None).config.development


@pytest.mark.parametrize(
    ("given", "why"),
    [("proxy.example", "IPv4"), ("10.0.0.1/8", "host bits"), ("*", "IPv4"), ("0.0.0.0/0", "any"), ("::/0", "any")],
)
def test_proxies_are_named_by_address_or_network(given: str, why: str) -> None:
    sentence = refusal({"INTERVENE_PROXIES": f"127.0.0.1 {given}"})
    assert sentence.startswith(f"proxies cannot have '{given}': ")
    assert why in sentence
    assert load({"INTERVENE_PROXIES": "10.0.0.0/8, fd00::7"}, None).config.proxies == ("10.0.0.0/8", "fd00::7")


def test_every_setting_says_what_it_means() -> None:
    assert all(row.meaning for row in load({}, None).rows())


# -- what is not ours --------------------------------------------------------------------------------------------------

KUBERNETES = {
    "SERVICE_HOST": "10.96.12.7",
    "SERVICE_PORT": "8000",
    "SERVICE_PORT_HTTP": "8000",
    "PORT": "tcp://10.96.12.7:8000",
    "PORT_8000_TCP": "tcp://10.96.12.7:8000",
    "PORT_8000_TCP_PROTO": "tcp",
    "PORT_8000_TCP_PORT": "8000",
    "PORT_8000_TCP_ADDR": "10.96.12.7",
    "PORT_53_UDP": "udp://[fd00::7]:53",
    "PORT_53_UDP_ADDR": "fd00::7",
}
DOCKER = {
    "NAME": "/web/intervene",
    "PORT": "tcp://172.17.0.5:8000",
    "PORT_8000_TCP_START": "tcp://172.17.0.5:8000",
    "PORT_8000_TCP_PORT_END": "8010",
    "ENV_INTERVENE_KEYS": "somebody else's",
    "ENV_PATH": "/usr/bin",
}


@pytest.mark.parametrize("service", ["", "REDIS_", "POSTGRES_PRIMARY_", "KEYS_", "1_"])
@pytest.mark.parametrize("injected", [KUBERNETES, DOCKER], ids=["Kubernetes", "Docker"])
def test_what_an_orchestrator_injects_is_passed_over_and_listed(injected: dict[str, str], service: str) -> None:
    """Of a service, or a link, named `intervene`, `intervene-redis` and so on."""
    environ = {f"INTERVENE_{service}{name}": value for name, value in injected.items()}
    loaded = load({**environ, "INTERVENE_BOT": "echo"}, None)
    assert loaded.config == Config(bot="echo")
    listed = [row for row in loaded.rows() if row.source == "passed over"]
    assert [row.name for row in listed] == sorted(environ)
    assert {row.value for row in listed} == {""}, "a linked container's variables may be secrets"


def test_the_port_is_a_setting_still() -> None:
    assert load({"INTERVENE_PORT": "9000", "INTERVENE_SERVICE_HOST": "10.96.12.7"}, None).config.port == 9000


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SERVICE_HOST", "shop.example, 10.0.0.1"),
        ("SERVICE_PORT", "http"),
        ("PORT", "tcp://10.96.12.7"),
        ("PORT", "http://10.96.12.7:8000"),
        ("HOST_PORT", "8000"),
        ("PORT_8000", "tcp://10.96.12.7:8000"),
        ("PORT_8000_TCP_ADDRESS", "10.96.12.7"),
        ("NAME", "intervene"),
        ("ENV_PORT", "8000"),
        ("DATABSE_URL", "postgresql://db/intervene"),
    ],
)
def test_a_typing_error_is_found_though_it_looks_like_an_orchestrator_s(variable: str, value: str) -> None:
    assert f"INTERVENE_{variable}" in refusal({f"INTERVENE_{variable}": value})


def test_ports_for_metrics_of_all_workers_are_below_the_last_one() -> None:
    environ = {"INTERVENE_METRICS_PORT": "65530", "INTERVENE_WORKERS": "6"}
    assert "metrics_port is 65530" in refusal(environ)
