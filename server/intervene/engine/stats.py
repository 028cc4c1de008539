"""What a node counts of its own work."""


class Stats:
    """What the door has done since the start."""

    __slots__ = ("answered", "commits", "conflicts", "groups", "locked")

    def __init__(self) -> None:
        self.groups = self.commits = self.conflicts = self.locked = self.answered = 0
