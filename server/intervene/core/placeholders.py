"""Placeholders of canned replies. Clients fill them in before an agent sends the text, so that the agent sees it."""

import re

_placeholder = re.compile(r"\{(contact|agent)\.name\}")


def fill_in(text: str, *, contact: str, agent: str) -> str:
    """The text of a canned reply, with the names of the contact and of the agent who sends it, which may be empty.

    Args:
        text: As the organisation has set it, with `{contact.name}` and `{agent.name}`. Whatever else stands in braces
            stays.
        contact: The contact's name; empty where none is known.
        agent: The agent's own name.

    Returns:
        The text for the composer.
    """
    names = {"contact": contact, "agent": agent}
    return _placeholder.sub(lambda found: names[found[1]], text)
