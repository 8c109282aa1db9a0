"""Boltzmann machines: units in {0, 1}, any two of them coupled, some visible and the others hidden.

    p(s) = exp(-E(s)) / Z,    E(s) = -1/2 s' W s - b' s,    W symmetric with a diagonal of zeros

The first units are the visible ones v, the others the hidden ones z, and the probability of what is seen is a sum over
what is not: p(v) = sum over z of exp(-E(v, z)) / Z. Source: Ackley, Hinton & Sejnowski (1985).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import minigan.numpy as mnp

from ...autodiff import custom_vjp
from ...autodiff.program import seen
from .machine_arguments import as_bits, as_floats, check_finite, in_float64
from .rbm import as_rbm
from .states import binary_states, check_few, state_blocks


class Machine(NamedTuple):
    """``weights`` (units, units), symmetric with a diagonal of zeros, and ``biases`` (units,)."""

    weights: Any
    biases: Any


def energy(s, weights, biases):
    """E(s) = -1/2 s' W s - b' s of states (..., units): shape (...).

    >>> float(energy([1.0, 1.0], [[0.0, 2.0], [2.0, 0.0]], [0.5, -1.0]))
    -1.5
    """
    machine = as_machine(weights, biases)
    return -_score(as_bits(s, machine.biases.shape[0], "visible and hidden", machine.weights.dtype), *machine)


def log_partition(weights, biases):
    """log Z = log of the sum over all states s of exp(1/2 s' W s + b' s), in float64, block by block.

    Its derivative are the model's own means (`expected_statistics`). Raises `ValueError` for weights that are not
    symmetric with a diagonal of zeros, for biases that do not fit, and for more than 20 units.

    >>> round(float(log_partition([[0.0, 2.0], [2.0, 0.0]], [0.5, -1.0])), 6)
    2.014675
    """
    machine = in_float64(as_machine(weights, biases))
    check_few(
        machine.biases.shape[0],
        f"the exact log Z of {machine.biases.shape[0]} units",
        otherwise="estimate it by annealed importance sampling (minigan.models.explicit.ais)",
    )
    return _log_partition(*machine)


def free_energy(v, weights, biases):
    """F(v) = -log of the sum over z of exp(-E(v, z)): shape (...) for the first units' states ``v`` (..., visible).

    The hidden units' states are gone through, 2^20 at most, else `ValueError`. Without hidden units it is the energy.

    >>> round(float(free_energy([1.0], [[0.0, 2.0], [2.0, 0.0]], [0.5, -1.0])), 6)  # -1/2 - log(1 + e)
    -1.813262
    """
    machine = as_machine(weights, biases)
    units = machine.biases.shape[0]
    v = v if hasattr(v, "shape") else mnp.asarray(v)
    visible = v.shape[-1] if v.ndim else 0
    if not 1 <= visible <= units:
        raise ValueError(f"of {units} units 1 to {units} are visible, and states of shape {tuple(v.shape)} were given")
    v, hidden = as_bits(v, visible, "visible", machine.weights.dtype), units - visible
    check_few(hidden, f"the sum over {hidden} hidden units")
    own, cross, other = parts(machine, visible)
    rows = mnp.reshape(v, (-1, visible))
    field = rows @ cross + other.biases
    summed = []
    for z in state_blocks(hidden, rows.shape[0]) if hidden else ():
        z = mnp.astype(z, v.dtype)
        summed.append(mnp.logsumexp(field @ z.mT + 0.5 * mnp.sum((z @ other.weights) * z, -1), -1))
    score = _score(rows, *own)
    if summed:
        score = score + (summed[0] if len(summed) == 1 else mnp.logsumexp(mnp.stack(summed), 0))
    return -mnp.reshape(score, v.shape[:-1])


def log_probability(v, weights, biases):
    """log p(v) = -F(v) - log Z in nats, in float64: shape (...) for the first units' states ``v`` (..., visible).

    >>> round(float(log_probability([1.0], [[0.0, 2.0], [2.0, 0.0]], [0.5, -1.0])), 6)
    -0.201413
    """
    machine = in_float64(as_machine(weights, biases))
    return -free_energy(v, *machine) - log_partition(*machine)


def expected_statistics(weights, biases) -> Machine:
    """The model's means of 1/2 s s', with a diagonal of zeros, and of s: the gradient of log Z by W and b, in float64.

    >>> round(float(expected_statistics([[0.0, 0.0], [0.0, 0.0]], [0.0, 0.0]).weights[0, 1]), 4)  # 1/2 P(both are 1)
    0.125
    """
    machine = in_float64(as_machine(weights, biases))
    return Machine(*_expected_statistics(log_partition(*machine), *machine))


def from_rbm(weights, visible_bias, hidden_bias) -> Machine:
    """The restricted machine as a general one, whose visible units are not coupled, nor its hidden ones.

    >>> [float(w) for w in from_rbm([[2.0], [1.0]], [0.0, 0.0], [0.0]).weights[2, :]]
    [2.0, 1.0, 0.0]
    """
    rbm = as_rbm(weights, visible_bias, hidden_bias)
    visible, hidden = rbm.weights.shape
    above = mnp.concatenate([mnp.zeros((visible, visible), dtype=rbm.weights.dtype), rbm.weights], 1)
    below = mnp.concatenate([rbm.weights.mT, mnp.zeros((hidden, hidden), dtype=rbm.weights.dtype)], 1)
    return Machine(mnp.concatenate([above, below], 0), mnp.concatenate([rbm.visible_bias, rbm.hidden_bias]))


def symmetric(pairs, units: int):
    """The matrix W of ``units`` units with the weights of pairs (units (units - 1) / 2,), row by row above the diagonal.

    >>> import minigan as mg
    >>> mg.to_numpy(symmetric(mnp.asarray([1.0, 2.0, 3.0]), 3))
    array([[0., 1., 2.],
           [1., 0., 3.],
           [2., 3., 0.]])
    """
    place = [[0] * units for _ in range(units)]
    number = 0
    for i in range(units):
        for j in range(i + 1, units):
            number += 1
            place[i][j] = place[j][i] = number
    known = mnp.concatenate([mnp.zeros(1, dtype=pairs.dtype), pairs])
    return mnp.reshape(mnp.take(known, mnp.reshape(mnp.asarray(place, dtype="int64"), (-1,)), 0), (units, units))


def parts(machine: Machine, first: int) -> tuple[Machine, Any, Machine]:
    """The machine of the ``first`` units, the weights (first, others) between, and the machine of the others."""
    w, b = machine
    between = 0.5 * (w[:first, first:] + w[first:, :first].mT)
    return Machine(w[:first, :first], b[:first]), between, Machine(w[first:, first:], b[first:])


def _score(s, weights, biases):
    return 0.5 * mnp.sum((s @ weights) * s, -1) + s @ biases


def _by_blocks(machine: Machine):
    """Blocks of states of the first half of the units, all of the other half's, and minus the energies of all pairs."""
    units = machine.biases.shape[0]
    left, cross, right = parts(machine, units - units // 2)
    b = binary_states(units // 2)
    of_right = _score(b, *right) if units > 1 else mnp.zeros(1, dtype="float64")
    for a in state_blocks(units - units // 2, 2 ** (units // 2)):
        yield a, b, _score(a, *left)[:, None] + a @ cross @ b.mT + of_right


def _log_sum(weights, biases):
    return mnp.logsumexp(mnp.stack([mnp.logsumexp(score) for _, _, score in _by_blocks(Machine(weights, biases))]))


def _expected_statistics(log_z, weights, biases):
    left, cross, right, first, second = 0.0, 0.0, 0.0, 0.0, 0.0
    for a, b, score in _by_blocks(Machine(weights, biases)):
        p = mnp.exp(score - log_z)
        of_a, of_b = mnp.sum(p, 1), mnp.sum(p, 0)
        left, first = left + (a * of_a[:, None]).mT @ a, first + of_a @ a
        right, second = right + (b * of_b[:, None]).mT @ b, second + of_b @ b
        cross = cross + a.mT @ (p @ b)
    both = mnp.concatenate([mnp.concatenate([left, cross], 1), mnp.concatenate([cross.mT, right], 1)], 0)
    units = biases.shape[0]
    apart = mnp.ones((units, units), dtype=both.dtype) - mnp.eye(units, dtype=both.dtype)
    return 0.5 * both * apart, mnp.concatenate([first, second])


_log_partition = custom_vjp(
    _log_sum, lambda g, log_z, *machine: tuple(g * mean for mean in _expected_statistics(log_z, *machine))
)


def as_machine(weights, biases) -> Machine:
    """Both as arrays of floats; `ValueError` unless shapes fit, values are finite, and weights symmetric off a zero
    diagonal."""
    w, b = as_floats(weights), as_floats(biases)
    if b.ndim != 1 or b.shape[0] == 0 or tuple(w.shape) != (b.shape[0], b.shape[0]):
        raise ValueError(
            "a Boltzmann machine has weights (units, units) and biases (units,), "
            f"and these have the shapes {tuple(w.shape)} and {tuple(b.shape)}"
        )
    values = seen(check_finite(w, "weights"))
    if values is not None and not bool(mnp.all(values == values.mT)):
        raise ValueError("the weights of a Boltzmann machine are symmetric, and these are not: use (W + W.T) / 2")
    if values is not None and bool(mnp.any(mnp.linalg.diagonal(values) != 0.0)):
        raise ValueError(
            "no unit is coupled to itself: the diagonal of the weights is 0, and a bias does what it would"
        )
    return Machine(w, check_finite(b, "biases"))
