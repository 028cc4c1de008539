"""What follows in conversations from joins of identities: a job for each, whose steps are commands through the engine.

The ids of the commands follow from the job's, so that a step which is done again changes nothing: any node may do any
step at any time, and all is done again after a crash.
"""

import asyncio
from collections.abc import Awaitable, Callable

import anyio
import structlog

from intervene.core.conversation.joins import PRODUCT, CloseDetached, Continue, ContinueFrom, Identify
from intervene.core.conversation.joins import Command as JoinCommand
from intervene.core.errors import Continued, InterveneError, NotFound, Unavailable
from intervene.core.events import Continued as ContinuedEvent
from intervene.core.events import author_key
from intervene.core.ids import CommandId, ConversationId, Key
from intervene.core.timing import PRODUCTION, Timing
from intervene.engine.engine import Engine
from intervene.ports.joins import JoinJob, Joins
from intervene.ports.log import CommandKey, Log

logger = structlog.get_logger(__name__)

JOBS_AT_ONCE = 100
LAST_STEP = 4
LOOK_BEATS = 5  # heartbeats between two looks for what another node left, unless it is dead or something was left here
FOLLOWED = 8  # conversations that were continued one in another


class JoinJobs:
    """`after` is called behind each step, with its number: for tests, which end there."""

    def __init__(
        self,
        engine: Engine,
        log: Log,
        joins: Joins,
        timing: Timing = PRODUCTION,
        after: Callable[[JoinJob, int], Awaitable[None]] | None = None,
    ) -> None:
        self._engine = engine
        self._log = log
        self._joins = joins
        self._timing = timing
        self._after = after
        self._woken = anyio.Event()

    def wake(self) -> None:
        """There may be a job that is left: look for it with the next heartbeat."""
        self._woken.set()

    async def keep(self) -> None:
        """For ever: do what another node, or a former process, left. The first look is at once."""
        while True:
            self._woken = anyio.Event()
            try:
                await self.look()
            except Unavailable:
                self.wake()  # others say so; the next look finds the same
            await asyncio.sleep(self._timing.heartbeat)
            with anyio.move_on_after((LOOK_BEATS - 1) * self._timing.heartbeat):
                await self._woken.wait()

    async def look(self) -> None:
        """Do all jobs that there are. Raises `Unavailable`."""
        for job in await self._joins.due(JOBS_AT_ONCE):
            await self.do(job)

    async def do(self, job: JoinJob) -> None:
        """What is left of it; if that does not work now, the next look goes on. Raises `Unavailable`."""
        try:
            for step in range(job.step + 1, LAST_STEP + 1):
                await self._do(job, step)
                await self._joins.advance(job.id, step)
                if self._after:
                    await self._after(job, step)
            await self._joins.end(job.id)
        except Unavailable:
            self.wake()
            raise
        except InterveneError as problem:
            self.wake()
            logger.info("a join of identities waits", job=job.id, problem=problem.sentence)

    async def _do(self, job: JoinJob, step: int) -> None:
        match step:
            case 2:
                for conversation in filter(None, (job.kept, job.dropped if job.kept else "")):
                    await self._identify(job, ConversationId(conversation))
            case 3 if job.kept and job.dropped:
                await self._submit(job, job.dropped, Continue(id=_id(job, step), to=job.kept))
            case 3 if job.dropped:
                await self._submit(job, job.dropped, CloseDetached(id=_id(job, step)))
            case 4 if job.kept and job.dropped:
                await self._continue_from(job)
            case _:
                pass

    async def _identify(self, job: JoinJob, conversation: ConversationId) -> None:
        contact = job.contact
        await self._submit(
            job, conversation, Identify(id=_id(job, 2), identity=job.winner, contact=contact, vouched=contact.vouched)
        )

    async def _continue_from(self, job: JoinJob) -> None:
        """Where the customer goes on by now: `kept` may have been continued too."""
        key = CommandKey(author_key(PRODUCT), _id(job, 3))
        found = (await self._log.known(Key(job.organisation, job.dropped), [key])).get(key)
        unanswered = found is not None and isinstance(found.body, ContinuedEvent) and found.body.unanswered
        to = job.kept
        for _ in range(FOLLOWED):
            command = ContinueFrom(id=_id(job, 4), conversation=job.dropped, unanswered=unanswered)
            try:
                await self._submit(job, to, command)
                return
            except Continued as problem:
                to = problem.facts["to"]

    async def _submit(self, job: JoinJob, conversation: ConversationId, command: JoinCommand) -> None:
        try:
            await self._engine.call(Key(job.organisation, conversation), command)
        except NotFound:
            logger.warning("a conversation of a join is not there", job=job.id, conversation=conversation)


def _id(job: JoinJob, step: int) -> CommandId:
    return CommandId(f"{job.id}-{step}")
