"""Quotients 0 / 0 in a backward pass, by the rule of de l'Hopital.

Where eigenvalues coincide, the cotangent of the eigenvectors vanishes together with the gap that divides it, and the
derivative is the limit of the quotient as the eigenvalues are moved apart. `displaced` lets a value travel on with a
direction in which it could be moved; the backward pass carries the direction along, and `taken_apart` reads off how
fast the numerator grows. It is forward mode inside one tape: a `Displacement` lies between the tape and what is
outside of it, and ends where values leave the tape.
"""

from __future__ import annotations

from .forward import Dual
from .tracer import Tracer


class Displacement(Dual):
    """One direction, known by the array ``key`` that the rule which asked for it finds in its arguments."""

    __slots__ = ("key",)

    def __init__(self, tape, key):
        super().__init__()
        tape.displacements += 1
        self.level = tape.level - 1.0 / (1.0 + tape.displacements)  # above all outside of the tape, and earlier ones
        self.key = key


def displaced(x, direction, keys):
    """``x``, displaced along ``direction`` in every tape that it is on; ``keys`` holds what that tape knows it by."""
    if type(x) is not Tracer:
        return x
    value = displaced(x.value, direction, keys[1:])
    if hasattr(x.owner, "displacements"):
        value = Tracer(value, Displacement(x.owner, keys[0]), direction)
    return Tracer(value, x.owner, x.data)


def taken_apart(g, key):
    """A cotangent, and how fast it changes along the displacement that ``key`` names; ``None`` if not at all."""
    if type(g) is not Tracer or not isinstance(g.owner, Displacement):
        return g, None
    if g.owner.key is key:
        return g.value, g.data
    value, speed = taken_apart(g.value, key)  # a later displacement lies around it
    move, _ = taken_apart(g.data, key)
    return Tracer(value, g.owner, move), speed


def put_back(x):
    """``x`` where it was before any displacement of the tape that it leaves."""
    while type(x) is Tracer and isinstance(x.owner, Displacement):
        x = x.value
    return x
