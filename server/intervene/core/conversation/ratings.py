"""What a customer thinks of a conversation that is closed: the command and its rule."""

from intervene.core.conversation.commit import Draft
from intervene.core.conversation.fence import none
from intervene.core.conversation.givers import ByVisitor
from intervene.core.conversation.repeats import Effect
from intervene.core.conversation.rule import CONTACT, Rule, Rules
from intervene.core.errors import Forbidden
from intervene.core.events import Rated
from intervene.core.text import Text


class Rate(ByVisitor, frozen=True, kw_only=True, gc=False):
    """`score` from 1 to 5; `comment` may be empty. The last one of a close counts."""

    score: int
    comment: Text


def rate(draft: Draft, command: Rate) -> None:
    if draft.state.is_open:
        raise Forbidden("This conversation goes on. It can be rated once it is closed.")
    draft.check_format()
    if command.comment or command.score != draft.state.card.rating:
        draft.log(Rated(score=command.score, comment=command.comment), command.author, command.id)


Command = Rate

RULES: Rules = {
    Rate: Rule(rate, CONTACT, none("nobody holds control of what is closed"), Effect(Rated, ("score", "comment"))),
}
