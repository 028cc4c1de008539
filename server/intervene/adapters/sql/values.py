"""A commit as the columns of its rows, in the order in which both engines' statements name them."""

from collections.abc import Callable

from intervene.core.conversation.columns import Columns
from intervene.core.events import author_key
from intervene.ports.log import Commit

Values = tuple[object, ...]


def row(commit: Commit) -> Values:
    """version, seq, pub, epoch, runner, due, format, changed_at, state, base, card"""
    state, counters, run = commit.state, commit.state.counters, commit.state.run
    return (
        counters.version, counters.seq, counters.pub, state.control.epoch, state.runner if run else "",
        run.due if run else 0, state.format, counters.last_at, commit.row.state, commit.row.base,
        commit.row.card,
    )  # fmt: skip


def is_talk(commit: Commit) -> bool:
    """Whether it moves no more of the row than `talk` and the state, as most messages and pieces. Where `base` stays,
    control and format do, and with control whether there is a run."""
    row = commit.row
    is_listed_so = row.base is None and row.card is None and row.columns is None
    return is_listed_so and (commit.state.run is None or commit.is_streamed)


def talk(commit: Commit) -> Values:
    """version, seq, pub, changed_at"""
    counters = commit.state.counters
    return counters.version, counters.seq, counters.pub, counters.last_at


UNLISTED: Values = (None,) * len(Columns._fields)


def columns(commit: Commit) -> Values:
    """place, since, holder, contact, queue, status; None each where they stay as they are"""
    return commit.row.columns or UNLISTED


def events(owner: int, commit: Commit, blob: Callable[[bytes], bytes | bytearray] = bytes) -> list[Values]:
    """owner, seq, pub, version, epoch, kind, id, author, command, turn, message, at, data, which `blob` makes"""
    version = commit.version
    return [
        (
            owner,
            event.seq,
            event.pub,
            version,
            event.epoch,
            event.body.__struct_config__.tag,
            event.id,
            author_key(event.author),
            event.command or None,
            event.turn,
            getattr(event.body, "message", None),
            event.at,
            blob(data),
        )
        for event, data in commit.events
    ]


def timers(owner: int, commit: Commit) -> list[Values]:
    """owner, kind, due, epoch"""
    return [(owner, timer.kind.value, timer.due, timer.epoch) for timer in commit.timers]


def pieces(owner: int, commit: Commit) -> list[Values]:
    """owner, message, n, version, text"""
    return [(owner, piece.message, piece.n, commit.state.version, piece.text) for piece in commit.pieces]
