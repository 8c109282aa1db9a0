"""Exact inference in a sentence: variables are summed out one by one, and what is known of them are derivatives.

The sum over a variable is pushed past the factors that do not depend on it: Gaussian variables first, then by the size of
tables. A chain is folded in halves: two neighbouring steps f(z'', z') f(z', z), the middle state summed out, are one step
f(z'', z) again, for hidden Markov models and Kalman filters alike, in log2 T rounds.

If Z is the evidence with a factor exp(e[k]) more, then d log Z / d e[j] = p(k = j | what was seen): the backward pass of
the gradient is that of inference. For a Gaussian z and a factor exp(a . z - z' B z / 2) it is d log Z / da = E z, and
-2 d log Z / dB = E zz'.

Source: Darwiche (2003), A differential approach to inference in Bayesian networks; Eisner (2016), Inside-outside and
forward-backward algorithms are just backprop; Sarkka & Garcia-Fernandez (2021), Temporal parallelization of Bayesian
smoothers.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import minigan.numpy as mnp

from ...autodiff import grad
from ...names import unknown
from . import language
from .language import Discrete, Gaussian, Sentence, Variable
from .log_quadratic import (
    LogQuadratic,
    at,
    in_dtype,
    integrated,
    one,
    part,
    product,
    renamed,
    repeated,
    summed,
    tabulated,
)


def log_evidence(sentence: Sentence):
    """The log of what the sentence comes to: log p(what was seen), where each factor is a law.

    Differentiable in whatever the sentence was made of. Raises `ValueError` where variables are left free, where a sum has
    no closed form or an integral is infinite.

    >>> from minigan.models.families.factors import categorical, normal
    >>> from minigan.models.families.language import by, observed, sum_out
    >>> k = Discrete("k", 2)
    >>> seen = normal(observed("x", 1.0), by([-1.0, 1.0], k), 1.0)
    >>> round(float(log_evidence(sum_out(k, categorical(k, [0.0, 0.0]) * seen))), 6)  # log (N(2; 0, 1) + N(0; 0, 1)) / 2
    -1.485158
    """
    return _evidence(sentence, {})


def posterior(sentence: Sentence, variable: Variable):
    """What is known of a variable that the sentence sums out, given all that was seen, for each repeat of its plates.

    Of a discrete one probabilities (*indices, size), of a Gaussian one its `Moments`. Raises `ValueError` for a variable
    that the sentence does not sum out.

    >>> from minigan.models.families.factors import categorical, normal
    >>> from minigan.models.families.language import by, observed, sum_out
    >>> k = Discrete("k", 2)
    >>> seen = normal(observed("x", 1.0), by([-1.0, 1.0], k), 1.0)
    >>> posterior(sum_out(k, categorical(k, [0.0, 0.0]) * seen), k).round(6)  # sigmoid(-2), sigmoid(2)
    array([0.119203, 0.880797])
    """
    found = list(summed_out(sentence))
    places = dict(found)
    if len(places) < len(found):
        twice = next(each.name for i, (each, _) in enumerate(found) if each in dict(found[:i]))
        raise ValueError(f"the sentence sums out {twice!r} in two places: give one of them another name")
    if variable not in places:
        names = [each.name for each in places]
        if variable.name in names:
            raise ValueError(f"the sentence sums out {found[names.index(variable.name)][0]}, not {variable}")
        raise unknown("variable that this sentence sums out", variable.name, names, f"it sums out {', '.join(names)}")
    sizes, dtype = tuple(index.size for index in places[variable]), _dtype(sentence)
    start = mnp.zeros((*sizes, variable.size), dtype=dtype)
    if isinstance(variable, Discrete):
        return grad(lambda tilt: _evidence(sentence, {variable: tilt}))(start)
    start = start, mnp.zeros((*sizes, variable.size, variable.size), dtype=dtype)
    mean, second = grad(lambda tilt: _evidence(sentence, {variable: tilt}))(start)
    second = -1.0 * (second + mnp.matrix_transpose(second))
    return Moments(mean, second - mean[..., :, None] * mean[..., None, :])


class Moments(NamedTuple):
    """Of a Gaussian posterior: ``mean`` (*indices, d) and ``covariance`` (*indices, d, d)."""

    mean: Any
    covariance: Any


def summed_out(sentence: Sentence, indices: tuple = ()):
    """Pairs of each variable that a sentence sums out and the indices around it, outermost first."""
    match sentence:
        case language.Product(parts):
            for part in parts:
                yield from summed_out(part, indices)
        case language.Sum(variables, of):
            yield from ((variable, indices) for variable in variables)
            yield from summed_out(of, indices)
        case language.Plate(index, of):
            yield from summed_out(of, (*indices, index))
        case language.Chain(index, state, first, moves, seen):
            yield state, (*indices, index)
            yield from summed_out(first, indices)
            for part in (moves, seen):
                yield from summed_out(part, (*indices, index))


# -- how it is done -----------------------------------------------------------------------------------------------------


def _evidence(sentence, tilts):
    found = _value(sentence, (), tilts, _dtype(sentence))
    if found.axes or found.blocks:
        left = ", ".join(each.name for each in (*found.axes, *found.blocks))
        raise ValueError(f"the sentence leaves {left} free: sum out each variable, and close each index by its plate")
    return found.constant


def _dtype(sentence) -> str:
    """The widest of all factors that are not of Python numbers alone; float64 where there are none."""
    found = {str(factor.value.constant.dtype).rpartition(".")[2] for factor in _factors(sentence) if not factor.weak}
    return next((kind for kind in ("float64", "float32", "float16") if kind in found), "float64")


def _factors(sentence):
    match sentence:
        case language.Factor():
            yield sentence
        case language.Product(parts):
            for part in parts:
                yield from _factors(part)
        case language.Chain(first=first, moves=moves, seen=seen):
            for part in (first, moves, seen):
                yield from _factors(part)
        case language.Sum(of=of) | language.Plate(of=of):
            yield from _factors(of)


def _value(sentence, indices: tuple, tilts: dict, dtype: str) -> LogQuadratic:
    """What a sentence comes to for each value of the variables that it leaves free, within plates of ``indices``.

    ``tilts`` are further log-factors of variables that are summed out: (*indices, size) of a discrete one, and of a
    Gaussian one a pair, of its linear and of its quadratic term.
    """
    match sentence:
        case language.Factor():
            return in_dtype(sentence.value, dtype)
        case language.Product(parts):
            return product(*(_value(part, indices, tilts, dtype) for part in parts))
        case language.Sum(variables, of):
            parts = of.parts if isinstance(of, language.Product) else (of,)
            factors = [_value(part, indices, tilts, dtype) for part in parts]
            return eliminated(factors + [f for each in variables for f in _tilt(each, indices, tilts)], variables)
        case language.Plate(index, of):
            return repeated(_value(of, (*indices, index), tilts, dtype), index)
        case language.Chain():
            return _folded(sentence, indices, tilts, dtype)
    raise TypeError(f"a sentence is made of factors, and this is {sentence!r:.80}")


def eliminated(factors: list[LogQuadratic], variables) -> LogQuadratic:
    """The product of ``factors``, with ``variables`` summed out: Gaussian ones first, then by the size of their tables."""
    factors, left = list(factors), list(variables)

    def cost(variable):
        axes = {axis for f in factors if f.of(variable) for axis in f.axes}
        return isinstance(variable, Discrete), math.prod(axis.size for axis in axes)

    while left:
        variable = min(left, key=cost)
        left.remove(variable)
        near = [f for f in factors if f.of(variable)] or [one(factors[0].constant.dtype)]
        away = integrated if isinstance(variable, Gaussian) else summed
        factors = [f for f in factors if not f.of(variable)] + [away(product(*near), variable)]
    return product(*factors)


def _tilt(variable, indices, tilts) -> list[LogQuadratic]:
    if variable not in tilts:
        return []
    tilt = tilts[variable]
    if isinstance(variable, Discrete):
        return [tabulated((*indices, variable), (), tilt)]
    return [tabulated(indices, (variable,), mnp.zeros((), dtype=tilt[0].dtype), *tilt)]


def _folded(sentence: language.Chain, indices, tilts, dtype) -> LogQuadratic:
    """A chain: its later steps joined two and two until one is left, and the first state put before it."""
    index, state, inner = sentence.index, sentence.state, (*indices, sentence.index)
    before, middle = state.before, type(state)(f"{state.name} between", state.size)
    everywhere = tabulated((index,), (), mnp.zeros((index.size,), dtype=dtype))
    seen = product(everywhere, _value(sentence.seen, inner, tilts, dtype), *_tilt(state, inner, tilts))
    start = product(_value(sentence.first, indices, tilts, dtype), at(seen, index, 0))
    steps = product(_value(sentence.moves, inner, tilts, dtype), seen)
    late = []  # what had no partner, the last step first
    if index.size > 1:
        steps = part(steps, index, slice(1, None))
        while (index := steps.axes[0]).size > 1:
            if index.size % 2:
                late.append(at(steps, index, index.size - 1))
            pairs = index.size - index.size % 2
            first = renamed(part(steps, index, slice(0, pairs, 2)), {state: middle})
            second = renamed(part(steps, index, slice(1, pairs, 2)), {before: middle})
            steps = eliminated([first, second], [middle])
        late.append(at(steps, index, 0))
    for step in reversed(late):
        start = eliminated([renamed(start, {state: before}), step], [before])
    return eliminated([start], [state])
