"""The client of a session, and those who join: what all tests of sessions share."""

import json
from collections.abc import Iterator
from itertools import count

from intervene.core.access import Principal, Staff, Visitor
from intervene.core.actors import Agent, Role
from intervene.core.ids import AgentId, ConversationId, Key
from intervene.core.session import (
    Act,
    Allowance,
    Send,
    Session,
    Surroundings,
    Verify,
)
from intervene.core.wire import common, staff
from intervene.core.wire.contact import ContactError
from intervene.edge.allowances import Allowances
from tests.unit.core.cast import ACME, CLARA

ANNA = Agent(id=AgentId("anna"), name="Anna")
C1 = Key(ACME, ConversationId("c1"))

as_anna = Staff(organisation=ACME, agent=ANNA, role=Role.AGENT)
as_clara = Visitor(organisation=ACME, contact=CLARA)


NOW, EXPIRES = 1_000_000_000_000, 1000.5


class Peer:
    """The client of a session. Time stands still unless it waits."""

    def __init__(self, allowance: Allowance | None = None) -> None:
        numbers: Iterator[int] = count(1)
        self.session = Session(Surroundings(lambda: f"m{next(numbers)}", allowance or Allowances(None)), "192.0.2.7")
        self.now = 100.0

    def sends(self, data: bytes) -> Act:
        return self.session.receive(data, self.now)

    def says(self, type: str, **fields: object) -> Act:
        return self.sends(json.dumps({"type": type, **fields}).encode())

    def joins(self, principal: Principal) -> "Peer":
        assert isinstance(self.says("hello", token="t"), Verify)
        assert isinstance(self.session.joined(principal, EXPIRES, NOW), Send)
        return self


def error(act: Act) -> staff.Error | ContactError:
    assert isinstance(act, Send), act
    assert isinstance(act.frame, staff.Error | ContactError), act.frame
    return act.frame


def is_alive(peer: Peer) -> bool:
    return peer.says("ping") == Send(common.Pong())
