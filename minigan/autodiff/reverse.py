"""Reverse mode: a tape of what was computed, read backwards once for every pullback."""

from __future__ import annotations

from ..validation import function
from .boundary import as_input, check_cotangents, tell_leaving
from .displacement import put_back
from .memory import keep_memory
from .ownership import own
from .tracer import Tracer, new_level, outlived
from .trees import LEAF, flatten, unflatten


class Tape:
    """The operations of one run, in order; each entry is (pull, out, args, params, parents, slot).

    A slot is the place of one value's cotangent; ``parents`` pairs the positions of watched arguments with their slots.
    The tape holds values and slots, never tracers, so dropping it frees everything by reference count.
    """

    __slots__ = ("closed", "displacements", "entries", "level", "slots")

    def __init__(self):
        self.level = new_level()
        self.entries = []
        self.slots = 0
        self.displacements = 0  # see `minigan.autodiff.displacement`
        self.closed = False

    def watch(self, value) -> Tracer:
        self.slots += 1
        return Tracer(value, self, self.slots - 1)

    def concrete(self, tracer, how):
        return tracer.value

    def process(self, primitive, args, params):
        """Run ``primitive`` on what its arguments stand for, and note it down."""
        if self.closed:
            raise RuntimeError(outlived(primitive.name, "grad or vjp"))
        values = list(args)
        parents = []
        for position, arg in enumerate(args):
            if type(arg) is Tracer and arg.owner is self:
                values[position] = arg.value
                parents.append((position, arg.data))
        # the common case, arrays of one library, goes straight to the library's function
        run = primitive.dispatch.get(tuple(map(type, values))) or primitive
        if run is primitive and primitive.is_unprepared(args):
            return primitive.prepared(*args, **params)
        try:
            out = run(*values, **params)
        except ValueError:
            if run is primitive:
                raise
            out = primitive(*values, **params)  # says it again, with the operation's name and the shapes
        pull = primitive.pull
        if pull is None:
            return out
        slot = self.slots
        if primitive.multiple:
            self.slots = slot + len(out)
            self.entries.append((pull, out, values, params, parents, range(slot, self.slots)))
            return tuple([Tracer(part, self, slot + i) for i, part in enumerate(out)])
        self.slots = slot + 1
        self.entries.append((pull, out, values, params, parents, slot))
        return Tracer(out, self, slot)

    def pull_back(self, seeds, inputs: int) -> list:
        """Cotangents of the first ``inputs`` slots, given (slot, cotangent) pairs; ``None`` where none arrived."""
        cotangents = [None] * self.slots
        for slot, g in seeds:
            cotangents[slot] = g if cotangents[slot] is None else cotangents[slot] + g
        for pull, out, args, params, parents, slot in reversed(self.entries):
            if type(slot) is int:
                g = cotangents[slot]
                if g is None:
                    continue
                cotangents[slot] = None  # nothing reads it again: let it go
            else:
                g = _instantiate([cotangents[s] for s in slot], out)
                if g is None:
                    continue
            for position, parent in parents:
                part = pull(position, g, out, args, params)
                if part is not None:
                    before = cotangents[parent]
                    cotangents[parent] = part if before is None else before + part
        found = cotangents[:inputs]
        return [put_back(g) for g in found] if self.displacements else found


def _instantiate(parts, out):
    """The cotangent of a multiple result, zeros where nothing arrived; ``None`` if nothing arrived at all."""
    from .primitive import zeros_like

    if all(part is None for part in parts):
        return None
    return tuple(zeros_like(value) if part is None else part for part, value in zip(parts, out))


def vjp(f, *primals, has_aux=False):
    """The value ``y = f(*primals)`` and its pullback, the map from a cotangent of ``y`` to cotangents of the primals.

    ``pullback(g)`` returns a tuple with one tree per primal: ``(g^T df/dx_1, ..., g^T df/dx_n)``, in each primal's
    own structure, shapes and dtypes. It can be called any number of times, and is itself differentiable.
    With ``has_aux`` the function returns ``(y, aux)`` and so does this: ``y, pullback, aux``. Raises `TypeError`
    for integer, boolean or complex inputs. Source: reverse accumulation, Griewank & Walther (2008), chapter 3.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> y, pullback = mg.vjp(lambda x: x * mnp.sin(x), 2.0)
    >>> float(pullback(1.0)[0])  # sin 2 + 2 cos 2
    0.0770037537...
    """
    function(f, "what is differentiated", "(arrays)")
    found = vjp_within("vjp", f, primals, has_aux)
    values, structure = flatten([found[0], *found[2:]])
    y, *aux = unflatten(structure, own(values))  # the tape has saved some of them
    return (y, found[1], *aux)


def vjp_within(transformation, f, primals, has_aux=False):
    """`vjp` as a step of ``transformation``, whose name the sentence on an unfit input then bears."""
    from .primitive import zeros_like

    keep_memory()
    tape = Tape()
    leaves, structure = flatten(primals)
    leaves = [as_input(leaf, transformation) for leaf in leaves]
    try:
        y = f(*unflatten(structure, [tape.watch(leaf) for leaf in leaves]))
    except ValueError as error:
        tell_leaving(error)
        raise
    finally:
        tape.closed = True
    if has_aux:
        y, aux = _split_aux(y)
        aux = strip(aux, tape)
    traced, out_structure = ([y], LEAF) if type(y) is Tracer else flatten(y)
    slots = [t.data if type(t) is Tracer and t.owner is tape else None for t in traced]
    values = [t.value if slot is not None else t for t, slot in zip(traced, slots)]
    if tape.displacements:
        values = [put_back(value) for value in values]
    y = values[0] if out_structure is LEAF else unflatten(out_structure, values)

    def pullback(g):
        cotangents = check_cotangents(g, values, out_structure)
        seeds = [(slot, c) for slot, c in zip(slots, cotangents) if slot is not None]
        found = [zeros_like(x) if c is None else c for x, c in zip(leaves, tape.pull_back(seeds, len(leaves)))]
        return unflatten(structure, own(found))

    return (y, pullback, aux) if has_aux else (y, pullback)


def _split_aux(result):
    if not (isinstance(result, tuple) and len(result) == 2):
        raise TypeError(f"with has_aux=True the function must return a pair (value, aux), and returned {result!r}")
    return result


def strip(tree, trace):
    """``tree`` with the tracers of one finished transformation replaced by their values."""
    leaves, structure = flatten(tree)
    return unflatten(structure, [put_back(t.value) if type(t) is Tracer and t.owner is trace else t for t in leaves])
