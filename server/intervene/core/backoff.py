"""How long to rest before what failed is tried again: longer after each failure, and never at one moment for all."""


def rest_seconds(failures: int, *, first: float, longest: float, chance: float) -> float:
    """After so many failures in a row, at least one: between a half and the whole of `first`, doubled with each and at
    most `longest`. `chance` is random, from 0 to 1."""
    return min(longest, first * 2.0 ** min(failures - 1, 30)) * (0.5 + chance / 2)
