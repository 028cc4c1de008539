"""The list of blocked addresses: the contract of `ports.Blocks`, on every adapter, and what the log writes into it."""

import asyncio

import pytest
from msgspec.structs import replace

from intervene.adapters.sql.database import AskText, Query
from intervene.adapters.sql.store import Store
from intervene.core import limits
from intervene.core.actors import Role
from intervene.core.blocks import FOR_GOOD, Block
from intervene.core.conversation.blocking import Block as BlockCommand
from intervene.core.conversation.blocking import LiftBlock
from intervene.core.errors import LimitReached
from intervene.core.ids import WEBCHAT, AgentId, ChannelId, CommandId, ContactId, ConversationId, OrganisationId
from intervene.core.people import AuditEntry
from intervene.core.text import piece_text
from intervene.ports.blocks import Arrival, Blocks
from intervene.ports.contacts import Contacts
from intervene.ports.log import Commit, Held, IdentityKey, Locked, Log, Opening, Verdict
from tests.contract.build import ACME, ANNA, Talk, decide_locked
from tests.unit.core.cast import as_staff

GLOBEX = OrganisationId("globex")
PHONE = "+4930901820"
AT = ChannelId(ACME, "sms", PHONE)
LATE = 4_000_000_000_000
ROUNDS, TURNS = 40, 8


async def passes(turns: int) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)


@pytest.fixture
def blocks(store: Store) -> Blocks:
    return store.blocks


def entry(action: str = "block.put", organisation: OrganisationId = ACME) -> AuditEntry:
    return AuditEntry(organisation=organisation, action=action, subject=PHONE, by=ANNA.id)


def of(address: str = PHONE, channel: str = "sms", until: int = 0) -> Block:
    return Block(channel=channel, address=address, until=until, by=AgentId("anna"), why="spam")


async def test_an_address_is_blocked_until_its_block_is_lifted(blocks: Blocks, store: Store) -> None:
    assert await blocks.of(AT, 1) is None
    kept = await blocks.put(ACME, of(), entry())
    assert replace(kept, at=0) == of()
    assert await blocks.of(AT, LATE) == kept
    assert await blocks.arrival(AT, LATE) == Arrival(await store.contacts.whose(AT), kept)
    assert await blocks.page(ACME, None, 10) == [kept]
    assert await blocks.remove(ACME, "sms", PHONE, entry("block.remove"))
    assert not await blocks.remove(ACME, "sms", PHONE, entry("block.remove"))
    assert await blocks.of(AT, 1) is None
    assert [each.action for each in await store.audit.of(ACME, 9)] == ["block.remove", "block.put"]


async def test_a_block_ends_at_its_time(blocks: Blocks) -> None:
    kept = await blocks.put(ACME, of(until=LATE), entry())
    assert await blocks.of(AT, LATE - 1) == kept
    assert await blocks.of(AT, LATE) is None
    changed = await blocks.put(ACME, of(until=LATE + 5), entry())
    assert await blocks.page(ACME, None, 10) == [changed]


async def test_a_block_is_of_its_channel_or_of_all_and_of_its_organisation(blocks: Blocks) -> None:
    """[P6]"""
    await blocks.put(ACME, of(), entry())
    assert await blocks.of(AT._replace(channel=WEBCHAT), 1) is None
    assert await blocks.of(AT._replace(organisation=GLOBEX), 1) is None
    everywhere = await blocks.put(ACME, of(channel=""), entry())
    assert await blocks.of(AT._replace(channel=WEBCHAT), 1) == everywhere
    assert await blocks.of(AT._replace(organisation=GLOBEX), 1) is None
    assert await blocks.page(GLOBEX, None, 10) == []


async def test_the_block_that_lasts_longest_counts(blocks: Blocks) -> None:
    await blocks.put(ACME, of(until=LATE), entry())
    longest = await blocks.put(ACME, of(channel="", until=LATE + 1), entry())
    assert await blocks.of(AT, 1) == longest
    for_good = await blocks.put(ACME, of(), entry())
    assert await blocks.of(AT, 1) == for_good


