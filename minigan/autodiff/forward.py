"""Forward mode: every value travels with its tangent."""

from __future__ import annotations

from ..validation import function
from .boundary import as_input, check_tangents, tell_leaving
from .ownership import own
from .tracer import Tracer, new_level, outlived
from .trees import flatten, unflatten


class Dual:
    """One forward transformation. A tracer of it carries the value and, as its data, the tangent."""

    __slots__ = ("closed", "level")

    def __init__(self):
        self.level = new_level()
        self.closed = False

    def concrete(self, tracer, how):
        return tracer.value

    def process(self, primitive, args, params):
        """Run ``primitive`` on the values, and its rule on the tangents."""
        if self.closed:
            raise RuntimeError(outlived(primitive.name, "jvp or hvp"))
        if primitive.is_unprepared(args):
            return primitive.prepared(*args, **params)
        values, tangents = [], []
        for arg in args:
            if type(arg) is Tracer and arg.owner is self:
                values.append(arg.value)
                tangents.append(arg.data)
            else:
                values.append(arg)
                tangents.append(None)
        out = primitive(*values, **params)
        if primitive.push is None:
            return out
        tangent = primitive.push(tangents, out, values, params)
        if tangent is None:
            return out
        if primitive.multiple:
            return tuple(Tracer(part, self, t) for part, t in zip(out, tangent))
        return Tracer(out, self, tangent)


def jvp(f, primals, tangents, has_aux=False):
    """The value ``f(*primals)`` and its derivative along ``tangents``: ``(y, dy)``, ``dy = sum_i df/dx_i . t_i``.

    ``primals`` and ``tangents`` are tuples of trees with the same structure and shapes;
    ``dy`` has the structure of ``y``. With ``has_aux`` the function returns ``(y, aux)`` and this ``(y, dy, aux)``.
    Raises `ValueError` where the two differ in structure or shape, `TypeError` for inputs that are not floating point.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> y, dy = mg.jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 10.0))
    >>> float(y), float(dy)
    (6.0, 23.0)
    """
    from .primitive import zeros_like
    from .reverse import _split_aux, strip

    function(f, "what is differentiated", "(arrays)")
    if not isinstance(primals, tuple | list) or not isinstance(tangents, tuple | list):
        raise TypeError("jvp takes tuples of arguments and of tangents: mg.jvp(f, (x,), (t,))")
    primals, tangents = tuple(primals), tuple(tangents)
    trace = Dual()
    leaves, structure = flatten(primals)
    leaves = [as_input(leaf, "jvp") for leaf in leaves]
    moves = check_tangents(tangents, leaves, structure)
    try:
        y = f(*unflatten(structure, [Tracer(x, trace, t) for x, t in zip(leaves, moves)]))
    except ValueError as error:
        tell_leaving(error)
        raise
    finally:
        trace.closed = True
    if has_aux:
        y, aux = _split_aux(y)
        aux = strip(aux, trace)
    traced, out_structure = flatten(y)
    values, derivative = [], []
    t = y = None
    for t in traced:
        if type(t) is Tracer and t.owner is trace:
            values.append(t.value)
            derivative.append(t.data)
        else:
            values.append(t)
            derivative.append(zeros_like(t) if hasattr(t, "dtype") else 0.0)
    del traced, t  # tracers hold what they stand for
    y, dy = unflatten(out_structure, own(values)), unflatten(out_structure, own(derivative))
    return (y, dy, aux) if has_aux else (y, dy)
