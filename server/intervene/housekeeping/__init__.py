"""Work that nobody asks for: turns and timers that are due, and what is kept too long."""