async def test_the_list_is_read_page_by_page(blocks: Blocks) -> None:
    for address in ("c", "a", "b"):
        await blocks.put(ACME, of(address), entry())
    first = await blocks.page(ACME, None, 2)
    rest = await blocks.page(ACME, (first[-1].channel, first[-1].address), 2)
    assert [each.address for each in (*first, *rest)] == ["a", "b", "c"]


async def test_so_many_addresses_are_blocked_and_what_has_ended_makes_room(
    blocks: Blocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P7]"""
    monkeypatch.setattr(limits, "BLOCKS", 2)
    await blocks.put(ACME, of("a", until=1), entry())
    await blocks.put(ACME, of("b"), entry())
    await blocks.put(ACME, of("c"), entry())
    with pytest.raises(LimitReached):
        await blocks.put(ACME, of("d"), entry())
    assert [each.address for each in await blocks.page(ACME, None, 9)] == ["b", "c"]


async def test_what_was_blocked_lately_is_found(blocks: Blocks) -> None:
    first = await blocks.put(ACME, of("a"), entry())
    second = await blocks.put(GLOBEX, of("b"), entry(organisation=GLOBEX))
    found = await blocks.lately(first.at, 10)
    assert found == [(first.at, ACME, first), (second.at, GLOBEX, second)]
    assert await blocks.lately(second.at + 1, 10) == []
    assert len(await blocks.lately(first.at, 1)) == 1


# -- identities --------------------------------------------------------------------------------------------------------


async def _joins(store: Store, *addresses: str) -> None:
    """They are one customer, whose identity is the first."""
    sql = "INSERT INTO channel_id (organisation, channel, address, conversation, identity) VALUES (?, 'sms', ?, ?, ?)"

    def query() -> Query[None]:
        for n, address in enumerate(addresses):
            yield AskText(sql, (ACME, address, "" if n else "c9", addresses[0] if n else ""))

    await store.blocks._database.tell(query())  # type: ignore[attr-defined]


async def test_a_customer_with_a_blocked_address_is_blocked(blocks: Blocks, store: Store) -> None:
    """Whichever of the addresses it is."""
    await _joins(store, "1", "2", "3")
    for blocked in ("1", "3"):
        kept = await blocks.put(ACME, of(blocked), entry())
        for address in ("1", "2", "3"):
            assert await blocks.of(AT._replace(address=address), 1) == kept
        assert await blocks.of(AT._replace(address="4"), 1) is None
        [affected] = await blocks.affected(ACME, "sms", blocked)
        assert [each.address for each in affected.addresses] == ["1", "2", "3"]
        await blocks.remove(ACME, "sms", blocked, entry())
    assert await blocks.affected(ACME, "", "2") == await blocks.affected(ACME, "sms", "2")
    assert (await blocks.affected(ACME, "sms", "9"))[0] == ([AT._replace(address="9")], "")


# -- with the log ------------------------------------------------------------------------------------------------------


async def test_a_block_in_a_conversation_is_in_the_list_in_the_same_transaction(log: Log, blocks: Blocks) -> None:
    """[P5] And a lifted one is not."""
    talk = await Talk("c1").opens_in(log)
    by = as_staff(ANNA, organisation=ACME)
    by = replace(by, role=by.role.SUPERVISOR)
    epoch = talk.state.epoch
    blocking = talk.commits(
        BlockCommand(id=CommandId("b1"), by=by, epoch=epoch, until=LATE, why=piece_text("spam"), everywhere=False)
    )
    _, verdict = await decide_locked(log, talk.key, lambda locked: blocking)
    assert verdict is Verdict.WON
    at = ChannelId(ACME, WEBCHAT, talk.contact.id)
    found = await blocks.of(at, 1)
    assert found
    assert replace(found, at=0) == Block(channel=WEBCHAT, address=talk.contact.id, until=LATE, by=ANNA.id, why="spam")
    assert (await blocks.affected(ACME, WEBCHAT, talk.contact.id))[0].conversation == ConversationId("c1")
    lifting = talk.commits(LiftBlock(id=CommandId("b2"), by=by, channel=WEBCHAT, address=talk.contact.id))
    await decide_locked(log, talk.key, lambda locked: lifting)
    assert await blocks.of(at, 1) is None


@pytest.mark.parametrize("channel", [WEBCHAT, ""])
async def test_a_block_meets_each_conversation_that_opens_at_the_same_time(
    log: Log, blocks: Blocks, channel: str
) -> None:
    """[P4] [R190] Either it is refused, or whoever blocks finds it and closes it; also of an address of which nothing
    was stored."""
    ends: set[bool] = set()
    for n in range(ROUNDS):
        talk = Talk(f"c{n}")

        def begin(opening: Opening, talk: Talk = talk) -> Commit | None:
            return None if opening.blocked_until > talk.now else talk.begins(opening.whose)

        async def puts(address: str, n: int = n) -> ConversationId:
            await passes(n % TURNS)
            await blocks.put(ACME, of(address, channel), entry())
            found = await blocks.affected(ACME, channel, address)
            return next((each.conversation for each in found if each.conversation), ConversationId(""))

        address = ChannelId(ACME, WEBCHAT, talk.contact.id)
        found, (opening, commit) = await asyncio.gather(
            puts(talk.contact.id), log.open(address, talk.key.conversation, begin)
        )
        assert found == (commit.state.id if commit else ""), "none is open and not found"
        assert commit or opening.blocked_until == FOR_GOOD
        ends.add(commit is not None)
    assert ends == {True, False}, "each was the first now and then"


async def test_a_block_in_a_conversation_is_found_by_what_opens_the_next(log: Log, blocks: Blocks) -> None:
    """[R190] Under the lock of the identity, which an opening takes too."""
    talk = await Talk("c1").opens_in(log)
    by = replace(as_staff(ANNA, organisation=ACME), role=Role.SUPERVISOR)
    blocking = talk.commits(
        BlockCommand(id=CommandId("b1"), by=by, epoch=talk.state.epoch, until=LATE, why=piece_text(""), everywhere=True)
    )
    held: list[Held | None] = []

    def block(locked: Locked) -> Commit:
        held.append(locked.held)
        return blocking

    key = IdentityKey.of(talk.state)
    await decide_locked(log, talk.key, block, identity=key)
    await decide_locked(log, talk.key, lambda locked: held.append(locked.held), identity=key)
    assert [each and each.blocked_until for each in held] == [0, LATE]
    opening, _ = await log.open(ChannelId(ACME, WEBCHAT, talk.contact.id), ConversationId("c2"), lambda opening: None)
    assert opening.blocked_until == LATE


async def test_blocking_leaves_nothing_of_an_address_of_which_nothing_was_stored(
    blocks: Blocks, contacts: Contacts, store: Store
) -> None:
    await blocks.put(ACME, of(channel=""), entry())
    await blocks.put(ACME, of(), entry())
    assert await contacts.profile(ACME, ContactId(PHONE)) is None

    def query() -> Query[int]:
        ((count,),) = yield AskText("SELECT count(*) FROM identity", ())
        return int(count)

    assert await store.blocks._database.ask(query()) == 0  # type: ignore[attr-defined]


async def test_a_block_that_is_not_committed_is_not_in_the_list(log: Log, blocks: Blocks) -> None:
    talk = await Talk("c1").opens_in(log)
    contact = ContactId(talk.contact.id)

    def fails(_: object) -> None:
        raise ValueError("no")

    await decide_locked(log, talk.key, fails)
    assert await blocks.of(ChannelId(ACME, WEBCHAT, contact), 1) is None
