"""Derivatives stated by hand: `stop_gradient` and `custom_vjp`."""

from __future__ import annotations

import functools
from typing import ClassVar

from ..validation import function
from .batching import Batch, over_examples
from .boundary import check_cotangents
from .forward import Dual
from .primitive import PRIMITIVES, zeros_like
from .reverse import Tape, vjp
from .tracer import Tracer, innermost
from .trees import flatten, tree_map, unflatten


def stop_gradient(x):
    """``x`` as a constant: every transformation around it sees derivative zero. Takes and returns any tree.

    >>> import minigan as mg
    >>> float(mg.grad(lambda x: x * mg.stop_gradient(x))(3.0))
    3.0
    """
    return tree_map(_stop, x)


def _stop(x):
    while type(x) is Tracer and isinstance(x.owner, Tape | Dual):
        x = x.value
    return x.owner.wrap(_stop(x.data)) if type(x) is Tracer and isinstance(x.owner, Batch) else x


class CustomVJP:
    """A function with its own pullback, seen by a transformation as one operation (see `custom_vjp`)."""

    name = "custom_vjp"
    dispatch: ClassVar[dict] = {}  # nothing goes past __call__
    multiple = True

    def __init__(self, f, rule, structure):
        self.f = f
        self.rule = rule
        self.structure = structure  # of the arguments
        self.out_structure = None

    def is_unprepared(self, leaves) -> bool:
        return False  # leaves of trees are no lists

    def __call__(self, *leaves):
        tracers = [leaf for leaf in leaves if type(leaf) is Tracer]
        if tracers:
            trace = max((t.owner for t in tracers), key=lambda trace: trace.level)
            if isinstance(trace, Tape | Dual | Batch):
                return trace.process(self, leaves, {})
        out, self.out_structure = flatten(self.f(*unflatten(self.structure, leaves)))
        return tuple(out)

    @staticmethod
    def batch(operation, leaves, batched, params):
        """The same on all examples, with the rule run over them; what they share gets the sum of its cotangents."""
        several = unflatten(operation.structure, batched)

        def f(*args):
            values = flatten(args)[0]
            return over_examples(lambda *one: operation.f(*unflatten(operation.structure, one)), values, batched)

        def rule(g, out, *args):
            (given, structure), values = flatten((g, out)), flatten(args)[0]

            def of_one(*leaves):
                g, out = unflatten(structure, leaves[: len(given)])
                return operation.stated(g, out, unflatten(operation.structure, leaves[len(given) :]))

            found = over_examples(of_one, [*given, *values], [True] * len(given) + batched)
            return tuple(None if part is None else tree_map(_summed, part, each) for part, each in zip(found, several))

        on_all = CustomVJP(f, rule, operation.structure)
        out = on_all(*leaves)
        operation.out_structure = on_all.out_structure
        return out

    def pull(self, position, g, out, args, params):
        return self._cotangents(g, out, args)[position]

    def stated(self, g, out, arguments):
        """What the rule returns, as a tuple with an entry for each of the arguments."""
        stated = self.rule(g, out, *arguments)
        if len(arguments) == 1 and not isinstance(stated, tuple):
            stated = (stated,)
        if not isinstance(stated, tuple) or len(stated) != len(arguments):
            raise ValueError(
                f"the rule of custom_vjp must return a tuple of {len(arguments)} cotangents, one per argument, "
                f"and returned {stated!r}"
            )
        return stated

    def _cotangents(self, g, out, args):
        arguments = unflatten(self.structure, args)
        g, out = unflatten(self.out_structure, g), unflatten(self.out_structure, out)
        stated = self.stated(g, out, arguments)
        filled = tuple(
            tree_map(lambda x: 0.0 * x, argument) if cotangent is None else cotangent
            for cotangent, argument in zip(stated, arguments)
        )
        return check_cotangents(filled, args, self.structure)

    def push(self, tangents, out, args, params):
        """The pullback is linear in g; its transpose, taken by running it backwards, is the forward rule."""

        def pull_all(*g):
            return tuple(self._cotangents(g, out, args))

        _, transpose = vjp(pull_all, *(zeros_like(o) for o in out))
        return transpose(tuple(_zero(x) if t is None else t for t, x in zip(tangents, args)))


def _zero(x):
    return zeros_like(x) if hasattr(innermost(x), "shape") else 0.0  # a number of Python's among the arguments


def _summed(cotangents, batched):
    return cotangents if batched else PRIMITIVES["sum"](cotangents, axis=0)


def custom_vjp(f, rule):
    """``f`` with the pullback ``rule(g, y, *args) -> (cotangent of args[0], ...)`` in place of its own derivative.

    ``y = f(*args)`` is the value, ``g`` the cotangent of ``y``; arguments and value may be trees, ``None`` stands
    for a zero cotangent, and for one argument the tuple may be left out. Write the rule with differentiable functions
    and every order works; forward mode transposes it. The standard use is the envelope theorem:
    the derivative of ``f*(t) = max_u (u t - f(u))`` is the maximiser, however it was found.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> clipped = mg.custom_vjp(lambda x: x, lambda g, y, x: (mnp.clip(g, -1.0, 1.0),))
    >>> float(mg.grad(lambda x: 100.0 * clipped(x))(2.0))
    1.0
    """

    function(f, "the function of custom_vjp", "(*args)")
    function(rule, "the rule of custom_vjp", "(g, y, *args)")

    @functools.wraps(f, assigned=("__name__", "__qualname__", "__module__", "__doc__"), updated=())
    def with_rule(*args):
        leaves, structure = flatten(args)
        operation = CustomVJP(f, rule, structure)
        return unflatten_out(operation(*leaves), operation)

    def unflatten_out(leaves, operation):
        return unflatten(operation.out_structure, leaves)

    return with_rule
