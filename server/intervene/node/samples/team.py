"""Who works for the demo organisation, and what it has set. Data, and nothing else."""

from collections.abc import Sequence
from typing import NamedTuple

from intervene.core.access import Staff
from intervene.core.actors import Agent, Role
from intervene.core.hours import Day, WeeklySpan
from intervene.core.ids import DEFAULT_QUEUE, AgentId, BotId, HoursId, OrganisationId, QueueId
from intervene.core.policy import NO_BOT
from intervene.core.settings import (
    CannedReply,
    ChannelSettings,
    FieldKind,
    FieldSettings,
    HoursSettings,
    Kind,
    QueueSettings,
    ReasonSettings,
    StatusSettings,
    Values,
    Visibility,
)

PASSWORD = "intervene-demo"
"""Of all of them. Everybody can read it here: outside development it opens nothing."""
PAYMENTS, COMPLAINTS = QueueId("payments"), QueueId("complaints")
PAYMENTS_PAGE, COMPLAINTS_FORM = "payments-page", "complaints-form"


class Colleague(NamedTuple):
    """`queues`: in which teams they are put; an agent who is in none serves the default queue."""

    name: str
    role: Role
    about: str
    queues: Sequence[QueueId] = ()

    @property
    def id(self) -> AgentId:
        """The same as who enters the desk by that name."""
        return AgentId(self.name.lower())

    @property
    def email(self) -> str:
        """In a domain that is nobody's (RFC 2606)."""
        return f"{self.id}@demo.example"

    def staff(self, organisation: OrganisationId) -> Staff:
        return Staff(organisation=organisation, agent=Agent(id=self.id, name=self.name), role=self.role)


TEAM = (
    Colleague("Ada", Role.AGENT, "Serves General and Payments", (DEFAULT_QUEUE, PAYMENTS)),
    Colleague("Ben", Role.AGENT, "Serves General and Payments", (DEFAULT_QUEUE, PAYMENTS)),
    Colleague("Cleo", Role.AGENT, "Serves General and Complaints", (DEFAULT_QUEUE, COMPLAINTS)),
    Colleague("Dan", Role.AGENT, "New here: serves General"),
    Colleague("Sofia", Role.SUPERVISOR, "Sees all queues, and takes over from anybody"),
    Colleague("Omar", Role.ADMIN, "Also decides who works here, and on settings"),
)

_WORKDAYS = (Day.MONDAY, Day.TUESDAY, Day.WEDNESDAY, Day.THURSDAY, Day.FRIDAY)

SETTINGS: Sequence[tuple[Kind, str, Values]] = (
    (
        Kind.HOURS,
        "office",
        HoursSettings(
            name="Office hours",
            zone="Europe/Berlin",
            spans=tuple(WeeklySpan(day=day, opens="08:00", closes="18:00") for day in _WORKDAYS),
        ),
    ),
    (Kind.QUEUE, PAYMENTS, QueueSettings(name="Payments")),
    (
        Kind.QUEUE,
        COMPLAINTS,
        QueueSettings(
            name="Complaints",
            visibility=Visibility.HOLDER,
            hours=HoursId("office"),
            away_message="Our complaints team is in the office from Monday to Friday, 8 to 18 h, and answers then.",
            needs_reason=True,
        ),
    ),
    (Kind.QUEUE, "campaign", QueueSettings(name="Summer campaign", is_active=False)),
    (Kind.STATUS, "new", StatusSettings(name="New", colour="#2d4be0", position=1)),
    (Kind.STATUS, "in-review", StatusSettings(name="In review", colour="#7d3f8d", position=2)),
    (Kind.STATUS, "customer", StatusSettings(name="Waiting for customer", colour="#b04d08", position=3)),
    (Kind.STATUS, "solved", StatusSettings(name="Solved", colour="#1d7a3c", position=4)),
    (Kind.FIELD, "contract", FieldSettings(name="Contract", position=1)),
    (Kind.FIELD, "amount", FieldSettings(name="Amount open", kind=FieldKind.NUMBER, position=2)),
    (Kind.FIELD, "promised", FieldSettings(name="Promised for", kind=FieldKind.DATE, position=3)),
    (
        Kind.FIELD,
        "plan",
        FieldSettings(name="Plan", kind=FieldKind.CHOICE, choices=("Three parts", "Six parts"), position=4),
    ),
    (
        Kind.CANNED_REPLY,
        "welcome",
        CannedReply(name="Welcome", text="Hello {contact.name}, this is a person. I have read what you wrote."),
    ),
    (
        Kind.CANNED_REPLY,
        "plan",
        CannedReply(name="Payment plan", text="You can pay in three or in six parts, at no extra charge."),
    ),
    (Kind.CANNED_REPLY, "bye", CannedReply(name="Goodbye", text="Thank you, {contact.name}. Have a good day.")),
    (Kind.REASON, "answered", ReasonSettings(name="Question answered", position=1)),
    (Kind.REASON, "redress", ReasonSettings(name="Put right", position=2)),
    (Kind.REASON, "silent", ReasonSettings(name="Customer did not answer", position=3)),
    (
        Kind.CHANNEL,
        PAYMENTS_PAGE,
        ChannelSettings(name="Page of payments", bot=BotId(NO_BOT), queue=PAYMENTS, greeting="How can we help?"),
    ),
    (
        Kind.CHANNEL,
        COMPLAINTS_FORM,
        ChannelSettings(name="Form for complaints", bot=BotId(NO_BOT), queue=COMPLAINTS),
    ),
)
