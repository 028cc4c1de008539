"""Where settings come from: defaults, then a TOML file, then `INTERVENE_*` variables.

What Kubernetes and Docker inject under our prefix is passed over, and listed.
"""

import difflib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, get_args

import msgspec

from intervene import files
from intervene.config import SETTINGS, WITHHELD, Config, ConfigError, shown_value
from intervene.core import origins
from intervene.environment import injected

FILE_VARIABLE = "INTERVENE_CONFIG"
FILE_NAME = "intervene.toml"
PASSED_OVER = "not a setting: an orchestrator sets it for a service or a link of that name"
PREFIX = "INTERVENE_"


class Row(NamedTuple):
    """A line of `intervene config`."""

    name: str
    value: str
    source: str
    meaning: str


class Loaded(NamedTuple):
    config: Config
    sources: Mapping[str, str]  # of the settings that are not at their default
    passed_over: Sequence[str] = ()  # variables of an orchestrator

    def rows(self) -> list[Row]:
        return [
            Row(name, shown_value(name, getattr(self.config, name)), self.sources.get(name, "default"), setting.meaning)
            for name, setting in SETTINGS.items()
        ] + [Row(name, "", "passed over", PASSED_OVER) for name in self.passed_over]


def find_file(environ: Mapping[str, str], directory: Path) -> Path | None:
    """The settings file: the one that is named, else `intervene.toml` in `directory` if there is one, readable or
    not. Raises `ConfigError`."""
    if named := environ.get(FILE_VARIABLE):
        return Path(named)
    usual = directory / FILE_NAME
    try:
        usual.lstat()
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise ConfigError(
            f"The working directory cannot be searched for {FILE_NAME}: {problem.strerror}. Start in another "
            f"directory, or name the settings file in {FILE_VARIABLE}."
        ) from problem
    return usual


def load(environ: Mapping[str, str], file: Path | None) -> Loaded:
    """Everything that decides is an argument: the same arguments and files give the same result."""
    values: dict[str, object] = {}
    sources: dict[str, str] = {}
    passed_over = injected(environ, PREFIX)
    settings = {name: value for name, value in environ.items() if name not in passed_over}
    for given in (_from_file(file) if file else {}, _from_variables(settings)):
        for name, (source, value) in given.items():
            values[name], sources[name] = value, source
    return Loaded(Config(**values), sources, sorted(passed_over))  # type: ignore[arg-type]  # each was checked against its kind


_Given = dict[str, tuple[str, object]]  # setting -> (source, checked value)


def _from_file(file: Path) -> _Given:
    source = f"file {file}"
    try:
        table = tomllib.loads(files.read_text(file))
    except OSError as error:
        raise ConfigError(f"The settings {source} cannot be read: {files.why(error)}.") from error
    except (ValueError, RecursionError) as error:  # not TOML, or not UTF-8
        raise ConfigError(f"The settings {source} is not TOML: {error}.") from error
    given = {}
    for name, raw in table.items():
        if name not in SETTINGS:
            raise _unknown(f"{name} in {source}", name, SETTINGS)
        given[name] = (source, _checked(f"{name} in {source}", name, raw, strict=True))
    return given


def _from_variables(environ: Mapping[str, str]) -> _Given:
    """An empty variable counts as not set, as shells and container tools leave them behind."""
    names = {PREFIX + name.upper(): name for name in SETTINGS}
    files = {f"{variable}_FILE": name for variable, name in names.items() if SETTINGS[name].secret}
    given: _Given = {}
    for variable, raw in sorted(environ.items()):
        if not variable.startswith(PREFIX) or variable == FILE_VARIABLE or not raw:
            continue
        name = names.get(variable) or files.get(variable)
        if name is None:
            raise _unknown(f"The variable {variable}", variable, [*names, *files, FILE_VARIABLE])
        if name in given:
            raise ConfigError(f"{given[name][0]} and {variable} are both set: leave one of them out.")
        if variable in files:
            raw = _secret_in(variable, Path(raw))
        listed = isinstance(SETTINGS[name].default, tuple)
        value = raw.replace(",", " ").split() if listed else raw
        given[name] = (variable, _checked(variable, name, value, strict=False))
    return given


def _secret_in(variable: str, file: Path) -> str:
    try:
        return files.read_text(file).strip()
    except OSError as error:
        raise ConfigError(f"{variable} names the file {file}, which cannot be read: {files.why(error)}.") from error
    except ValueError as error:
        raise ConfigError(f"{variable} names the file {file}, which is not text.") from error


def _checked(source: str, name: str, raw: object, *, strict: bool) -> object:
    setting = SETTINGS[name]
    try:
        _check_text(raw, is_path=Path in (setting.kind.__origin__, *get_args(setting.kind.__origin__)))
        value = msgspec.convert(raw, setting.kind, strict=strict, dec_hook=_path)
        return tuple(map(origins.setting, value)) if name == "origins" else value
    except ValueError as error:  # msgspec's own is one
        told = WITHHELD if setting.secret else repr(raw)
        why = "it does not have the right form" if "matching regex" in str(error) else error
        raise ConfigError(f"{source} cannot be {told}: {why} ({name}: {setting.meaning}).") from error


def _check_text(raw: object, *, is_path: bool) -> None:
    """The name of a file may be any bytes, which Python passes on as halves of surrogate pairs (PEP 383)."""
    match raw:
        case str():
            if "\0" in raw:
                raise ValueError("Expected text without NUL")
            if not is_path and any("\ud800" <= letter <= "\udfff" for letter in raw):
                raise ValueError("Expected UTF-8")
        case list():
            for each in raw:
                _check_text(each, is_path=is_path)
        case _:
            pass


def _path(kind: type, raw: object) -> Path:
    assert kind is Path, "the only type of a setting that msgspec does not know"
    if not isinstance(raw, str) or not raw:
        raise ValueError(f"Expected a path, got `{type(raw).__name__}`")
    try:
        return Path(raw).expanduser()
    except RuntimeError as problem:  # nobody of that name, or no home
        raise ValueError(f"Expected a path, and {problem}".removesuffix(".")) from problem


def _unknown(what: str, name: str, known: Iterable[str]) -> ConfigError:
    bare = {setting.removeprefix(PREFIX): setting for setting in known}  # the prefix would make all names alike
    close = difflib.get_close_matches(name.removeprefix(PREFIX), bare, n=1)
    hint = f"did you mean {bare[close[0]]}?" if close else "`intervene config` lists all settings."
    return ConfigError(f"{what} is not a setting; {hint}")
