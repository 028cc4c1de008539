"""Claims, joins, splits, blocks and openings at random, and what must be true afterwards.

Each address has a person, whose mark is in all that is said from it; only addresses of one person are claimed or
joined, and one that is detached is another person's from then on.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import count
from random import Random

import anyio
from msgspec.structs import replace

from intervene.core.access import Visitor, can_see
from intervene.core.actors import Agent, Contact, Role
from intervene.core.blocks import Block
from intervene.core.conversation.blocking import ApplyBlock, LiftBlock
from intervene.core.conversation.moves import Begin, Close, Reopen
from intervene.core.conversation.speech import ContactSay
from intervene.core.conversation.state import Conversation
from intervene.core.errors import Continued, InterveneError, Over
from intervene.core.events import Event, Message
from intervene.core.ids import (
    WEBCHAT,
    Address,
    AgentId,
    ChannelId,
    CommandId,
    ContactId,
    ConversationId,
    IdentityId,
    Key,
    MessageId,
    QueueId,
)
from intervene.core.people import AuditEntry
from intervene.core.text import message_text, piece_text
from intervene.housekeeping.joins import JoinJobs
from intervene.ports.joins import JoinJob
from intervene.ports.log import Range
from tests.integration.engine.cluster import Cluster, Node
from tests.kit.limits import LONG_WAIT
from tests.unit.core.cast import ACME, as_staff

Join = Callable[[ChannelId, ChannelId, str], Awaitable[JoinJob | None]]
ANNA = as_staff(Agent(id=AgentId("anna"), name="Anna"), Role.ADMIN)
ALL = Range(is_staff=True, limit=1_000_000, most_bytes=2**30)
HOUR = 3_600_000


class Crash(Exception):
    """The node ended behind a step of a job."""


class World:
    """`owners`: the mark of each address's present person. `conversations`: all that were answered by an opening."""

    def __init__(self, cluster: Cluster, nodes: list[Node], random: Random) -> None:
        self.cluster = cluster
        self.nodes = nodes
        self.random = random
        self.owners: dict[str, str] = {}
        self.conversations: set[ConversationId] = set()
        self.said: set[str] = set()
        self.last: dict[str, tuple[ContactSay, ConversationId]] = {}
        self.blocked: set[ChannelId] = set()
        self.mixed: set[str] = set()
        self.listing = asyncio.Lock()
        self.busy: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self.numbers = count(1)
        self.crashes = 0

    @property
    def node(self) -> Node:
        return self.random.choice(self.nodes)

    def number(self) -> int:
        return next(self.numbers)

    async def visitor(self, address: str) -> Visitor:
        contact = Contact(id=ContactId(address), name="Somebody")
        whose = await self.cluster.store.contacts.whose(Visitor(organisation=ACME, contact=contact).channel_id)
        return Visitor(organisation=ACME, contact=contact, identity=whose.identity)

    # -- what happens --------------------------------------------------------------------------------------------------

    async def acts(self) -> None:
        """One act of somebody, whatever comes of it."""
        deeds = [self.comes, self.says, self.says, self.says, self.closes, self.begins, self.reopens, self.claims]
        deed = self.random.choice([*deeds, self.joins, self.works, self.detaches, self.blocks])
        try:
            await deed()
            self.done[deed.__name__] += 1
        except (InterveneError, Crash) as problem:
            self.done[type(problem).__name__] += 1

    def address(self) -> str:
        return self.random.choice(sorted(self.owners))

    async def comes(self) -> None:
        """Somebody new, or known from elsewhere."""
        n = self.number()
        person = self.random.choice(["", *self.owners.values()]) or f"p{n}"
        self.owners[f"v-{n}"] = person
        await self.opens(f"v-{n}")

    async def opens(self, address: str, *, fresh: bool = False) -> ConversationId:
        opened = await self.node.engine.open(await self.visitor(address), fresh=fresh)
        self.conversations.add(opened.conversation)
        return opened.conversation

    async def says(self) -> None:
        """As a client does: it opens, and goes on where it is answered that it goes on."""
        address = self.address()
        self.busy[address] += 1
        try:
            await self.speaks(address)
        finally:
            self.busy[address] -= 1

    async def speaks(self, address: str) -> None:
        mark, n = self.owners[address], self.number()
        visitor, conversation = await self.visitor(address), await self.opens(address)
        for _ in range(5):
            text = f"{mark} says {n}"
            command = ContactSay(id=CommandId(f"s{n}"), by=visitor, message=MessageId(f"m{n}"), text=message_text(text))
            try:
                await self.node.engine.call(Key(ACME, conversation), command)
                self.said.add(text)
                self.last[address] = command, conversation
                return
            except Continued as elsewhere:
                conversation = elsewhere.facts["to"]
            except Over:
                conversation = await self.opens(address, fresh=True)
            visitor = await self.visitor(address)

    async def state(self) -> Conversation:
        found = await self.cluster.log.read(Key(ACME, self.random.choice(sorted(self.conversations))), ALL)
        assert found is not None, "no conversation is lost"
        return found.state

    async def closes(self) -> None:
        state = await self.state()
        command = Close(id=CommandId(f"x{self.number()}"), by=ANNA, epoch=state.epoch, seen=state.seq)
        await self.node.engine.call(state.key, command)

    async def reopens(self) -> None:
        state = await self.state()
        await self.node.engine.call(state.key, Reopen(id=CommandId(f"r{self.number()}"), by=ANNA, epoch=state.epoch))

    async def begins(self) -> None:
        address, id = self.address(), f"b{self.number()}"
        contact = Contact(id=ContactId(address), name="")
        command = Begin(
            id=CommandId(id), by=ANNA, conversation=ConversationId(id), contact=contact,
            address=Address(WEBCHAT, address), queue=QueueId(""),
        )  # fmt: skip
        self.conversations.add((await self.node.engine.begin(command, ACME)).conversation)

    def two_of_one(self) -> tuple[str, str]:
        one = self.address()
        same = [other for other, mark in self.owners.items() if mark == self.owners[one] and other != one]
        return one, self.random.choice(sorted(same) or [one])

    async def claims(self) -> None:
        one, other = self.two_of_one()
        if one != other:
            await self.joined(one, other, self.cluster.store.joins.claim)
            await self.repeats(one, other)

    async def repeats(self, visitor: str, user: str) -> None:
        """What the visitor said last, as the client does of which the ack was lost: in the session with the claim."""
        if visitor not in self.last:
            return
        command, conversation = self.last[visitor]
        by = replace(await self.visitor(user), former=ContactId(visitor))
        await self.node.engine.call(Key(ACME, conversation), replace(command, by=by))
        self.done["repeats"] += 1

    async def joins(self) -> None:
        await self.joined(*self.two_of_one(), self.cluster.store.joins.join)

    async def joined(self, one: str, other: str, join: Join) -> None:
        self.busy.update((one, other))
        self.mixed |= {one, other}
        try:
            ids = (await self.visitor(one)).channel_id, (await self.visitor(other)).channel_id
            job = await join(*ids, f"j{self.number()}")
        finally:
            self.busy.subtract((one, other))
        await self.does(job)

    async def detaches(self) -> None:
        """Nothing else is said from the address meanwhile: its person has changed."""
        address, n = self.address(), self.number()
        if self.busy[address] or len(self.owners) < 3:
            return
        mark = self.owners.pop(address)
        self.last.pop(address, None)
        entry = AuditEntry(organisation=ACME, action="contact.detach", subject=address, by=ANNA.agent.id)
        at = (await self.visitor(address)).channel_id
        try:
            job = await self.cluster.store.joins.detach(at, f"d{n}", IdentityId(f"i-{n}"), entry)
        except InterveneError:
            self.owners[address] = mark
            raise
        self.owners[address] = f"p{n}"
        await self.does(job)

    async def does(self, job: JoinJob | None) -> None:
        if job is not None:
            await self.jobs(self.random.choice([0, 0, 2, 3, 4])).do(job)

    async def works(self) -> None:
        await self.jobs(self.random.choice([0, 2, 3])).look()

    def jobs(self, crash: int = 0) -> JoinJobs:
        """Of a node that ends behind that step, 0 for one that does not."""

        async def after(job: JoinJob, step: int) -> None:
            if step == crash:
                self.crashes += 1
                raise Crash

        node = self.node
        return JoinJobs(node.engine, node.log, self.cluster.store.joins, after=after)

    async def blocks(self) -> None:
        """As over HTTP: the list, then what it concerns. Now and then what is blocked is lifted."""
        async with self.listing:
            lifted = bool(self.blocked) and self.random.random() < 0.6
            at = self.random.choice(sorted(self.blocked)) if lifted else (await self.visitor(self.address())).channel_id
            if lifted:
                self.blocked.discard(at)
                await self.cluster.store.blocks.remove(ACME, at.channel, at.address, self.entry("block.remove"))
            else:
                self.blocked.add(at)
                block = Block(channel=at.channel, address=at.address, by=ANNA.agent.id)
                await self.cluster.store.blocks.put(ACME, block, self.entry("block.put"))
            await self.carries_out(at, is_lifted=lifted)

    async def carries_out(self, at: ChannelId, *, is_lifted: bool) -> None:
        command: ApplyBlock | LiftBlock = LiftBlock(
            id=CommandId(f"b{self.number()}"), by=ANNA, channel=at.channel, address=at.address
        )
        if not is_lifted:
            command = ApplyBlock(
                id=command.id, by=ANNA, channel=at.channel, address=at.address, until=0, why=piece_text("")
            )
        for _, conversation in await self.cluster.store.blocks.affected(*at):
            if conversation:
                await self.node.engine.call(Key(ACME, conversation), command)

    def entry(self, action: str) -> AuditEntry:
        return AuditEntry(organisation=ACME, action=action, subject="", by=ANNA.agent.id)

    # -- what must be true ---------------------------------------------------------------------------------------------

    async def is_sound(self) -> None:
        while await self.cluster.store.joins.due(1):
            await self.jobs().look()
        logs = {id: await self._log(id) for id in self.conversations}
        states = {id: state for id, (state, _) in logs.items()}
        self._nothing_is_lost(logs)
        self._one_is_open_for_each_identity(states)
        await self._nobody_sees_another_s(logs)
        await self._all_are_found(states)
        await self._none_of_a_blocked_one_is_open(states)

    async def read(self, id: ConversationId) -> Conversation:
        return (await self._log(id))[0]

    async def _log(self, id: ConversationId) -> tuple[Conversation, list[Event]]:
        found = await self.cluster.log.read(Key(ACME, id), ALL)
        assert found is not None, "no conversation is lost"
        return found.state, list(found.events)

    def _nothing_is_lost(self, logs: dict[ConversationId, tuple[Conversation, list[Event]]]) -> None:
        """[P5] What was acknowledged is there once, and what nobody answered waits where the customer goes on."""
        texts = [text for _, events in logs.values() for text in said(events)]
        assert sorted(texts) == sorted(set(texts))
        assert self.said <= set(texts)
        for state, events in logs.values():
            if state.lineage.next:
                assert not state.is_open
                assert state.lineage.next in logs, "it goes on in one that there is"
            for event in events:
                kind = event.body.__struct_config__.tag
                if kind == "continued_from" and event.body.unanswered:  # type: ignore[union-attr]
                    assert (
                        state.lineage.next
                        or state.counters.unanswered_since
                        or not state.is_open
                        or (any(each.seq > event.seq for each in events))
                    )

    def _one_is_open_for_each_identity(self, states: dict[ConversationId, Conversation]) -> None:
        """[R152]"""
        is_open = [state.identity for state in states.values() if state.is_open]
        assert sorted(is_open) == sorted(set(is_open))

    async def _nobody_sees_another_s(self, logs: dict[ConversationId, tuple[Conversation, list[Event]]]) -> None:
        """[P6] What is shown to an address was said by its person."""
        policy = await self.nodes[0].policies.loaded(ACME)
        for address, mark in self.owners.items():
            visitor = await self.visitor(address)
            for state, events in logs.values():
                if can_see(visitor, state, policy):
                    assert all(text.startswith(f"{mark} ") for text in said(events)), (address, state.id)

    async def _none_of_a_blocked_one_is_open(self, states: dict[ConversationId, Conversation]) -> None:
        """[R190] Of those to whom nothing was joined: a join closes nothing."""
        for address in self.owners.keys() - self.mixed:
            at = (await self.visitor(address)).channel_id
            if await self.cluster.store.blocks.of(at, self.cluster.clock.now()):
                latest = (await self.cluster.store.contacts.whose(at)).conversation
                assert not latest or not states[latest].is_open, (address, latest)

    async def _all_are_found(self, states: dict[ConversationId, Conversation]) -> None:
        """[P5] Each is among those of its contact, over time."""
        contacts = self.cluster.store.contacts
        for state in states.values():
            profile = await contacts.profile(ACME, state.contact.id)
            assert profile is not None
            listed = await contacts.conversations(ACME, profile.row.id, 0, 10_000)
            assert state.id in {each.id for _, each in listed}


def said(events: list[Event]) -> list[str]:
    return [
        event.body.text for event in events if isinstance(event.body, Message) and isinstance(event.author, Contact)
    ]


async def plays(world: World, operations: int) -> None:
    """Eight at once. Now and then a day goes by."""
    for _ in range(3):
        await world.comes()
    with anyio.fail_after(LONG_WAIT * max(1, operations // 100)):
        for _ in range(operations // 8):
            await asyncio.gather(*(world.acts() for _ in range(8)))
            if world.random.random() < 0.1:
                world.cluster.clock.anchor(world.cluster.clock.now() + 20 * HOUR)
        await world.is_sound()
