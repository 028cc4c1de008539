"""What this node remembers of each conversation, and how sessions follow it."""
