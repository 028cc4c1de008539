"""What hub and leases have done since the start, for metrics."""


class Stats:
    __slots__ = (
        "echo_seconds",
        "forged",
        "gaps",
        "leases_failed",
        "leases_late",
        "leases_skipped",
        "listener_falls",
        "lost",
        "pipelines",
        "published",
        "publisher_falls",
        "received",
        "unreadable",
        "whispers_dropped",
    )

    def __init__(self) -> None:
        self.published = self.pipelines = 0  # commits that Redis took, and in how many round trips
        self.lost = self.whispers_dropped = 0  # commits and typing that were dropped, or may have been
        self.received = 0  # messages, our own included
        self.forged = self.unreadable = 0  # of those, dropped: without a seal of ours, and of a newer format
        self.gaps = 0  # channels whose subscription began, so that something may have been missed before
        self.publisher_falls = self.listener_falls = 0  # connections of the hub that ended
        self.echo_seconds = -1.0  # from our last beat to its hearing
        self.leases_late = self.leases_failed = self.leases_skipped = 0  # requests without an answer, or not made
