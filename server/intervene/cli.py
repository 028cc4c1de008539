"""The command `intervene`. It reads settings and arguments, hands over and returns an exit status; nothing else.

0: done; 1: done, and what was checked does not hold; 2: a wrong argument or setting, or one whose file or directory
cannot be used; 3: the server could not start, or the database could not be brought up to date.
What a command needs is imported inside it, so that `--version` and `config` answer at once.
"""

import errno
import json
import os
import re
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click
from click.core import ParameterSource

import intervene
from intervene import config, files, logs, loopback
from intervene.core.actors import Role
from intervene.core.errors import InterveneError
from intervene.core.ids import OrganisationId
from intervene.core.limits import ID_CHARS, NAME_CHARS, PERSON_CHARS
from intervene.core.text import name_text
from intervene.load.command import put_under_load
from intervene.settings import PREFIX, Loaded, find_file, load
from intervene.terminal import say

if TYPE_CHECKING:
    from intervene.accounts.operator import Request


class _Database(click.ParamType[Path | str]):
    """A file that is there, or the URL of a PostgreSQL database, which is not looked at and never shown."""

    name = "database"
    _file = click.Path(exists=True, dir_okay=False, path_type=Path)

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Path | str:
        if value.startswith(("postgresql://", "postgres://")):
            try:
                return config.postgres_url(value)
            except config.ConfigError as problem:
                self.fail(str(problem), param, ctx)
        if "://" in value:
            self.fail("It is neither a file nor the URL of a PostgreSQL database (postgresql://...).", param, ctx)
        return self._file.convert(value, param, ctx)


