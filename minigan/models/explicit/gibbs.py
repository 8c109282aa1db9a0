"""Gibbs sampling of Boltzmann machines: sweeps, and for small machines the whole transition matrix and its spectral gap.

A sweep gives every unit a new value, drawn from its law given the others. Of a restricted machine all hidden units are
drawn at once, then all visible ones; of a general one unit after unit.
"""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from ...backend import to_numpy
from .boltzmann import as_machine
from .machine_arguments import in_float64
from .rbm import as_rbm
from .states import binary_states, check_few

MOST_IN_A_MATRIX = 2**12


def rbm_sweep(v, weights, visible_bias, hidden_bias, numbers):
    """h ~ p(h | v), then v' ~ p(v | h), for rows ``v`` (n, visible): the new rows.

    ``numbers`` (n, hidden + visible) are uniform on [0, 1): a unit is 1 where its number is below its probability.

    >>> [[float(v) for v in rbm_sweep(mnp.zeros((1, 1)), [[4.0]], [-2.0], [0.0], mnp.asarray([[0.4, 0.6]]))[0, :]]]
    [[1.0]]
    """
    machine = as_rbm(weights, visible_bias, hidden_bias)
    hidden = machine.hidden_bias.shape[0]
    h = drawn(v @ machine.weights + machine.hidden_bias, numbers[:, :hidden])
    return drawn(h @ machine.weights.mT + machine.visible_bias, numbers[:, hidden:])


def machine_sweep(s, weights, biases, numbers):
    """One unit after the other, in their order, given what the others then are: rows ``s`` (n, units) to new rows.

    ``numbers`` (n, units) are uniform on [0, 1).

    >>> start, numbers = mnp.zeros((1, 2)), mnp.asarray([[0.4, 0.6]])
    >>> [float(x) for x in machine_sweep(start, [[0.0, 4.0], [4.0, 0.0]], [0.0, -2.0], numbers)[0, :]]
    [1.0, 1.0]
    """
    machine = as_machine(weights, biases)
    units = machine.biases.shape[0]
    fields, columns = s @ machine.weights + machine.biases, []
    for i in range(units):
        columns.append(drawn(fields[:, i], numbers[:, i]))
        fields = fields + (columns[i] - s[:, i])[:, None] * machine.weights[i, :]
    return mnp.stack(columns, 1)


def drawn(field, numbers):
    """1 where a number is below sigmoid(field), else 0, in the field's dtype."""
    return mnp.astype(numbers < mnp.sigmoid(field), field.dtype)


def rbm_transition_matrix(weights, visible_bias, hidden_bias) -> np.ndarray:
    """P(v' | v) = sum over h of p(v' | h) p(h | v) of one `rbm_sweep`, for all pairs of visible states: rows sum to 1.

    A NumPy array (2^visible, 2^visible), states in the order of `binary_states`. Raises `ValueError` where either side has
    more than 12 units.

    >>> rbm_transition_matrix([[0.0]], [0.0], [1.0])
    array([[0.5, 0.5],
           [0.5, 0.5]])
    """
    machine = in_float64(as_rbm(weights, visible_bias, hidden_bias))
    visible, hidden = machine.weights.shape
    check_few(max(visible, hidden), "a transition matrix", MOST_IN_A_MATRIX)
    v, h = binary_states(visible), binary_states(hidden)
    up = _independent(v @ machine.weights + machine.hidden_bias, h)
    down = _independent(h @ machine.weights.mT + machine.visible_bias, v)
    return to_numpy(up @ down)


def machine_transition_matrix(weights, biases) -> np.ndarray:
    """P(s' | s) of one `machine_sweep`, for all pairs of states: the product of one matrix for each unit.

    A NumPy array (2^units, 2^units), states in the order of `binary_states`. Raises `ValueError` for more than 12 units.

    >>> machine_transition_matrix([[0.0, 0.0], [0.0, 0.0]], [0.0, 0.0])[0]
    array([0.25, 0.25, 0.25, 0.25])
    """
    machine = in_float64(as_machine(weights, biases))
    units = machine.biases.shape[0]
    check_few(units, "a transition matrix", MOST_IN_A_MATRIX)
    s, weights, biases = (to_numpy(x) for x in (binary_states(units), *machine))
    number, product = np.arange(2**units), np.eye(2**units)
    for i in reversed(range(units)):  # the first unit's matrix acts first, so it stands on the left
        one = to_numpy(mnp.sigmoid(mnp.asarray(s @ weights[:, i] + biases[i])))[:, None]
        on = number | 1 << units - 1 - i
        product = one * product[on] + (1.0 - one) * product[on ^ 1 << units - 1 - i]
    return product


def second_eigenvalue(transition) -> float:
    """The largest modulus of a transition matrix's eigenvalues but for the 1 that every one has.

    >>> round(second_eigenvalue([[0.9, 0.1], [0.3, 0.7]]), 12)
    0.6
    """
    transition = np.asarray(transition, dtype=float)
    if transition.ndim != 2 or transition.shape[0] != transition.shape[1] or not np.allclose(transition.sum(1), 1.0):
        raise ValueError("a transition matrix is square and its rows sum to 1, and this is none")
    if len(transition) == 1:
        return 0.0
    return float(np.sort(np.abs(np.linalg.eigvals(transition)))[-2])


def spectral_gap(transition) -> float:
    """1 - |lambda_2|: what the chain forgets in one step of what it forgets last; about 1 / gap steps are one sample's.

    >>> round(spectral_gap([[0.9, 0.1], [0.3, 0.7]]), 12)
    0.4
    """
    return 1.0 - second_eigenvalue(transition)


def _independent(field, states):
    """P(state | field) of independent units: rows of fields by rows of states."""
    return mnp.exp(mnp.log_sigmoid(field) @ states.mT + mnp.log_sigmoid(-field) @ (1.0 - states).mT)
