"""What the views of sessions are read from."""

from typing import NamedTuple

from intervene.feed.reading import Readers
from intervene.ports.inbox import Inbox
from intervene.ports.read_positions import ReadPositions


class Sources(NamedTuple):
    """What is read for views."""

    inbox: Inbox
    positions: ReadPositions
    readers: Readers
    """By which reads of one person wait for each other."""
