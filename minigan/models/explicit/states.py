"""All states of a few binary units, block by block: the enumeration behind every exact sum over them."""

from __future__ import annotations

import minigan.numpy as mnp

MOST_STATES = 2**20
BLOCK = 2**16  # numbers of each kind that a block of states may make: half a MiB, which stays in the cache


def binary_states(units: int, start: int = 0, stop: int | None = None):
    """The states number ``start``, ..., ``stop`` - 1 of the 2^units, as rows of 0 and 1, the last unit moving fastest.

    >>> import minigan as mg
    >>> mg.to_numpy(binary_states(2))
    array([[0., 0.],
           [0., 1.],
           [1., 0.],
           [1., 1.]])
    """
    stop = 2**units if stop is None else stop
    number = mnp.reshape(mnp.arange(start, stop, dtype="int64"), (-1, 1))
    place = mnp.asarray([2**i for i in range(units - 1, -1, -1)], dtype="int64")
    return mnp.astype(number // place % 2, "float64")


def check_few(units: int, what: str, most: int = MOST_STATES, otherwise: str = "") -> None:
    """Raises `ValueError`, with the count, where 2^units states are more than ``most``."""
    if 2**units > most:
        count = f"2^{units} = {2**units}" if units < 64 else f"2^{units}"
        told = f": {otherwise}" if otherwise else ""
        raise ValueError(f"{what} would go through {count} states, and goes through {most} at most{told}")


def state_blocks(units: int, width: int):
    """Blocks of `binary_states` in order, each of so many rows that a row of ``width`` numbers for each still fits."""
    step = max(1, min(2**units, BLOCK // max(units, width, 1)))
    for start in range(0, 2**units, step):
        yield binary_states(units, start, min(start + step, 2**units))
