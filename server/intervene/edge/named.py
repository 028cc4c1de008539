"""People whom a command names are looked up before it is submitted. Whether they will do, `decide` says."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from intervene.core.conversation.decide import Command
from intervene.core.conversation.givers import NamesPeople
from intervene.core.errors import Unavailable
from intervene.core.ids import Key
from intervene.edge.services import People, Reply, Services
from intervene.feed.reading import Reads
from intervene.feed.subscribers import Watcher

C = TypeVar("C", bound=Struct)


async def looked_up(command: C, people: People) -> C:
    """With the people whom it names, if it does. Raises `Unavailable`."""
    if not isinstance(command, NamesPeople) or not command.named:
        return command
    return replace(command, people=await people.called(command.named))


def submit(
    services: Services, key: Key, command: Command, reply: Reply, watcher: Watcher, go_on: Callable[[], None]
) -> bool:
    """`Engine.submit`, for a session. True if people are looked up first: what comes behind the command waits until
    `go_on`, so that it does not overtake it."""
    is_looked_up = isinstance(command, NamesPeople) and bool(command.named)
    if is_looked_up:
        services.readers.ask(watcher.owner, partial(_submit, services, key, command, reply, watcher, go_on))
    else:
        services.engine.submit(key, command, reply, watcher)
    return is_looked_up


async def _submit(
    services: Services,
    key: Key,
    command: Command,
    reply: Reply,
    watcher: Watcher,
    go_on: Callable[[], None],
    reads: Reads,
) -> None:
    try:
        services.engine.submit(key, await reads.in_time(looked_up(command, services.people)), reply, watcher)
    except Unavailable as problem:
        reply(problem)
    except Exception:
        reply(Unavailable("The people cannot be looked up. Try again."))
        raise
    finally:
        go_on()
