"""The exact judge: E f(X) and its gradient in the logits, by going through every state."""

from __future__ import annotations

import math

import minigan.numpy as mnp

from ..numpy.creation import arange_like
from .arguments import as_logits
from .gumbel import one_hot
from .sampling import evaluate

MOST_STATES = 2**20
BLOCK = 2**18  # numbers in one batch of one-hot states


def expectation(f, logits):
    r"""E f(X) = sum_x f(x) prod_v softmax(logits_v)[x_v], exact, over all states of a product of categoricals.

    ``logits`` (..., K) are independent K-way variables, one for each place of the axes before the last: (4, 4) is four
    variables of four symbols. ``f`` takes one-hot states of shape (batch, *logits.shape), in the logits' dtype, to
    (batch,); it may be a black box. Returns an array of shape (). Sums are in float64 whatever the dtype, and a state
    of probability 0 counts nothing even where f is infinite. Differentiable in ``logits`` to every order, and in
    whatever a differentiable ``f`` closes over. Raises `ValueError` for more than 2^20 states, logits that are no
    distribution, or f of another shape; `TypeError` for integer logits.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> logits = mnp.log(mnp.array([1 / 2, 1 / 3, 1 / 6]))
    >>> f = lambda x: mnp.square(x @ mnp.array([1.0, 2.0, 3.0]))
    >>> round(float(expectation(f, logits)), 12)  # 1/2 + 4/3 + 9/6 = 10/3
    3.333333333333
    """
    logits = as_logits(logits)[0]
    total = 0.0
    for weights, values, _ in _blocks(f, logits, "expectation"):
        total = total + mnp.sum(weights * values)
    return mnp.astype(total, logits.dtype)


def expectation_gradient(f, logits):
    """The gradient of `expectation` in the logits, exact, also for an ``f`` that has no derivative: shaped like them.

    d/d l_vk E f = p_vk (E[f | x_v = k] - E f) = E[f (x_vk - p_vk)], summed over all states. Takes and raises what
    `expectation` does.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> logits = mnp.log(mnp.array([1 / 2, 1 / 3, 1 / 6]))
    >>> f = lambda x: x @ mnp.array([1.0, 2.0, 3.0])
    >>> mg.to_numpy(expectation_gradient(f, logits)).round(12) * 9  # (-1/3, 1/9, 2/9)
    array([-3.,  1.,  2.])
    """
    return expectation_and_gradient(f, logits)[1]


def expectation_and_gradient(f, logits):
    """`expectation` and `expectation_gradient` of one enumeration: a pair."""
    caller = "expectation_gradient"
    logits = as_logits(logits)[0]
    size = math.prod(logits.shape)
    origin, total, moment = None, 0.0, 0.0
    for weights, values, states in _blocks(f, logits, caller):
        if origin is None:
            origin = mnp.mean(values)  # E[f s] = E[(f - c) s]: an offset of f would only cost digits
        weighted = weights * (values - origin)
        total = total + mnp.sum(weighted)
        rows = mnp.astype(mnp.reshape(states, (-1, size)), "float64")
        moment = moment + mnp.reshape(mnp.reshape(weighted, (1, -1)) @ rows, logits.shape)
    p = mnp.softmax(mnp.astype(logits, "float64"))
    return mnp.astype(origin + total, logits.dtype), mnp.astype(moment - p * total, logits.dtype)


def number_of_states(shape) -> int:
    """K^V for logits of shape (..., K) with V places before the last axis."""
    return shape[-1] ** math.prod(shape[:-1])


def _blocks(f, logits, caller):
    """(probabilities, values of f, one-hot states), block by block; the first two in float64."""
    shape = tuple(logits.shape)
    symbols, places = shape[-1], math.prod(shape[:-1])
    if places == 0:
        raise ValueError(f"{caller} was given logits of shape {shape}, which hold no variable to go through")
    count = number_of_states(shape)
    if count > MOST_STATES:
        told = f"{count}" if count < 10**15 else f"about 10^{int(math.log10(symbols) * places)}"
        raise ValueError(
            f"{caller} over logits of shape {shape} would go through {symbols}^{places} = {told} states, "
            f"and goes through {MOST_STATES} at most: judge on a smaller alphabet or fewer variables"
        )
    probabilities = _probabilities(logits, places, symbols)
    step = max(BLOCK // (symbols * places), 1)
    for start in range(0, count, step):
        stop = min(start + step, count)
        number = arange_like(logits, stop - start) + start
        digits = mnp.stack([number // symbols**i % symbols for i in range(places - 1, -1, -1)], axis=-1)
        states = mnp.reshape(one_hot(digits, symbols, logits.dtype), (stop - start, *shape))
        values = mnp.astype(evaluate(f, states, len(shape), caller), "float64")
        weights = probabilities[start:stop] if step < count else probabilities
        yield weights, mnp.where(weights > 0.0, values, 0.0), states


def _probabilities(logits, places, symbols):
    """The probability of every state, the last variable moving fastest: an outer product, in float64."""
    p = mnp.reshape(mnp.softmax(mnp.astype(logits, "float64")), (places, symbols))
    joint = p[0, ...]
    for place in range(1, places):
        joint = mnp.reshape(mnp.reshape(joint, (-1, 1)) * mnp.reshape(p[place, ...], (1, symbols)), (-1,))
    return joint
