"""Gradient descent and its relatives: each is one update of one array, lifted here to trees of them.

The loss goes down along its own gradient; to go up, negate the gradient. Memories start at zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .. import numpy as mnp
from ..autodiff import custom_vjp, flatten, unflatten
from ..autodiff.boundary import as_input
from ..autodiff.tracer import describe
from ..backend import dtype_name
from .dtypes import in_dtype, widest


@dataclass(frozen=True, repr=False)
class Optimizer:
    """Two pure functions; it unpacks as ``init, update = optim.adam(1e-3)``.

    ``state = init(params)`` and ``params, state = update(params, gradient, state)``. Parameters are any tree
    of floating-point arrays. The state is a dict: ``"step"``, how many updates were made (an array of shape
    () in the parameters' dtype), and one tree like the parameters for each memory. Results keep the dtypes of
    the parameters.

    ``update`` raises `ValueError` where the gradient or the state does not fit the parameters.
    """

    init: Callable[[Any], Any]
    update: Callable[[Any, Any, Any], tuple[Any, Any]]
    name: str

    def __iter__(self):
        return iter((self.init, self.update))

    def __repr__(self) -> str:
        return self.name


# |g| = sqrt(g^2) has no derivative at g = 0; the one of least norm is 0, and so is every higher one. With it, unrolled
# updates have finite derivatives even where a gradient was exactly zero, as with dead units.
_root = custom_vjp(mnp.sqrt, lambda g, y, s: (mnp.where(s == 0, 0.0, g * (0.5 / mnp.where(s == 0, 1.0, y))),))


def sgd(lr, clip=None) -> Optimizer:
    """x <- x - lr g.

    ``lr`` is a positive number or a schedule, a function of the number of updates made before (0 at the
    first); ``clip`` is applied to the gradient's tree first (see `clip_by_norm`).

    >>> import minigan.numpy as mnp
    >>> from minigan import optim
    >>> init, update = optim.sgd(0.1)
    >>> x = mnp.asarray([1.0])
    >>> update(x, mnp.asarray([2.0]), init(x))[0]
    array([0.8])
    """

    def prepare(rate, t):
        return lambda x, g: (x - rate * g,)

    return _optimizer("sgd", lr, clip, (), prepare)


def momentum(lr, mass: float = 0.9, nesterov: bool = False, clip=None) -> Optimizer:
    """v <- mass v + g, x <- x - lr v; with ``nesterov`` x <- x - lr (g + mass v).

    ``mass`` lies in [0, 1); ``lr`` and ``clip`` are as in `sgd`. Sources: Polyak (1964); Sutskever et al.
    (2013).

    >>> import minigan.numpy as mnp
    >>> from minigan import optim
    >>> init, update = optim.momentum(0.1)
    >>> x = mnp.asarray([1.0])
    >>> x, state = update(x, mnp.asarray([2.0]), init(x))
    >>> update(x, mnp.asarray([2.0]), state)[0]  # 0.8 - 0.1 (0.9 * 2 + 2)
    array([0.42])
    """
    _fraction(mass, "mass", "momentum")

    def prepare(rate, t):
        def rule(x, g, velocity):
            velocity = mass * velocity + g
            return x - rate * (g + mass * velocity if nesterov else velocity), velocity

        return rule

    return _optimizer("momentum", lr, clip, ("velocity",), prepare)


def rmsprop(lr, decay: float = 0.9, epsilon: float = 1e-8, epsilon_root: float = 0.0, clip=None) -> Optimizer:
    """s <- decay s + (1 - decay) g^2, x <- x - lr g / (sqrt(s + epsilon_root) + epsilon).

    ``decay`` lies in [0, 1); ``lr`` and ``clip`` are as in `sgd`, ``epsilon_root`` as in `adam`. Source:
    Tieleman & Hinton (2012), lecture 6.5.

    >>> import minigan.numpy as mnp
    >>> from minigan import optim
    >>> init, update = optim.rmsprop(0.1, decay=0.75)
    >>> x = mnp.asarray([1.0])
    >>> update(x, mnp.asarray([2.0]), init(x))[0]
    array([0.8])
    """
    _fraction(decay, "decay", "rmsprop")
    _epsilons(epsilon, epsilon_root, "rmsprop")

    def prepare(rate, t):
        def rule(x, g, mean_square):
            mean_square = decay * mean_square + (1.0 - decay) * (g * g)
            return x - rate * g / (_shifted_root(mean_square, epsilon_root) + epsilon), mean_square

        return rule

    return _optimizer("rmsprop", lr, clip, ("mean_square",), prepare)


def adam(
    lr, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8, epsilon_root: float = 0.0, clip=None
) -> Optimizer:
    """m <- beta1 m + (1 - beta1) g, v <- beta2 v + (1 - beta2) g^2, x <- x - lr m' / (sqrt(v') + epsilon).

    m' = m / (1 - beta1^t) and v' = v / (1 - beta2^t) undo the start from zero; t is 1 at the first update.
    Both betas lie in [0, 1); ``lr`` and ``clip`` are as in `sgd`. For unrolled differentiation: the
    derivative of sqrt(v') is taken as 0 at v' = 0, so all derivatives are finite, but as large as lr /
    epsilon; an ``epsilon_root`` inside the root tames them. Source: Kingma & Ba (2014), algorithm 1.

    >>> import minigan.numpy as mnp
    >>> from minigan import optim
    >>> init, update = optim.adam(0.1)
    >>> x = mnp.asarray([1.0])
    >>> x, state = update(x, mnp.asarray([250.0]), init(x))
    >>> mnp.round(x, 6)  # the first step is lr long, whatever the gradient
    array([0.9])
    """
    _fraction(beta1, "beta1", "adam")
    _fraction(beta2, "beta2", "adam")
    _epsilons(epsilon, epsilon_root, "adam")

    def prepare(rate, t):
        first_weight, second_weight = _one_minus_power(beta1, t), _one_minus_power(beta2, t)

        def rule(x, g, first_moment, second_moment):
            first_moment = beta1 * first_moment + (1.0 - beta1) * g
            second_moment = beta2 * second_moment + (1.0 - beta2) * (g * g)
            root = _shifted_root(second_moment / second_weight, epsilon_root)
            return x - rate * (first_moment / first_weight) / (root + epsilon), first_moment, second_moment

        return rule

    return _optimizer("adam", lr, clip, ("first_moment", "second_moment"), prepare)


def _shifted_root(s, epsilon_root):
    return mnp.sqrt(s + epsilon_root) if epsilon_root else _root(s)


def _one_minus_power(beta, t):
    """1 - beta^t as -expm1(t log beta): no digits lost where beta^t is close to 1 (float32 would lose four)."""
    return -mnp.expm1(t * (math.log(beta) if beta else -math.inf))


# -- from one array to a tree ----------------------------------------------------------------------------------


def _optimizer(name, lr, clip, memories, prepare) -> Optimizer:
    """The optimiser whose update of one array is ``prepare(rate, t)(x, g, *memory) -> (x, *memory)``.

    ``prepare`` is called once an update (and dtype), with this step's learning rate and t = 1, 2, ...
    """
    if (
        not callable(lr)
        and not hasattr(lr, "shape")
        and not (_is_number(lr) and lr > 0 and math.isfinite(lr))
    ):
        raise ValueError(f"the learning rate of {name} is a positive number or a schedule, and was {lr!r}")
    if clip is not None and not callable(clip):
        raise TypeError(
            f"the clip of {name} is a function of gradients, as optim.clip_by_norm(1.0), and was {clip!r}"
        )

    def init(params):
        leaves, structure = flatten(params)
        leaves = [as_input(leaf, name) for leaf in leaves]
        step = mnp.zeros((), dtype=widest(leaves))
        return {
            "step": step,
            **{m: unflatten(structure, [mnp.zeros_like(x) for x in leaves]) for m in memories},
        }

    def update(params, gradient, state):
        leaves, structure = flatten(params)
        leaves = [as_input(leaf, name) for leaf in leaves]
        if not isinstance(state, dict) or set(state) != {"step", *memories}:
            found = sorted(state) if isinstance(state, dict) else type(state).__name__
            raise ValueError(
                f"the state of {name} is a dict of {sorted(('step', *memories))}, and this one of {found}"
            )
        gradient = _fitting(gradient, leaves, structure, f"the gradient given to {name}")
        if clip is not None:
            clipped = clip(unflatten(structure, gradient))
            gradient = _fitting(clipped, leaves, structure, f"the clipped gradient of {name}")
        kept = [_fitting(state[m], leaves, structure, f"the {m} of {name}") for m in memories]
        before = state["step"]
        rate, t = lr(before) if callable(lr) else lr, before + 1.0
        rules = {}
        columns = []
        for x, *rest in zip(leaves, gradient, *kept):
            dtype = dtype_name(x.dtype)
            if dtype not in rules:
                rules[dtype] = prepare(in_dtype(rate, dtype), in_dtype(t, dtype))
            columns.append(rules[dtype](x, *rest))
        rows = zip(*columns) if columns else [()] * (1 + len(memories))
        params, *kept = (unflatten(structure, row) for row in rows)
        return params, {"step": t, **dict(zip(memories, kept))}

    return Optimizer(
        init, update, f"{name}(lr={lr if _is_number(lr) else getattr(lr, '__name__', 'schedule')})"
    )


def _fitting(tree, leaves, structure, what) -> list:
    """The leaves of ``tree``, in the dtypes of ``leaves``; refuses another structure or shape."""
    found, found_structure = flatten(tree)
    if found_structure != structure:
        raise ValueError(f"{what} has the structure {found_structure} and the parameters {structure}")
    fitting = []
    for i, (leaf, x) in enumerate(zip(found, leaves)):
        leaf = as_input(leaf, what)
        if leaf.shape != x.shape:
            raise ValueError(
                f"{what} is {describe(leaf)} at leaf {i}, where the parameters are {describe(x)}"
            )
        fitting.append(in_dtype(leaf, dtype_name(x.dtype)))
    return fitting


def _is_number(x) -> bool:
    return isinstance(x, int | float) and not isinstance(x, bool)


def _fraction(value, name, optimiser):
    if not (_is_number(value) and 0.0 <= value < 1.0):
        raise ValueError(f"the {name} of {optimiser} lies in [0, 1), and was {value!r}")


def _epsilons(epsilon, epsilon_root, optimiser):
    for name, value in (("epsilon", epsilon), ("epsilon_root", epsilon_root)):
        if not (_is_number(value) and value >= 0.0 and math.isfinite(value)):
            raise ValueError(f"the {name} of {optimiser} is a non-negative number, and was {value!r}")
