"""Programs for operators: migrate, backup, restore, verify, doctor. They may use adapters, and no part of a running
node."""
