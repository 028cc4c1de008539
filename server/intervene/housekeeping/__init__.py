"""Work without a request: turns and timers that are due, and what is kept too long."""
