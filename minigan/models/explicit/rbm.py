"""Restricted Boltzmann machines: visible and hidden units in {0, 1}, each coupled to those of the other kind only.

    p(v, h) = exp(v' W h + b' v + c' h) / Z,    p(v) = sum over h of p(v, h) = exp(-F(v)) / Z

The sum over h is a product, so p(v) is known but for Z, the sum over all states; and Z is a sum over the states of the
*smaller* side alone, since the other side is a product again. Source: Smolensky (1986); Hinton (2002).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import minigan.numpy as mnp

from ...autodiff import custom_vjp
from .machine_arguments import as_bits, as_floats, check_finite, in_float64
from .states import check_few, state_blocks


class RBM(NamedTuple):
    """``weights`` (visible, hidden), ``visible_bias`` (visible,) and ``hidden_bias`` (hidden,)."""

    weights: Any
    visible_bias: Any
    hidden_bias: Any


def free_energy(v, weights, visible_bias, hidden_bias):
    """F(v) = -b' v - sum over j of log(1 + exp(c_j + (v' W)_j)), so that p(v) = exp(-F(v)) / Z.

    ``v`` has shape (..., visible), the result (...), in the parameters' dtype.

    >>> round(float(free_energy([1.0, 0.0], [[2.0], [1.0]], [0.5, 0.0], [-2.0])), 4)  # -0.5 - log 2
    -1.1931
    """
    machine = as_rbm(weights, visible_bias, hidden_bias)
    v = as_bits(v, machine.visible_bias.shape[0], "visible", machine.weights.dtype)
    return -(v @ machine.visible_bias + mnp.sum(mnp.softplus(v @ machine.weights + machine.hidden_bias), -1))


def log_partition(weights, visible_bias, hidden_bias):
    """log Z = log of the sum over v and h of exp(v' W h + b' v + c' h), in float64.

    The states of the smaller side are gone through, 2^min(visible, hidden) of them, block by block, so memory is bounded;
    its derivative are the model's own means (`expected_statistics`). Raises `ValueError` for shapes that do not fit, for
    what is not finite, and for more than 2^20 states.

    >>> round(float(log_partition([[0.0], [0.0]], [0.0, 0.0], [0.0])), 6)  # 3 log 2: eight states
    2.079442
    """
    machine = in_float64(as_rbm(weights, visible_bias, hidden_bias))
    visible, hidden = machine.weights.shape
    check_few(
        min(visible, hidden),
        f"the exact log Z of {visible} visible and {hidden} hidden units",
        otherwise="estimate it by annealed importance sampling (minigan.models.explicit.ais)",
    )
    return _log_partition(*machine)


def log_probability(v, weights, visible_bias, hidden_bias):
    """log p(v) = -F(v) - log Z in nats, in float64: shape (...) for ``v`` of shape (..., visible).

    Raises `ValueError` as `log_partition` does, and for units that are neither 0 nor 1.

    >>> round(float(log_probability([1.0, 0.0], [[2.0], [1.0]], [0.5, 0.0], [-2.0])), 6)
    -1.285999
    """
    machine = in_float64(as_rbm(weights, visible_bias, hidden_bias))
    return -free_energy(v, *machine) - log_partition(*machine)


def expected_statistics(weights, visible_bias, hidden_bias) -> RBM:
    """The model's means of v h', v and h: the gradient of log Z by W, b and c, in float64.

    >>> [round(float(mean), 4) for mean in expected_statistics([[0.0], [0.0]], [0.0, 0.0], [0.0]).visible_bias]
    [0.5, 0.5]
    """
    machine = in_float64(as_rbm(weights, visible_bias, hidden_bias))
    return _expected_statistics(log_partition(*machine), *machine)


def hidden_blocks(weights, visible_bias, hidden_bias):
    """Blocks of hidden states (n, hidden), and the log of what each weighs with the visible units summed out."""
    visible, hidden = weights.shape
    for h in state_blocks(hidden, visible):
        yield h, h @ hidden_bias + _sum_of_softplus(h @ weights.mT + visible_bias)


def _softplus_by_products(x):
    """The sum over the last axis of log(1 + e^x) = max(x, 0) + log(1 + e^-|x|), with one logarithm for up to a thousand
    units: the factors 1 + e^-|x| are at most 2, so their product is finite."""
    factors, total = 1.0 + mnp.exp(-mnp.abs(x)), mnp.sum(mnp.maximum(x, 0.0), -1)
    for start in range(0, x.shape[-1], 1000):
        total = total + mnp.log(mnp.prod(factors[:, start : min(start + 1000, x.shape[-1])], -1))
    return total


_sum_of_softplus = custom_vjp(_softplus_by_products, lambda g, y, x: g[:, None] * mnp.sigmoid(x))


def _log_sum(weights, visible_bias, hidden_bias):
    if weights.shape[0] < weights.shape[1]:
        weights, visible_bias, hidden_bias = weights.mT, hidden_bias, visible_bias
    return mnp.logsumexp(mnp.stack([mnp.logsumexp(w) for _, w in hidden_blocks(weights, visible_bias, hidden_bias)]))


def _expected_statistics(log_z, weights, visible_bias, hidden_bias) -> RBM:
    if weights.shape[0] < weights.shape[1]:
        turned = _expected_statistics(log_z, weights.mT, hidden_bias, visible_bias)
        return RBM(turned.weights.mT, turned.hidden_bias, turned.visible_bias)
    both, seen_, hidden_ = 0.0, 0.0, 0.0
    for h, weight in hidden_blocks(weights, visible_bias, hidden_bias):
        p = mnp.exp(weight - log_z)
        v = mnp.sigmoid(h @ weights.mT + visible_bias) * p[:, None]
        both, seen_, hidden_ = both + v.mT @ h, seen_ + mnp.sum(v, 0), hidden_ + p @ h
    return RBM(both, seen_, hidden_)


_log_partition = custom_vjp(
    _log_sum, lambda g, log_z, *machine: tuple(g * mean for mean in _expected_statistics(log_z, *machine))
)


def as_rbm(weights, visible_bias, hidden_bias) -> RBM:
    """The three as arrays of floats whose shapes fit and whose values are finite; `ValueError` where they are not."""
    machine = RBM(*(as_floats(x) for x in (weights, visible_bias, hidden_bias)))
    shapes = [tuple(x.shape) for x in machine]
    if len(shapes[0]) != 2 or shapes[1:] != [shapes[0][:1], shapes[0][1:]] or 0 in shapes[0]:
        raise ValueError(
            f"a restricted Boltzmann machine has weights (visible, hidden) and biases (visible,) and (hidden,), "
            f"and these have the shapes {shapes[0]}, {shapes[1]} and {shapes[2]}"
        )
    return RBM(*(check_finite(x, name) for x, name in zip(machine, ("weights", "visible biases", "hidden biases"))))
