"""A commit as the columns of its rows, in the order in which both engines' statements name them."""

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


UNLISTED: Values = (None,) * len(Columns._fields)


def columns(commit: Commit) -> Values:
    """place, since, holder, contact, queue, status; None each where they stay as they are"""
    return commit.row.columns or UNLISTED


def events(owner: int, commit: Commit) -> list[Values]:
    """owner, seq, pub, version, epoch, kind, id, author, command, turn, message, at, data"""
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
            data,
        )
        for event, data in commit.events
    ]


def timers(owner: int, commit: Commit) -> list[Values]:
    """owner, kind, due, epoch"""
    return [(owner, timer.kind.value, timer.due, timer.epoch) for timer in commit.timers]


def pieces(owner: int, commit: Commit) -> list[Values]:
    """owner, message, n, version, text"""
    return [(owner, piece.message, piece.n, commit.state.version, piece.text) for piece in commit.pieces]
