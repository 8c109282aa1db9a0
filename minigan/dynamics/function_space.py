"""The game on the densities themselves: q and D are vectors over a finite support, and gradient descent converges."""

from __future__ import annotations

import minigan.numpy as mnp

from ..arrays import floating, host_array, shares
from ..backend import to_numpy
from ..optim import Optimizer, projected, sgd
from ..rebuilt import rebuilt_by_name
from .atoms import value_on_atoms
from .game import TwoPlayerGame, zero_sum
from .method import Method
from .steps import simultaneous

EDGE = 1e-3  # D stays this far from 0 and 1, where V has no gradient


@rebuilt_by_name
def function_space_game(p) -> TwoPlayerGame:
    """V(q, D) = sum_i p_i log D_i + q_i log(1 - D_i), x = q a point of the simplex, y = D in (0, 1)^n.

    Linear in q and concave in D: it has a saddle point, q = p and D = 1/2 wherever p > 0,
    and the lecture's statement of convergence is about this game: "if we can modify the density functions directly".
    Source: Goodfellow et al. (2014), section 4.2.

    >>> import minigan.numpy as mnp
    >>> from minigan.dynamics import spectrum
    >>> p = mnp.asarray([0.5, 0.5])
    >>> spectrum(function_space_game(p), (p, mnp.asarray([0.5, 0.5]))).round(6)  # -8 p_i l - 4 = l^2
    array([-2.+0.j, -2.+0.j, -2.+0.j, -2.+0.j])
    """
    p = shares(p, "the shares p")
    return zero_sum(lambda q, d: value_on_atoms(p, q, d), "function_space")


def onto_simplex(vector):
    """The nearest point of {q >= 0, sum q = 1}: max(vector - shift, 0) with the shift that makes it sum to 1.

    Source: Held, Wolfe and Crowder (1974); by sorting.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> mg.to_numpy(onto_simplex(mnp.asarray([0.9, 0.5, -1.0])))
    array([0.7, 0.3, 0. ])
    """
    vector = floating(vector, "the vector")
    if len(vector.shape) != 1 or not vector.shape[0]:
        raise ValueError(f"onto_simplex takes a vector, shape (n,) with n > 0, and was given shape {tuple(vector.shape)}")
    n = vector.shape[0]
    falling = mnp.flip(mnp.sort(vector))
    counts = mnp.arange(1.0, n + 1.0, dtype=vector.dtype)
    shifts = (mnp.cumsum(falling) - 1.0) / counts
    return mnp.maximum(vector - mnp.max(shifts), 0.0)


@rebuilt_by_name
def descent_of_densities(lr: float = 0.05, d_lr: float | None = None) -> Method:
    """Simultaneous gradient steps on (q, D), q projected onto the simplex and D into [0.001, 0.999].

    >>> import minigan.numpy as mnp
    >>> from minigan.dynamics import play
    >>> p = mnp.asarray([0.2, 0.8])
    >>> end = play(descent_of_densities(), function_space_game(p), (mnp.asarray([0.9, 0.1]), mnp.asarray([0.5, 0.5])), 600)
    >>> [round(float(q), 6) for q in end.x]
    [0.2, 0.8]
    """
    return simultaneous(in_simplex(sgd(lr)), inside(sgd(lr if d_lr is None else d_lr)))


@rebuilt_by_name
def in_simplex(optimizer: Optimizer) -> Optimizer:
    """``optimizer``, each update followed by `onto_simplex`."""
    return projected(optimizer, onto_simplex, "in_simplex")


@rebuilt_by_name
def inside(optimizer: Optimizer, edge: float = EDGE) -> Optimizer:
    """``optimizer``, each update clipped into [``edge``, 1 - ``edge``]."""
    return projected(optimizer, lambda d: mnp.clip(d, edge, 1.0 - edge), "inside")


def total_variation_along(path, p):
    """1/2 sum_i |q_i - p_i| in every row of a `trajectory`, whose first n columns are q.

    >>> import numpy as np
    >>> total_variation_along(np.array([[1.0, 0.0, 0.5, 0.5]]), [0.5, 0.5])
    array([0.5])
    """
    p, path = to_numpy(shares(p, "the shares p")), host_array(path, "the path")
    if path.ndim != 2 or path.shape[1] < len(p):
        raise ValueError(f"a path of {len(p)} shares has rows of as many columns or more, and has shape {path.shape}")
    return 0.5 * abs(path[:, : len(p)] - p).sum(1)
