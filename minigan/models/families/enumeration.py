"""Inference in a sentence by brute force: plates and chains written out, every assignment of every copy of its discrete
variables visited, the Gaussian ones integrated all at once. Slow, and it knows nothing of an order of eliminations."""

from __future__ import annotations

import itertools
import math

import numpy as np
from scipy.special import logsumexp

from ...backend import to_numpy
from . import language
from .language import Discrete, Gaussian, Index, Sentence

MOST_ASSIGNMENTS = 100_000


def log_evidence_by_enumeration(sentence: Sentence) -> float:
    """The log of what the sentence comes to, as `elimination.log_evidence` has it.

    Raises `ValueError` for more than 100,000 assignments.

    >>> from minigan.models.families.factors import categorical
    >>> from minigan.models.families.language import chain
    >>> t, z = Index("t", 5), Discrete("z", 2)
    >>> fair = categorical(z, [0.0, 0.0])
    >>> round(log_evidence_by_enumeration(chain(t, z, fair, fair, fair)), 12)  # 32 paths, of 1/2^10 each
    -3.4657359028
    """
    factors, copies = [], {}
    _write_out(sentence, {}, {}, factors, copies)
    discrete = [copy for copy, variable in copies.items() if isinstance(variable, Discrete)]
    assignments = math.prod(copies[copy].size for copy in discrete)
    if assignments > MOST_ASSIGNMENTS:
        raise ValueError(
            f"the sentence has {assignments:.3g} assignments of its discrete variables, and enumeration visits at most "
            f"{MOST_ASSIGNMENTS}: shorten its plates and chains, or use log_evidence"
        )
    places, d = {}, 0
    for copy, variable in copies.items():
        if isinstance(variable, Gaussian):
            places[copy], d = np.arange(d, d + variable.size), d + variable.size
    return float(
        logsumexp(
            [
                _mass(factors, dict(zip(discrete, values)), places, d)
                for values in itertools.product(*(range(copies[copy].size) for copy in discrete))
            ]
        )
    )


def _mass(factors, values: dict, places: dict, d: int) -> float:
    """log of the product of all factors at an assignment, integrated over all Gaussian copies, ``d`` numbers together."""
    constant, linear, precision = 0.0, np.zeros(d), np.zeros((d, d))
    for (c, h, j), axes, blocks in factors:
        where = tuple(values.get(axis, axis) for axis in axes)
        constant += c[where]
        if blocks:
            place = np.concatenate([places[block] for block in blocks])
            np.add.at(linear, place, h[where])
            np.add.at(precision, np.ix_(place, place), j[where])
    if not d:
        return constant
    log_det = np.linalg.slogdet(precision)[1]
    return constant + 0.5 * (linear @ np.linalg.solve(precision, linear) - log_det + d * math.log(2.0 * math.pi))


def _write_out(sentence, indices: dict, scope: dict, factors: list, copies: dict) -> None:
    """Every factor once for each value of the ``indices`` around it, on copies of variables that are called by these.

    ``scope`` says which copy a variable stands for.
    """

    def copy(variable, at):
        name = (variable.name, tuple(at.items()))
        if name in copies:
            raise ValueError(f"the sentence sums out {variable.name!r} in two places: give one of them another name")
        copies[name] = variable
        return name

    match sentence:
        case language.Factor(value=value):
            arrays = tuple(None if each is None else to_numpy(each) for each in value[2:])
            axes = tuple(indices[axis] if isinstance(axis, Index) else scope[axis] for axis in value.axes)
            factors.append((arrays, axes, tuple(scope[block] for block in value.blocks)))
        case language.Product(parts):
            for part in parts:
                _write_out(part, indices, scope, factors, copies)
        case language.Sum(variables, of):
            inside = {each: copy(each, indices) for each in variables}
            _write_out(of, indices, {**scope, **inside}, factors, copies)
        case language.Plate(index, of):
            for i in range(index.size):
                _write_out(of, {**indices, index: i}, scope, factors, copies)
        case language.Chain(index, state, first, moves, seen):
            earlier = None
            for i in range(index.size):
                at = {**indices, index: i}
                inside = {**scope, state: copy(state, at)}
                if i == 0:
                    _write_out(first, indices, inside, factors, copies)
                else:
                    inside[state.before] = earlier
                    _write_out(moves, at, inside, factors, copies)
                _write_out(seen, at, inside, factors, copies)
                earlier = inside[state]
