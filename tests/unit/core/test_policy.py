"""An organisation's settings, and what the rules make of them: the bot that conversations begin with and go back to."""

from itertools import count

import pytest

from intervene.core.actors import Bot, Nobody
from intervene.core.control import Move
from intervene.core.errors import Forbidden
from intervene.core.ids import BotId
from intervene.core.policy import Policy, Settings, policy_of
from tests.unit.core.cast import ECHO
from tests.unit.core.play import Person, Play

OTHER = Bot(id=BotId("other"), name="Other")
BOTS = {bot.id: bot for bot in (ECHO, OTHER)}


@pytest.mark.parametrize(
    ("settings", "bot"),
    [
        (Settings(), ECHO),
        (Settings(bot="other"), OTHER),
        (Settings(bot="none"), None),
        (Settings(bot="one of another release"), None),
    ],
)
def test_a_policy_names_the_bot_that_was_set_if_there_is_one(settings: Settings, bot: Bot | None) -> None:
    """[P5] Customers wait for a person, and not for a bot that no node runs."""
    assert policy_of(3, settings, ECHO, BOTS) == Policy(version=3, bot=bot)
    assert policy_of(3, Settings(), None, BOTS).bot is None


def test_an_agent_hands_back_to_the_bot_of_the_policy(play: Play, anna: Person) -> None:
    anna.intervenes()
    anna.hands_back(ECHO)
    assert play.state.holder == ECHO
    play.policy = Policy(version=1, bot=OTHER)
    anna.intervenes()
    with pytest.raises(Forbidden, match="no bot 'echo' here"):
        anna.hands_back(ECHO)
    anna.hands_back(OTHER)
    assert play.changed(Move.HAND_BACK, OTHER)
    play.policy = Policy(version=2)
    anna.intervenes()
    with pytest.raises(Forbidden, match="no bot 'other' here"):
        anna.hands_back(OTHER)
    assert play.holder == anna.who.name


def test_a_conversation_goes_on_with_the_bot_that_holds_it_when_the_policy_changes(play: Play) -> None:
    """[P1] A policy says who gets control next, and takes it from nobody."""
    for version, bot in zip(count(1), (OTHER, None)):
        play.policy = Policy(version=version, bot=bot)
        play.customer.says("hi")
        assert play.state.holder == ECHO


def test_a_closed_conversation_reopens_with_the_bot_of_the_day(play: Play, anna: Person) -> None:
    for version, bot in enumerate((OTHER, None, ECHO), start=1):
        anna.intervenes()
        anna.closes()
        play.policy = Policy(version=version, bot=bot)
        play.customer.says("one more thing")
        assert play.state.holder == (bot or Nobody())
