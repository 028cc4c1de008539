"""Who may speak for the business: the holder, the epoch, and the one table of moves.

Two rules. Every move adds one to the epoch, and nothing else does: a move changes the holder, but for a customer's
asking for a person while nobody holds control. A move that is not in `TABLE` is illegal.
"""

from enum import StrEnum
from typing import NamedTuple

from intervene.core.actors import Actor, Agent, Bot, Contact, Holder, Nobody, Role, System
from intervene.core.errors import Forbidden, IllegalMove


class Place(StrEnum):
    """Where control is, as the table sees it."""

    BOT = "bot"
    AGENT = "agent"
    NOBODY = "nobody"
    CLOSED = "closed"


class Move(StrEnum):
    START = "start"
    HAND_BACK = "hand_back"
    INTERVENE = "intervene"
    ASK = "ask"
    FINISH = "finish"
    RELEASE = "release"
    LAPSE = "lapse"
    ASSIGN = "assign"
    TRANSFER = "transfer"
    CLOSE = "close"
    REOPEN = "reopen"
    BEGIN = "begin"
    CONTINUE = "continue"


class Party(StrEnum):
    """What somebody is to a conversation at this moment."""

    BOT = "the bot that holds control"
    HOLDER = "the agent who holds control"
    AGENT = "an agent"
    SUPERVISOR = "a supervisor"
    CONTACT = "the customer"
    SYSTEM = "the product"


class Rule(NamedTuple):
    to: frozenset[Place]
    by: frozenset[Party]


def _rule(to: Place | set[Place], *by: Party) -> Rule:
    return Rule(frozenset({to} if isinstance(to, Place) else to), frozenset(by))


TABLE: dict[tuple[Place, Move], Rule] = {
    (Place.NOBODY, Move.START): _rule(Place.BOT, Party.SYSTEM, Party.AGENT, Party.SUPERVISOR),
    (Place.AGENT, Move.HAND_BACK): _rule(Place.BOT, Party.HOLDER),
    (Place.BOT, Move.INTERVENE): _rule(Place.AGENT, Party.AGENT, Party.SUPERVISOR),
    (Place.NOBODY, Move.INTERVENE): _rule(Place.AGENT, Party.AGENT, Party.SUPERVISOR),
    (Place.AGENT, Move.INTERVENE): _rule(Place.AGENT, Party.SUPERVISOR),
    (Place.BOT, Move.ASK): _rule(Place.NOBODY, Party.BOT, Party.CONTACT, Party.SYSTEM),
    (Place.NOBODY, Move.ASK): _rule(Place.NOBODY, Party.CONTACT),
    (Place.BOT, Move.FINISH): _rule(Place.NOBODY, Party.BOT),
    (Place.AGENT, Move.RELEASE): _rule(Place.NOBODY, Party.HOLDER),
    (Place.AGENT, Move.LAPSE): _rule(Place.NOBODY, Party.SYSTEM),
    (Place.BOT, Move.ASSIGN): _rule(Place.AGENT, Party.SUPERVISOR),
    (Place.AGENT, Move.ASSIGN): _rule(Place.AGENT, Party.HOLDER, Party.SUPERVISOR),
    (Place.NOBODY, Move.ASSIGN): _rule(Place.AGENT, Party.SUPERVISOR),
    (Place.BOT, Move.TRANSFER): _rule(Place.NOBODY, Party.SUPERVISOR),
    (Place.AGENT, Move.TRANSFER): _rule(Place.NOBODY, Party.HOLDER, Party.SUPERVISOR),
    (Place.BOT, Move.CLOSE): _rule(Place.CLOSED, Party.BOT, Party.SUPERVISOR, Party.SYSTEM),
    (Place.AGENT, Move.CLOSE): _rule(Place.CLOSED, Party.HOLDER, Party.SUPERVISOR, Party.SYSTEM),
    (Place.NOBODY, Move.CLOSE): _rule(Place.CLOSED, Party.SUPERVISOR, Party.SYSTEM),
    (Place.CLOSED, Move.REOPEN): _rule(
        {Place.BOT, Place.NOBODY}, Party.CONTACT, Party.AGENT, Party.SUPERVISOR, Party.SYSTEM
    ),
    (Place.NOBODY, Move.BEGIN): _rule(Place.AGENT, Party.AGENT, Party.SUPERVISOR),
    (Place.BOT, Move.CONTINUE): _rule(Place.CLOSED, Party.SYSTEM),
    (Place.AGENT, Move.CONTINUE): _rule(Place.CLOSED, Party.SYSTEM),
    (Place.NOBODY, Move.CONTINUE): _rule(Place.CLOSED, Party.SYSTEM),
}


def place_of(holder: Holder, is_open: bool) -> Place:
    if not is_open:
        return Place.CLOSED
    match holder:
        case Bot():
            return Place.BOT
        case Agent():
            return Place.AGENT
        case Nobody():
            return Place.NOBODY


def party_of(actor: Actor, holder: Holder, role: Role = Role.AGENT) -> frozenset[Party]:
    """What `actor` is to a conversation that `holder` holds; a supervisor is an agent too, an admin is a supervisor."""
    match actor:
        case Bot():
            return frozenset({Party.BOT}) if isinstance(holder, Bot) and holder.id == actor.id else frozenset()
        case Contact():
            return frozenset({Party.CONTACT})
        case System():
            return frozenset({Party.SYSTEM})
        case Agent():
            parties = {Party.AGENT}
            if role.leads:
                parties.add(Party.SUPERVISOR)
            if isinstance(holder, Agent) and holder.id == actor.id:
                parties.add(Party.HOLDER)
            return frozenset(parties)


def check_move(at: Place, move: Move, to: Place, parties: frozenset[Party]) -> None:
    """Raise `IllegalMove` when the table has no such move, `Forbidden` when it is not theirs to make."""
    rule = TABLE.get((at, move))
    if rule is None or to not in rule.to:
        raise IllegalMove(f"Cannot {move.replace('_', ' ')} here: {_WHERE[at]}", move=move, place=at)
    if not parties & rule.by:
        allowed = " or ".join(sorted(rule.by))
        raise Forbidden(f"To {move.replace('_', ' ')} while {_WHERE[at]} takes {allowed}.", move=move, place=at)


_WHERE = {
    Place.BOT: "a bot holds control",
    Place.AGENT: "an agent holds control",
    Place.NOBODY: "nobody holds control",
    Place.CLOSED: "the conversation is closed",
}
