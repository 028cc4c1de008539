"""What the customers of the demo organisation have said when it is made, and what was done. Data, and nothing else."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from intervene.core.access import Visitor
from intervene.core.actors import Contact
from intervene.core.ids import WEBCHAT, Address, ContactId, FieldId, OrganisationId
from intervene.node.samples.team import COMPLAINTS_FORM, PAYMENTS_PAGE


class Says(NamedTuple):
    """The customer."""

    text: str


class BotWrites(NamedTuple):
    """Go on when the bot is in the middle of a reply, or soon without one."""


class Learns(NamedTuple):
    """The bot, of the contact, if a turn of it runs."""

    values: Mapping[str, str]


class Asks(NamedTuple):
    """The customer, for a person."""


class Takes(NamedTuple):
    by: str


class Replies(NamedTuple):
    by: str
    text: str


class Notes(NamedTuple):
    by: str
    text: str


class Files(NamedTuple):
    """Status, tags and fields, as the agent sets them."""

    by: str
    status: str = ""
    tags: Sequence[str] = ()
    fields: Mapping[FieldId, str] = {}


class Closes(NamedTuple):
    by: str


Step = Says | BotWrites | Learns | Asks | Takes | Replies | Notes | Files | Closes


class Story(NamedTuple):
    name: str
    steps: Sequence[Step]
    channel: str = WEBCHAT

    @property
    def contact(self) -> Contact:
        return Contact(id=ContactId(f"{PREFIX}{self.name.split()[0].lower()}"), name=self.name)

    def visitor(self, organisation: OrganisationId) -> Visitor:
        contact = self.contact
        return Visitor(organisation=organisation, contact=contact, address=Address(self.channel, contact.id))


PREFIX = "demo-"

WAITING = (
    Story("Maria Santos", (
        Says("Hello, I got a reminder for 84.20, but I paid the September instalment two weeks ago."),
        BotWrites(),
        Learns({"instalment": "September", "amount": "84.20", "says": "paid on the 14th"}),
        Says("It went out on the 14th. Can somebody look into that?"),
        Asks(),
    )),
    Story("Piotr Nowak", (
        Says("I was charged twice for October, on the 2nd and on the 3rd."),
        Says("My contract is 20-4471, if that helps."),
        Files("Ben", "new", ("double charge",), {FieldId("contract"): "20-4471"}),
    ), PAYMENTS_PAGE),
    Story("Aisha Rahman", (
        Says("Your letter went to my old address, and my neighbour opened it. I want to complain."),
    ), COMPLAINTS_FORM),
)  # fmt: skip

WITH_A_BOT = (
    Story("Tom Becker", (Says("Can I pay it in parts? I cannot do all of it this month."),)),
    Story("Lin Wei", (Says("What is the fee in my last letter for?"),)),
    Story("Fatima Haddad", (Says("I would like to change the day on which you debit my account."),)),
)

HELD = (
    Story("Jonas Weber", (
        Says("I lost my job in August. I do not know how to go on with the payments."),
        BotWrites(),
        Takes("Ada"),
        Replies("Ada", "Hello Jonas, I am Ada, a person. I am sorry to read that. Nothing more is due this month."),
        Says("Thank you. Could I begin again in January, with less each month?"),
        Replies("Ada", "Yes: six parts, from the end of January. I am writing it down for you now."),
        Notes("Ada", "Hardship rule applies. Letter from the employment agency is there."),
        Files("Ada", "in-review", ("hardship", "payment plan"),
              {FieldId("plan"): "Six parts", FieldId("amount"): "412.50", FieldId("promised"): "2027-01-31"}),
    )),
    Story("Chloé Martin", (
        Says("Which account do I pay to? The letter has two."),
        Takes("Ben"),
        Replies("Ben", "To the one that ends in 07. The other one is for contracts from before 2020."),
        Files("Ben", "customer", ("bank account",)),
    ), PAYMENTS_PAGE),
    Story("Elena Petrova", (
        Says("Nobody called me back, three times now."),
        Takes("Cleo"),
        Replies("Cleo", "That must not happen. I am here until we are done. May I call you at five?"),
        Notes("Cleo", "Three promised calls, none in the log of the phone system."),
        Files("Cleo", "in-review"),
    ), COMPLAINTS_FORM),
)  # fmt: skip

CLOSED = (
    Story("Nadia Karim", (
        Says("Where do I find my payment plan?"),
        BotWrites(),
        Takes("Ben"),
        Replies("Ben", "It is on the page Contracts, below the dates. I have sent it to you once more."),
        Says("Found it, thank you!"),
        Files("Ben", "solved", ("payment plan",)),
        Closes("Ben"),
    )),
    Story("Oliver Smith", (
        Says("Is it possible to pay the rest at once?"),
        Takes("Sofia"),
        Replies("Sofia", "It is. The rest is 230.00, and nothing is added if it comes before the 15th."),
        Files("Sofia", "solved", ("early payment",), {FieldId("amount"): "230.00"}),
        Closes("Sofia"),
    ), PAYMENTS_PAGE),
)  # fmt: skip

TO_A_BOT = (
    "That is more than I thought. What happens if I pay a week late?",
    "Can I choose the day of the month?",
    "And if I pay more in one month, is the next one less?",
    "Who sees what I write here?",
    "Could you say that again, but shorter?",
    "What do I have to sign?",
)
TO_AN_AGENT = (
    "Good to have a person here. Thank you.",
    "That is clear now. How do I get it in writing?",
    "Yes, please do it like that.",
    "One more question: does this change my contract?",
)
"""What those who have a bot go on to write, to it and to an agent who takes over."""

STORIES = (*WAITING, *WITH_A_BOT, *HELD, *CLOSED)