class _Commands(click.Group):
    """Whatever a file or a directory does not allow ends every command with a sentence."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        try:
            return super().main(*arguments, **options)  # help and version are written before a command is invoked
        except files.BadPath as problem:
            _stop(2, str(problem))
        except OSError as problem:
            if problem.filename is not None:
                _stop(2, f"{os.fsdecode(problem.filename)} cannot be used: {files.why(problem)}.")
            is_about_files = problem.errno in (errno.ENOENT, errno.EACCES, errno.EROFS, errno.ENOSPC)
            _stop(2 if is_about_files else 3, f"Intervene could not go on: {problem}.")


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(intervene.__version__, prog_name="intervene")
def main() -> None:
    """A conversation server in which a person can take over from a bot at any moment."""


@main.command()
@click.option("--workers", type=click.IntRange(1, 64), metavar="N",
              help="Processes that share the port, each a node; as the setting says by default.")  # fmt: skip
def serve(workers: int | None) -> None:
    """Run the server until it is stopped."""
    settings = _settings(workers=workers).config
    if settings.workers == 1:
        sys.exit(_node(settings))
    logs.configure(settings.log_format, settings.log_level)
    from intervene import workers as processes

    try:
        sys.exit(processes.run(settings, _node))
    except OSError as error:
        _cannot_start(error)


@main.command()
@click.option("--partitions", type=click.IntRange(2, 64), default=None, metavar="N",
              help="Make a new PostgreSQL database with its log in N parts; not to be changed later.")  # fmt: skip
def migrate(partitions: int | None) -> None:
    """Bring the database of the settings up to date. `serve` does so too, when it starts."""
    settings = _settings().config
    logs.configure(settings.log_format, settings.log_level)
    from intervene.ops import migrate as prepare

    try:
        say(prepare.migrate(settings, partitions or 0))
    except files.BadPath:
        raise
    except (InterveneError, OSError) as error:
        _stop(3, f"Intervene could not migrate: {error}")


@main.command("config")
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of sentences.")
def show_config(as_json: bool) -> None:
    """Show every setting: its value, where that comes from, and what it means."""
    rows = _settings().rows()
    if as_json:
        say(json.dumps([row._asdict() for row in rows], indent=2), lines=True)
        return
    for row in rows:
        shown = f"{row.name} = {row.value}" if row.name in config.SETTINGS else row.name
        say(f"{shown}  ({row.source})")
        say(f"    {row.meaning}")


@main.command()
@click.argument("target", type=click.Path(path_type=Path))
def backup(target: Path) -> None:
    """Copy the SQLite database to TARGET, also while the server runs."""
    settings = _settings().config
    from intervene.ops import backup

    sys.exit(backup.run(settings, target))


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Also if `verify` finds problems in it.")
def restore(file: Path, force: bool) -> None:
    """Put FILE, which `backup` has made, in the place of the SQLite database, while no server runs. The database that
    is there is kept under another name."""
    settings = _settings().config
    from intervene.ops import restore

    sys.exit(restore.run(settings, file, force=force))


@main.command()
@click.argument("id", metavar="ID")
@click.option("--bot", metavar="NAME",
              help="The bot that its conversations start with and are handed back to: echo, scripted, one of your own; "
              "none: they wait for a person; default: as the server's settings say.")  # fmt: skip
@click.option("--parent", metavar="ID",
              help="The one above it, whose supervisors and admins act in it; none: no other.")  # fmt: skip
def organisation(id: str, bot: str | None, parent: str | None) -> None:
    """Show what the organisation ID has set, or change it, also while servers run: they go by it within 2 s."""
    for given, what in ((id, "ID"), (bot, "--bot"), (parent, "--parent")):
        if given is not None and not (0 < len(given) <= ID_CHARS and given.isprintable()):
            raise click.UsageError(f"{what} has 1 to {ID_CHARS} characters that can be printed.")
    settings = _settings().config
    from intervene.ops import organisation as organisations

    try:
        if bot is None and parent is None:
            say(organisations.show(settings, OrganisationId(id)))
        if bot is not None:
            say(organisations.set_bot(settings, OrganisationId(id), bot))
        if parent is not None:
            say(
                organisations.set_parent(
                    settings, OrganisationId(id), None if parent == "none" else OrganisationId(parent)
                )
            )
    except InterveneError as error:
        _stop(3, str(error))


class _Email(click.ParamType[str]):
    name = "e-mail address"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        is_one = re.fullmatch(r"[^\s@]+@[^\s@]+", value) and value.isprintable() and len(value) <= PERSON_CHARS
        return value if is_one else self.fail("It is not an e-mail address.", param, ctx)


_IN = click.option("--organisation", metavar="ID", help="Their home; by default the organisation of the settings.")


@main.command()
@click.argument("email", type=_Email())
@click.option("--name", default="", help="Of the person, as others see it; by default the address up to the @.")
@_IN
def init(email: str, name: str, organisation: str | None) -> None:
    """Make the first admin of the organisation, who signs in as EMAIL: it shows a link that is good once. Again, while
    they have not come yet, it shows another one."""
    from intervene.accounts import operator

    settings = _settings().config
    home = _organisation(settings, organisation)
    _people(settings, operator.Init(organisation=home, email=email, name=_name(name, email)))


@main.group()
def person() -> None:
    """Look after people, also while servers run."""


@person.command("add")
@click.argument("email", type=_Email())
@click.option("--name", default="", help="As others see it; by default the address up to the @.")
@click.option("--role", type=click.Choice([role.value for role in Role]), default="agent", show_default=True)
@_IN
def add_person(email: str, name: str, role: str, organisation: str | None) -> None:
    """Invite somebody who signs in as EMAIL: it shows a link that is good once, for a week."""
    from intervene.accounts import operator

    settings = _settings().config
    home = _organisation(settings, organisation)
    _people(settings, operator.Add(organisation=home, email=email, name=_name(name, email), role=Role(role)))


@person.command("disable")
@click.argument("who")
@_IN
def disable_person(who: str, organisation: str | None) -> None:
    """Disable the person WHO, an e-mail address or an id: their sessions end."""
    from intervene.accounts import operator

    settings = _settings().config
    _people(settings, operator.Disable(organisation=_organisation(settings, organisation), person=who))


@person.command("reset")
@click.argument("who")
@_IN
def reset_person(who: str, organisation: str | None) -> None:
    """Show a link with which the person WHO, an e-mail address or an id, sets another password."""
    from intervene.accounts import operator

    settings = _settings().config
    _people(settings, operator.Reset(organisation=_organisation(settings, organisation), person=who))


@main.command()
@click.option("--input", "lines", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
              help="What the customer says, one message a line.")  # fmt: skip
@click.option("--rounds", type=click.IntRange(min=1), default=1, show_default=True, help="Conversations to play.")
@click.option("--url", help="A server that is up, with development on; otherwise one is started for the demo.")
@click.option("--nodes", type=click.IntRange(1, 16), default=1, show_default=True,
              help="Servers to start: the bot runs on one, agents click on others.")  # fmt: skip
@click.option("--database-url", envvar="INTERVENE_DATABASE_URL", show_envvar=True, metavar="URL",
              help="PostgreSQL for several nodes: one to try things on, the conversations stay there.")  # fmt: skip
@click.option("--redis-url", envvar="INTERVENE_REDIS_URL", show_envvar=True, metavar="URL",
              help="Redis for several nodes.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="End with one JSON object of counts and times.")
def demo(
    lines: Path | None,
    rounds: int,
    url: str | None,
    nodes: int,
    database_url: str | None,
    redis_url: str | None,
    as_json: bool,
) -> None:
    """Watch two agents take over from a bot in the middle of its sentence, and see that one wins."""
    if nodes > 1 and url:
        raise click.UsageError("--url is a server that is up already; --nodes starts some.")
    if nodes == 1 and _is_typed("database_url", "redis_url"):
        raise click.UsageError("--database-url and --redis-url are for several nodes: add --nodes 2.")
    from intervene.demo import demo

    sys.exit(
        demo.run(
            rounds=rounds, input=lines, url=url, as_json=as_json,
            nodes=nodes, database_url=database_url, redis_url=redis_url,
        )
    )  # fmt: skip


main.add_command(put_under_load)


@main.command()
@click.argument("database", required=False, type=_Database())
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of sentences.")
def verify(database: Path | str | None, as_json: bool) -> None:
    """Check from the log alone that the promises were kept. DATABASE is a file, or a PostgreSQL database by its URL;
    by default it is that of the settings. A PostgreSQL database is first copied to the directory of temporary files
    (TMPDIR)."""
    if database is None:
        settings = _settings().config
        database = settings.database_url or settings.database
        if isinstance(database, Path) and not database.exists():
            _stop(2, f"There is no database at {database}. Start the server once, or name another.")
    from intervene.ops import verify

    sys.exit(verify.run(database, as_json))


@main.command()
@click.option("--url", "urls", multiple=True, metavar="URL",
              help="A server to ask whether it is up, ready and takes websockets; may be given again. By default that "
              "of the settings, if it runs.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def doctor(urls: tuple[str, ...], as_json: bool) -> None:
    """Check a deployment from here, with the settings as `serve` has them: this machine, the database, Redis, all
    nodes. It takes some seconds, changes nothing, and says what to do."""
    settings = _settings().config
    from intervene.ops import doctor

    sys.exit(doctor.run(settings, urls, as_json))


def _is_typed(*options: str) -> bool:
    """Whether one of them is on the command line, and not from a variable."""
    source = click.get_current_context().get_parameter_source
    return any(source(option) is ParameterSource.COMMANDLINE for option in options)


def _organisation(settings: config.Config, given: str | None) -> OrganisationId:
    if given is not None and not (0 < len(given) <= ID_CHARS and given.isprintable()):
        raise click.UsageError(f"--organisation has 1 to {ID_CHARS} characters that can be printed.")
    return OrganisationId(given or settings.organisation)


def _name(given: str, email: str) -> str:
    return name_text(given) or name_text(email.partition("@")[0]) or email[:NAME_CHARS]


def _people(settings: config.Config, request: "Request") -> None:
    """Has it carried out, and shows what was done."""
    from intervene.accounts.operator import Failed
    from intervene.ops import person

    try:
        answer = person.ask(settings, request)
    except InterveneError as error:
        _stop(3, str(error))
    if isinstance(answer, Failed):
        _stop(3, answer.sentence)
    say(answer.sentence)
    if answer.link:
        say(f"Link, shown this once: {loopback.own_url(settings.host, settings.port)}/desk/link#link={answer.link}")
        say("Where people reach the server at another address, put that in front of /desk.")


def _node(settings: config.Config, listening: socket.socket | None = None, figures: socket.socket | None = None) -> int:
    """One node, until it is stopped. In a process of its own if there are several."""
    logs.configure(settings.log_format, settings.log_level)
    from intervene.node.serve import serve

    try:
        return serve(settings, listening, figures)
    except config.ConfigError as error:
        _stop(2, str(error))
    except files.BadPath:
        raise
    except (InterveneError, OSError) as error:
        _cannot_start(error)


def _cannot_start(error: Exception) -> NoReturn:
    said = str(error)
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        ports = "INTERVENE_PORT, or INTERVENE_METRICS_PORT for metrics"
        said = f"{error.strerror}. Stop what listens there, or choose another port with {ports}."
    _stop(3, f"Intervene could not start: {said}")


def _settings(**options: int | None) -> Loaded:
    """An option that is given counts in place of the variable."""
    given = {f"{PREFIX}{name.upper()}": str(value) for name, value in options.items() if value is not None}
    try:
        return load({**os.environ, **given}, find_file(os.environ, Path()))
    except config.ConfigError as error:
        _stop(2, str(error))


def _stop(status: int, sentence: str) -> NoReturn:
    say(sentence, is_error=True, lines=True)
    sys.exit(status)
