"""Where donated states live: one residence for every state that somebody still holds.

A version writes a donated state's successor into kept memory, which the caller then holds and gives back. Another
state, given while the first is still held, must not be written over it: it moves into a residence of its own, a
second copy of the version's module. A residence is free again when nobody but its own module refers to its memory;
of those that are free, one is kept.
"""

from __future__ import annotations

import sys


class Residence:
    """A version's function and the memory that it keeps a state in."""

    def __init__(self, run, shortcut):
        self.run = run
        self.kept = run.__globals__["KEPT"]
        memory = frozenset(id(x.base) for x in self.kept)  # kept arrays are views of pieces of bytes
        self.quick = shortcut(run, self.kept, memory)
        self.own = self._references()

    def _references(self):
        """How many references there are to every kept array, and to the memory that it is a view of."""
        arrays = [sys.getrefcount(x) for x in self.kept]
        return arrays, [sys.getrefcount(x.base) for x in self.kept]

    def is_free(self, given=()) -> bool:
        """Whether nobody else holds what is kept here, but for what the state ``given`` gives up."""
        arrays, memory = self._references()
        given = given or (None,) * len(arrays)
        return all(
            x is kept or (array <= own_array and whole <= own_whole)
            for x, kept, array, whole, own_array, own_whole in zip(given, self.kept, arrays, memory, *self.own)
        )


class Residences(list):
    """The residences of one version; ``shortcut(run, kept, memory)`` makes the quick call of one."""

    def __init__(self, version, shortcut):
        super().__init__([Residence(version.run, shortcut)])
        self.load, self.shortcut = version.module.load, shortcut

    def place(self, given) -> Residence:
        """One that can take ``given`` in, a new one if need be; further ones that are free are let go."""
        found = next((residence for residence in self if residence.is_free(given)), None)
        found = found or Residence(self.load(), self.shortcut)
        self[:] = [found, *(other for other in self if other is not found and not other.is_free())]
        return found
