"""A small language of models: sums, products, chains and plates of factors on discrete and Gaussian variables.

A sentence states a joint law as a product of its factors, with what is not seen summed out. A mixture of Gaussians is

    n, k = Index("n", 4), Discrete("k", 2)
    seen = normal(observed("x", x, n), by(means, k), by(deviations, k))
    mixture = plate(n, sum_out(k, categorical(k, logits) * seen))

*Variables* are `Discrete` and `Gaussian`; an `Index` numbers the repeats of a plate. *Arrays* tell what their first axes
stand for: `by(means, k)` is a mean for each k, `observed("x", x, n)` a value for each n; `linear(z, W, b)` is W z + b.
*Sentences* are the laws of `factors`, put together by ``*``, `sum_out`, `plate` and `chain`.

`elimination.log_evidence` gives the log of what a sentence comes to. Parameters may be traced: its gradient learns them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import minigan.numpy as mnp

from ...autodiff.tracer import Tracer
from ...validation import count
from .log_quadratic import LogQuadratic, aligned, union


@dataclass(frozen=True)
class Variable:
    """What has a ``name`` and a ``size``: how many values, or coordinates, there are.

    >>> Discrete("k", 0)
    Traceback (most recent call last):
    ValueError: the size of 'k' must be a positive integer, and is 0
    """

    name: str
    size: int

    def __post_init__(self):
        count(self.size, f"the size of {self.name!r}")

    @property
    def before(self):
        """The same variable one step earlier in a `chain`."""
        return type(self)(f"{self.name} before", self.size)


class Discrete(Variable):
    """A variable with values 0 .. size - 1."""


class Gaussian(Variable):
    """A variable that is a vector of ``size`` numbers, in factors that are Gaussian in it."""


class Index(Variable):
    """The number of a repeat in a `plate`, or of a step in a `chain`: 0 .. size - 1."""


# -- arrays and what their axes stand for -------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Named:
    """An array whose first axes are ``axes``; ``sources`` are the names of observations that it is computed of. A ``weak``
    one was a Python number, and takes the dtype of what it meets."""

    values: Any
    axes: tuple = ()
    sources: tuple[str, ...] = ()
    weak: bool = False

    @property
    def event(self) -> tuple[int, ...]:
        """The shape of what there is for each value of the axes."""
        return tuple(self.values.shape[len(self.axes) :])


def by(values, *axes) -> Named:
    """An array that has a value, of any shape, for each value of ``axes``: its first axes stand for them.

    Raises `ValueError` where sizes do not agree, `TypeError` for an axis that is no `Discrete` variable and no `Index`.

    >>> by(mnp.zeros((3, 2)), Discrete("k", 4))
    Traceback (most recent call last):
    ValueError: an array by k(4) has a first axis of that size, and this has the shape (3, 2)
    """
    values = _array(values)
    for axis in axes:
        if not isinstance(axis, Discrete | Index):
            raise TypeError(
                f"an axis of an array stands for a Discrete variable or an Index, and was given {axis!r:.80}"
            )
    if tuple(values.shape[: len(axes)]) != tuple(axis.size for axis in axes):
        told = ", ".join(f"{axis.name}({axis.size})" for axis in axes)
        kind = "a first axis of that size" if len(axes) == 1 else "first axes of these sizes"
        raise ValueError(f"an array by {told} has {kind}, and this has the shape {tuple(values.shape)}")
    return Named(values, axes)


@dataclass(frozen=True, eq=False)
class Observed(Named):
    """Values that were seen, under a ``name``."""

    name: str = "x"


def observed(name: str, values, *axes: Index) -> Observed:
    """What was seen of ``name``: a number or a vector for each value of ``axes``, or a whole number for `categorical`."""
    found = by(values, *axes)
    return Observed(found.values, found.axes, (name,), name=name)


@dataclass(frozen=True, eq=False)
class Affine:
    """sum_i W_i z_i + b of Gaussian variables z_i: the ``terms`` are pairs (z, W)."""

    terms: tuple
    bias: Named

    def __add__(self, other):
        other = other if isinstance(other, Affine) else Affine((), named(other))
        return Affine(self.terms + other.terms, added(self.bias, other.bias))


def linear(of, weights, bias=0.0):
    """W v + b, of a Gaussian variable or of something observed; W has the shape (m, d), or (d,) where W v is a number.

    Of variables it is `Affine`, and a sum of such is one too.

    >>> n = Index("n", 2)
    >>> linear(observed("x", [[1.0, 2.0], [3.0, 4.0]], n), [[1.0, 1.0]], [0.5]).values
    array([[3.5],
           [7.5]])
    """
    weights, bias = named(weights), named(bias)
    if isinstance(of, Gaussian):
        if weights.event[-1:] != (of.size,):
            raise ValueError(
                f"weights of {of.name} end in an axis of its size, {of.size}, and these have the shape {weights.event}"
            )
        return Affine(((of, weights),), bias)
    of = named(of)
    if weights.event[-1:] != of.event or len(of.event) != 1:
        raise ValueError(
            f"linear takes a vector and weights whose last axis has its size, and these have the shapes {of.event} and "
            f"{weights.event}"
        )
    of, weights = in_one_dtype(of, weights)
    axes = union(of.axes, weights.axes)
    found = mnp.matmul(over(weights, axes, 2), over(of, axes, 1)[..., None])[..., 0]
    found = found if len(weights.event) == 2 else found[..., 0]
    return added(Named(found, axes, of.sources + weights.sources), bias)


def _array(values):
    return values if isinstance(values, Tracer) else mnp.asarray(values)


def named(values) -> Named:
    """An array as it is, and any other as one without axes."""
    if isinstance(values, Named):
        return values
    return Named(_array(values), weak=isinstance(values, int | float))


def in_one_dtype(*arrays: Named) -> list[Named]:
    """Arrays in the widest floating dtype among those that are not weak, float64 if there is none."""
    kinds = [str(each.values.dtype).rpartition(".")[2] for each in arrays]
    strong = {kind for kind, each in zip(kinds, arrays) if not each.weak}
    wide = next((kind for kind in ("float64", "float32", "float16") if kind in strong), "float64")
    return [
        each if kind == wide else replace(each, values=mnp.astype(each.values, wide))
        for each, kind in zip(arrays, kinds)
    ]


def over(array: Named, axes, dimensions: int):
    """Its values with ``axes`` first, and as many dimensions after them, of size 1 where it has fewer."""
    values = aligned(array.values, array.axes, axes, len(array.event))
    return mnp.reshape(values, (*values.shape[: len(axes)], *(1,) * (dimensions - len(array.event)), *array.event))


def added(a: Named, b: Named) -> Named:
    a, b = in_one_dtype(a, b)
    axes, dimensions = union(a.axes, b.axes), max(len(a.event), len(b.event))
    sources = tuple(dict.fromkeys(a.sources + b.sources))
    return Named(over(a, axes, dimensions) + over(b, axes, dimensions), axes, sources)


# -- sentences --------------------------------------------------------------------------------------------------------


class Sentence:
    """A product of factors, some of their variables summed out; ``a * b`` is the product of two."""

    def __mul__(self, other):
        if not isinstance(other, Sentence):
            return NotImplemented
        mine = self.parts if isinstance(self, Product) else (self,)
        return Product(mine + (other.parts if isinstance(other, Product) else (other,)))


@dataclass(frozen=True, eq=False)
class Factor(Sentence):
    """One factor: the law of ``child`` given ``parents``, and what it comes to for each value of them. A potential has no
    child, and an observed parent is a text. A ``weak`` one is of Python numbers alone."""

    kind: str
    child: Variable | Observed | None
    parents: tuple
    value: LogQuadratic
    weak: bool = False


@dataclass(frozen=True, eq=False)
class Product(Sentence):
    parts: tuple[Sentence, ...]


@dataclass(frozen=True, eq=False)
class Sum(Sentence):
    variables: tuple[Variable, ...]
    of: Sentence


@dataclass(frozen=True, eq=False)
class Plate(Sentence):
    index: Index
    of: Sentence


@dataclass(frozen=True, eq=False)
class Chain(Sentence):
    index: Index
    state: Variable
    first: Sentence
    moves: Sentence
    seen: Sentence


def sum_out(variables, sentence: Sentence) -> Sentence:
    """The sum of a sentence over a discrete variable, its integral over a Gaussian one, or that over several at once.

    >>> from minigan.models.families.factors import categorical
    >>> k = Discrete("k", 2)
    >>> sum_out(k, categorical(k, [0.0, 0.0])).variables
    (Discrete(name='k', size=2),)
    """
    several = variables if isinstance(variables, tuple | list) else (variables,)
    for each in several:
        if not isinstance(each, Discrete | Gaussian):
            raise TypeError(f"what is summed out is a Discrete or Gaussian variable, and was {each!r:.80}")
    return Sum(tuple(several), _sentence(sentence))


def plate(index: Index, sentence: Sentence) -> Sentence:
    """The product over all values of ``index``: repeats that are independent given what stands outside of the plate."""
    return Plate(_index(index), _sentence(sentence))


def chain(index: Index, state: Variable, first: Sentence, moves: Sentence, seen: Sentence) -> Sentence:
    """``first`` at step 0, ``moves`` from ``state.before`` to ``state`` at each later one, and ``seen`` at every one, the
    states of all steps summed out: a Markov chain."""
    if not isinstance(state, Discrete | Gaussian):
        raise TypeError(f"the state of a chain is a Discrete or Gaussian variable, and was {state!r:.80}")
    return Chain(_index(index), state, _sentence(first), _sentence(moves), _sentence(seen))


def _index(index) -> Index:
    if not isinstance(index, Index):
        raise TypeError(f"a plate or a chain goes over an Index, and was given {index!r:.80}")
    return index


def _sentence(sentence) -> Sentence:
    if not isinstance(sentence, Sentence):
        raise TypeError(f"a sentence is made of factors, and this is {sentence!r:.80}")
    return sentence
