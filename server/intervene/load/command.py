"""The command `intervene load`: its arguments. What it needs is imported when it is called."""

import sys
from pathlib import Path

import click


@click.command("load")
@click.argument("scenario", required=False)
@click.option("--url", "urls", multiple=True, metavar="URL",
              help="A server; again for several, which share the sessions. Else http://127.0.0.1:8000.")  # fmt: skip
@click.option("--credentials", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
              help="TOML with keys or tokens, as docs/load.md has it; a server in development needs none.")  # fmt: skip
@click.option("--token", "tokens", multiple=True, metavar="TOKEN",
              help="Of one of the staff; again for several people.")  # fmt: skip
@click.option(
    "--set", "changes", multiple=True, metavar="KEY=VALUE", help="Change the scenario: messages.per_second=50."
)
@click.option("--threshold", "thresholds", multiple=True, metavar="CONDITION",
              help="What has to hold, like 'ack.p99<20ms' or 'errors=0'; again for several.")  # fmt: skip
@click.option("--processes", type=click.IntRange(1, 256), metavar="N", help="Generators; one a processor by default.")
@click.option("--json", type=click.Path(dir_okay=False, writable=True, path_type=Path), metavar="FILE",
              help="Write the report there, for programs.")  # fmt: skip
@click.option("--html", type=click.Path(dir_okay=False, writable=True, path_type=Path), metavar="FILE",
              help="Write the report there, as one page with plots.")  # fmt: skip
@click.option("--list", "lists", is_flag=True, help="List the scenarios of the package, and what can be measured.")
@click.option("--show", is_flag=True, help="Show SCENARIO as TOML, to change a copy of it.")
def put_under_load(
    scenario: str | None,
    urls: tuple[str, ...],
    credentials: Path | None,
    tokens: tuple[str, ...],
    changes: tuple[str, ...],
    thresholds: tuple[str, ...],
    processes: int | None,
    json: Path | None,
    html: Path | None,
    lists: bool,
    show: bool,
) -> None:
    """Put a server under load by SCENARIO, a name or a TOML file, and check the promises while it lasts.

    0: all held; 1: a promise was broken; 2: a wrong argument or scenario; 3: the server could not be reached, or was
    gone or silent at the end; 4: a threshold did not hold. Ctrl-C ends early, with a report."""
    from intervene.load import run as runs

    if lists:
        runs.show_list()
    elif scenario is None:
        raise click.UsageError("Name a scenario: --list shows them.")
    elif show:
        sys.exit(runs.show(scenario))
    else:
        sys.exit(
            runs.run(
                scenario, urls, credentials=credentials, given_tokens=tokens, changes=changes,
                processes=processes or 0, asked=thresholds, json=json, html=html,
            )
        )  # fmt: skip
