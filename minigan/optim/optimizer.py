"""What an optimiser is, and how the update of one array becomes the update of a tree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .. import numpy as mnp
from ..autodiff import flatten, unflatten
from ..autodiff.boundary import as_input
from ..autodiff.primitive import is_complex
from ..autodiff.program import seen
from ..autodiff.tracer import describe
from ..backend import dtype_name, to_numpy
from ..random import as_generator
from ..rebuilt import Rebuilt
from ..validation import is_number, positive, told
from .dtypes import in_dtype, widest


@dataclass(frozen=True, repr=False)
class Optimizer(Rebuilt):
    """Two pure functions; it unpacks as ``init, update = optim.adam(1e-3)``.

    ``state = init(params)`` and ``params, state = update(params, gradient, state)``. Parameters are any tree of
    floating-point arrays. The state is a dict: ``"step"``, how many updates were made (an array of shape ()
    in the parameters' dtype), and one tree like the parameters for each memory. Results keep the parameters' dtypes.

    One that ``draws``, a sampler, has noise of its own: ``update(params, gradient, state, rng)``. A training step hands
    its own ``rng`` on by `updated`; since that stands in for numbers that were drawn before the step
    (`minigan.training.drawn`), such a step compiles, goes by the run's seed, and goes on from a checkpoint to the bit.

    ``update`` raises `ValueError` where the gradient or the state does not fit the parameters, and where noise is wanted
    and ``rng`` is missing.

    >>> from minigan import optim
    >>> init, update = optim.sgd(0.1)
    >>> w = mnp.asarray([1.0])
    >>> state = init(w)
    >>> for _ in range(3):  # down w^2 / 2, whose gradient is w
    ...     w, state = update(w, w, state)
    >>> round(float(w[0]), 12), float(state["step"])  # 0.9^3
    (0.729, 3.0)
    """

    init: Callable[[Any], Any]
    update: Callable[..., tuple[Any, Any]]
    name: str
    draws: bool = False

    def __iter__(self):
        return iter((self.init, self.update))

    def __repr__(self) -> str:
        return self.name

    def updated(self, params, gradient, state, rng=None):
        """`update`, given ``rng`` if it draws.

        >>> from minigan import optim
        >>> x = mnp.asarray([1.0])
        >>> plain = optim.sgd(0.1)
        >>> float(plain.updated(x, x, plain.init(x), rng=0)[0][0])
        0.9
        """
        return self.update(params, gradient, state, *((rng,) if self.draws else ()))


def lifted(name, lr, clip, memories, prepare, draws: bool = False) -> Optimizer:
    """The optimiser whose update of one array is ``prepare(rate, t)(x, g, *memory) -> (x, *memory)``.

    ``prepare`` is called once an update (and dtype), with this step's learning rate and t = 1, 2, ... With ``draws`` the
    rule is given independent N(0, 1) values of the array's shape as well, last.
    """
    lr = _as_rate(lr, f"the learning rate of {name}, unless it is a schedule,")
    if clip is not None and not callable(clip):
        raise TypeError(f"the clip of {name} is a function of gradients, as optim.clip_by_norm(1.0), and was {clip!r}")

    def init(params):
        leaves, structure = flatten(params)
        leaves = [as_input(leaf, name) for leaf in leaves]
        step = mnp.zeros((), dtype=widest(leaves))
        return {
            "step": step,
            **{m: unflatten(structure, [mnp.zeros_like(x) for x in leaves]) for m in memories},
        }

    def update(params, gradient, state, rng=None):
        leaves, structure = flatten(params)
        leaves = [as_input(leaf, name) for leaf in leaves]
        if not isinstance(state, dict) or set(state) != {"step", *memories}:
            found = sorted(state) if isinstance(state, dict) else type(state).__name__
            raise ValueError(f"the state of {name} is a dict of {sorted(('step', *memories))}, and this one of {found}")
        gradient = _fitting(gradient, leaves, structure, f"the gradient given to {name}")
        if clip is not None:
            clipped = clip(unflatten(structure, gradient))
            gradient = _fitting(clipped, leaves, structure, f"the clipped gradient of {name}")
        kept = [_fitting(state[m], leaves, structure, f"the {m} of {name}") for m in memories]
        kept += [_noise(leaves, rng, name)] if draws else []
        before = state["step"]
        rate, t = lr(before) if callable(lr) else lr, before + 1.0
        rate = float(rate) if is_number(rate) else rate  # also a NumPy scalar becomes weak
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

    told_rate = lr if is_number(lr) else getattr(lr, "__name__", "schedule")
    return Optimizer(init, update, f"{name}(lr={told_rate})", draws)


def _noise(leaves, rng, name) -> list:
    """Independent N(0, 1) values for every leaf, in its shape and dtype."""
    if rng is None:
        raise ValueError(
            f"{name} draws noise at every update, and was given no generator to draw it from: "
            "update(params, gradient, state, rng)"
        )
    rng, drawn = as_generator(rng), []
    for x in leaves:
        dtype = dtype_name(x.dtype)
        drawn.append(in_dtype(rng.noise(tuple(x.shape), "float64" if dtype == "float64" else "float32"), dtype))
    return drawn


def _as_rate(lr, what):
    """A schedule as it is, a number as a float; an array of shape () may be on its way to a gradient, and stays one."""
    if callable(lr):
        return lr
    if is_number(lr) or not hasattr(lr, "shape"):
        return positive(lr, what)
    if tuple(lr.shape) != () or not dtype_name(lr.dtype).startswith(("float", "int", "uint")):
        raise ValueError(f"{what} is a positive number, and was {told(lr)}")
    value = seen(lr)
    if value is not None:
        positive(float(to_numpy(value)), what)
    return lr


def _fitting(tree, leaves, structure, what) -> list:
    """The leaves of ``tree``, in the dtypes of ``leaves``; refuses another structure or shape."""
    found, found_structure = flatten(tree)
    if found_structure != structure:
        raise ValueError(f"{what} has the structure {found_structure} and the parameters {structure}")
    fitting = []
    for i, (leaf, x) in enumerate(zip(found, leaves)):
        leaf = as_input(leaf, what)
        if leaf.shape != x.shape:
            raise ValueError(f"{what} is {describe(leaf)} at leaf {i}, where the parameters are {describe(x)}")
        if leaf.dtype != x.dtype and is_complex(leaf) and not is_complex(x):
            raise TypeError(f"{what} is {describe(leaf)} at leaf {i}, and real parameters move by real numbers")
        fitting.append(in_dtype(leaf, dtype_name(x.dtype)))
    return fitting
