"""Quotients 0 / 0 in a backward pass, by the rule of de l'Hopital.

Where eigenvalues coincide, the cotangent of the eigenvectors vanishes together with the gap that divides it,
and the derivative is the limit of the quotient as the eigenvalues are moved apart. Likewise the gradient of h(|x|),
for an even h, is x times h'(|x|) / |x|, of which the limit at 0 is h''(0): it matters for the next derivative.

`displaced` lets a value travel on with a direction in which it could be moved; the backward pass carries the direction
along, and `taken_apart` reads off how fast the numerator grows. It is forward mode inside one tape: a `Displacement`
lies between the tape and what is outside of it, and ends where values leave the tape.
"""

from __future__ import annotations

from ..backend import to_numpy
from .batching import Batch, inside
from .forward import Dual
from .primitive import PRIMITIVES, Primitive, expand_reduced, ones_like, reduction, undo_broadcast
from .program import Recorder
from .tracer import Tracer


class Displacement(Dual):
    """One direction, known by the array ``key`` that the rule which asked for it finds in its arguments."""

    __slots__ = ("key",)

    def __init__(self, tape, key):
        super().__init__()
        tape.displacements += 1
        self.level = tape.level - 1.0 / (1.0 + tape.displacements)  # above all outside of the tape, and earlier ones
        self.key = key


class Kinked(Primitive):
    """A primitive like |x|, whose kink an even function that follows it smooths: see `over_length`."""

    __slots__ = ()

    def __call__(self, *args, **params):
        out = super().__call__(*args, **params)
        if type(out) is Tracer and hasattr(out.owner, "displacements") and _may_be_differentiated_again(out):
            return displaced(out, ones_like(out), inside_of(out))
        return out


def _may_be_differentiated_again(x) -> bool:
    """Whether ``x``, traced by a tape, is zero somewhere and under a further transformation outside of that tape."""
    value, again = x.value, False
    while type(value) is Tracer:
        if isinstance(value.owner, Recorder):
            return again  # of values that are being recorded, nobody knows which are zero
        again = again or not isinstance(value.owner, Displacement | Batch)
        value = inside(value)
    return again and bool((value == 0).any() if hasattr(value, "any") else to_numpy(value == 0).any())


def over_length(g, out, numerator, expand=lambda x: x):
    """``g * numerator / out``, and at ``out`` = 0, where the numerator is zero too, the limit of g / out times it.

    That limit is the speed of g as ``out`` moves; it is 0 unless a second derivative may be asked for. ``expand``
    brings g and ``out`` to the shape of the numerator.
    """
    g, speed = taken_apart(g, out)
    where, length = PRIMITIVES["where"], expand(out)
    zero = length == 0
    usual = expand(g) * where(zero, 0.0, numerator / where(zero, 1.0, length))
    return usual if speed is None else usual + where(zero, expand(speed), 0.0) * numerator


def length_reduction(name, numerator, examples=()):
    """A reduction with d out / d x = ``numerator(x, **params) / out``, as norms have it, and 0 where ``out`` is 0."""

    def partial(out, x, **params):
        return over_length(1.0, out, numerator(x, **params))

    def pull(position, g, out, args, params):
        (x,) = args
        axis, keepdims = params.get("axis"), params.get("keepdims", False)
        moved = over_length(g, out, numerator(x, **params), lambda part: expand_reduced(part, x, axis, keepdims))
        return undo_broadcast(moved, x)

    return reduction(name, partial, examples=examples, pull=pull, make=Kinked)


def inside_of(x) -> list:
    """What a traced ``x`` stands for on each transformation that it is under, from the latest to the array itself."""
    found = []
    while type(x) is Tracer:
        x = inside(x)
        found.append(x)
    return found


def displaced(x, direction, keys):
    """``x``, displaced along ``direction`` in every tape that it is on; ``keys`` holds what that tape knows it by."""
    if type(x) is not Tracer:
        return x
    if isinstance(x.owner, Batch):
        return x.owner.wrap(displaced(x.data, x.owner.spread(direction), keys[1:]))
    value = displaced(x.value, direction, keys[1:])
    if hasattr(x.owner, "displacements"):
        value = Tracer(value, Displacement(x.owner, keys[0]), direction)
    return Tracer(value, x.owner, x.data)


def taken_apart(g, key):
    """A cotangent, and how fast it changes along the displacement that ``key`` names; ``None`` if not at all."""
    if type(g) is Tracer and isinstance(g.owner, Batch):
        value, speed = taken_apart(g.data, key)
        return (g, None) if speed is None else (g.owner.wrap(value), g.owner.wrap(speed))
    if type(g) is not Tracer or not isinstance(g.owner, Displacement):
        return g, None
    if g.owner.key is key:
        return g.value, g.data
    value, speed = taken_apart(g.value, key)  # a later displacement lies around it
    move, _ = taken_apart(g.data, key)
    return Tracer(value, g.owner, move), speed


def may_move(g) -> bool:
    """Whether a cotangent carries a displacement along."""
    while type(g) is Tracer and isinstance(g.owner, Batch):
        g = g.data
    return type(g) is Tracer and isinstance(g.owner, Displacement)


def put_back(x):
    """``x`` where it was before any displacement of the tape that it leaves."""
    while type(x) is Tracer and isinstance(x.owner, Displacement):
        x = x.value
    if type(x) is Tracer and isinstance(x.owner, Batch):
        data = put_back(x.data)
        return x if data is x.data else x.owner.wrap(data)
    return x
