"""Where donated states live: one place for every state that somebody still holds.

A version writes a donated state's successor into kept memory, which the caller then holds and gives back. Another
state, given while the first is still held, must not be written over it: it moves into a place of its own, kept by a
residence of its own, a second copy of the version's module. A place is free again when nobody but its residences
refers to its memory; of those that are free, a version keeps one.

Where one state goes through several donating functions in turns, it stays where it is: the second function, given what
the first has kept, gets a residence in that place instead of copying the state home. It copies where the place is none
whose arrays are the ones given, all of them and no others, or where arrays that it wants end to end (packed updates) lie
otherwise.
"""

from __future__ import annotations

import os
import sys
import threading
import weakref
from collections import Counter

import numpy as np


class Place:
    """The memory of one state: ``arrays``, by identity, in which residences of one or more functions live."""

    def __init__(self, kept):
        self.arrays = frozenset(map(id, kept))
        self.within = Counter(id(x.base) for x in kept)  # kept arrays are views of pieces of bytes
        self.residences: weakref.WeakSet[Residence] = weakref.WeakSet()
        self.busy = 0  # calls that have begun to write here, and whose results nobody holds yet
        for x in kept:
            _PLACES[id(x)] = self


_PLACES: weakref.WeakValueDictionary[int, Place] = weakref.WeakValueDictionary()  # by the id of every array in them
_LOCK = threading.RLock()  # functions that share a place have locks of their own


def _forked() -> None:
    """In a forked child: another thread may have held the lock."""
    global _LOCK
    _LOCK = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


def _references(kept):
    """How many references there are to every kept array, and to the memory that it is a view of."""
    arrays = [sys.getrefcount(x) for x in kept]
    return arrays, [sys.getrefcount(x.base) for x in kept]


def _passing() -> tuple[int, int]:
    """How many of these references are only there while they are counted."""
    (array,), (memory,) = _references((np.empty(1)[:],))
    return array - 1, memory - 1


class Residence:
    """A version's function and the place that it keeps a state in.

    ``held`` counts the references that the function itself has, to each array and to each piece of memory beside those
    that the arrays are: counted where nobody else has any, or, in a place with others, known from ``like``, a residence of
    the same version that had one to itself.
    """

    def __init__(self, run, shortcut, like: Residence | None = None, place: Place | None = None):
        self.run = run
        self.kept = run.__globals__["KEPT"]
        self.quick = shortcut(run, self.kept, frozenset(id(x.base) for x in self.kept))
        if place is None:
            place = Place(self.kept)
            self.pattern = self._pattern(place)
        else:
            self.pattern = like.pattern
        self.place = place
        self.held = Counter()
        for x, array, memory in zip(self.kept, *self.pattern):
            self.held[id(x)] += array
            self.held[id(x.base)] += memory
        place.residences.add(self)

    def _pattern(self, place):
        """For every kept array the references to it, and for the first one in each piece of memory those to that."""
        arrays, memory = _references(self.kept)
        passing_array, passing_memory = _passing()
        counted, seen = [], set()
        for x, references in zip(self.kept, memory):
            first = id(x.base) not in seen
            counted.append(references - passing_memory - place.within[id(x.base)] if first else 0)
            seen.add(id(x.base))
        return [references - passing_array for references in arrays], counted

    def is_free(self, given=()) -> bool:
        """Whether nobody else holds what is kept here, but for what the state ``given`` gives up."""
        if self.place.busy:
            return False
        held = sum((residence.held for residence in self.place.residences), Counter())
        passing_array, passing_memory = _passing()
        given = given or (None,) * len(self.kept)
        return all(
            x is kept
            or (array <= held[id(kept)] + passing_array
                and memory <= held[id(kept.base)] + self.place.within[id(kept.base)] + passing_memory)
            for x, kept, array, memory in zip(given, self.kept, *_references(self.kept))
        )  # fmt: skip


class Residences(list):
    """The residences of one version; ``shortcut(run, kept, memory)`` makes the quick call of one."""

    def __init__(self, version, shortcut):
        first = Residence(version.run, shortcut)
        super().__init__([first])
        self.load, self.shortcut, self.moved = version.module.load, shortcut, version.module.moved

    def enter(self, given) -> Residence:
        """One that can take ``given`` in, a new one if need be, and busy until `leave`; further free ones are let go."""
        with _LOCK:
            found = self._joined(given) or next((residence for residence in self if residence.is_free(given)), None)
            found = found or Residence(self.load(), self.shortcut)
            found.place.busy += 1
            self[:] = [found, *(other for other in self if other is not found and not other.is_free())]
            return found

    @staticmethod
    def leave(residence) -> None:
        with _LOCK:
            residence.place.busy -= 1

    def _joined(self, given) -> Residence | None:
        """A residence where ``given`` is already, kept by other functions; ``None`` where that cannot be."""
        place = _PLACES.get(id(given[0]))
        if place is None or place.arrays != frozenset(map(id, given)) or len(place.arrays) != len(given):
            return None
        if any(residence.place is place for residence in self):  # the same arrays in another order
            return None
        memory = self.moved(given)
        return None if memory is None else Residence(self.load(memory), self.shortcut, self[0], place)
