"""Frames of staff about who of them can be reached."""

from intervene.core.actors import Agent
from intervene.core.presence import Availability, Choice
from intervene.core.wire.common import Incoming, Outgoing, Part

# -- in ----------------------------------------------------------------------------------------------------------------


class SetPresence(Incoming, tag="set_presence", frozen=True, kw_only=True):
    """The sender can be reached, or would rather not: in all sessions, until they choose otherwise."""

    presence: Choice


class Active(Incoming, tag="active", frozen=True, kw_only=True):
    """The person has used the page. Sent at most every 30 s."""


# -- out ---------------------------------------------------------------------------------------------------------------


class PersonPresence(Part, frozen=True, kw_only=True):
    person: Agent
    presence: Availability


class StaffPresence(Outgoing, tag="presence", frozen=True, kw_only=True):
    """Of the people of the organisation, those who are seen otherwise now. `reset`: forget what you had; who is not
    named is offline, or one of `more` whom the list has no room for."""

    people: list[PersonPresence]
    reset: bool = False
    more: int = 0
