"""Who gives a person's command: organisation and role are the token's, and the giver's, not the command's."""

from msgspec import Struct

from intervene.core.access import Staff, Visitor
from intervene.core.actors import Agent, Contact
from intervene.core.ids import AgentId, CommandId


class ByStaff(Struct, frozen=True, kw_only=True, gc=False):
    """A command of an agent or a supervisor."""

    id: CommandId
    by: Staff

    @property
    def author(self) -> Agent:
        """Of what it writes."""
        return self.by.agent


class NamesPeople(ByStaff, frozen=True, kw_only=True, gc=False):
    """A command that names colleagues. `people`: those of them whom the directory has, and who are not disabled: looked
    up before the command is submitted, wherever they are at home."""

    people: tuple[Staff, ...] = ()

    @property
    def named(self) -> tuple[AgentId, ...]:
        """Their ids."""
        raise NotImplementedError


class ByVisitor(Struct, frozen=True, kw_only=True, gc=False):
    """A command of a customer."""

    id: CommandId
    by: Visitor

    @property
    def author(self) -> Contact:
        """Of what it writes."""
        return self.by.contact
