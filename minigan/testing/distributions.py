"""Strategies for distributions: categorical pairs of every kind, channels, Gaussians, mixtures, and rows of
the f-GAN table.
"""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

TWO_TO_SEVEN, ONE_TO_THREE = st.integers(2, 7), st.integers(1, 3)


def alphas():
    """Parameters of the alpha-divergence, on both sides of 0 and 1 but not nearer to them than 1/20."""
    return st.sampled_from([-1.0, 0.5, 2.0, 3.0]) | st.floats(-2.5, 3.5).filter(
        lambda a: abs(a) >= 0.05 and abs(a - 1.0) >= 0.05
    )


def mixture_weights():
    """Weights pi of the weighted Jensen-Shannon divergence."""
    return st.floats(0.05, 0.95)


def divergences():
    """Rows of the f-GAN table, and members of its two families with drawn parameters."""
    from ..divergences import TABLE, alpha, weighted_jensen_shannon

    return (
        st.sampled_from(list(TABLE.values()))
        | st.builds(alpha, alphas())
        | st.builds(weighted_jensen_shannon, mixture_weights())
    )


@st.composite
def probabilities(draw, categories=TWO_TO_SEVEN, smallest=1e-3):
    """A probability vector without zeros; its entries differ by at most a factor 1/``smallest``."""
    k = draw(categories) if isinstance(categories, SearchStrategy) else categories
    span = float(np.log(smallest))
    weights = np.exp([draw(st.floats(span, 0.0)) for _ in range(k)])
    return weights / weights.sum()


@st.composite
def pairs(draw, categories=TWO_TO_SEVEN, smallest=1e-3):
    """Two probability vectors of one length without zeros."""
    k = draw(categories) if isinstance(categories, SearchStrategy) else categories
    return draw(probabilities(k, smallest)), draw(probabilities(k, smallest))


@st.composite
def near_equal_pairs(draw, categories=TWO_TO_SEVEN):
    """P and P + epsilon delta, with sum delta = 0 and epsilon between 1e-7 and 1e-2."""
    p = draw(probabilities(categories))
    direction = np.array([draw(st.floats(-1.0, 1.0)) for _ in p])
    direction = p * (direction - np.sum(p * direction))
    return p, p + 10.0 ** draw(st.floats(-7.0, -2.0)) * direction


@st.composite
def near_singular_pairs(draw, categories=TWO_TO_SEVEN):
    """P and Q that share little mass: each is small, down to 1e-12, where the other is not."""
    p, q = draw(pairs(categories, 0.1))
    small = 10.0 ** draw(st.floats(-12.0, -2.0))
    first = np.arange(len(p)) % 2 == 0
    p, q = np.where(first, p, small * p), np.where(first, small * q, q)
    return p / p.sum(), q / q.sum()


@st.composite
def pairs_with_zeros(draw, categories=TWO_TO_SEVEN):
    """P and Q with empty categories, in one of them or in both; each keeps some mass."""
    p, q = draw(pairs(categories))
    keep_p = np.array([draw(st.booleans()) for _ in p])
    keep_q = np.array([draw(st.booleans()) for _ in q])
    keep_p[draw(st.integers(0, len(p) - 1))] = True
    keep_q[draw(st.integers(0, len(q) - 1))] = True
    p, q = np.where(keep_p, p, 0.0), np.where(keep_q, q, 0.0)
    return p / p.sum(), q / q.sum()


@st.composite
def channels(draw, inputs, outputs=TWO_TO_SEVEN):
    """A row-stochastic matrix, shape (inputs, outputs): what a channel makes of each input."""
    m = draw(outputs)
    return np.stack([draw(probabilities(m, 1e-2)) for _ in range(inputs)])


@st.composite
def merges(draw, inputs):
    """A matrix of zeros and ones that merges ``inputs`` categories into fewer."""
    m = draw(st.integers(1, max(1, inputs - 1)))
    target = [draw(st.integers(0, m - 1)) for _ in range(inputs)]
    return np.eye(m)[target]


@st.composite
def gaussians(draw):
    """A `Normal` with a mean of at most 5 and a deviation between 1/5 and 5."""
    from ..densities import Normal

    return Normal(draw(st.floats(-5.0, 5.0)), float(np.exp(draw(st.floats(-1.6, 1.6)))))


@st.composite
def mixtures(draw, components=ONE_TO_THREE):
    """A `Mixture` of Gaussians."""
    from ..densities import Mixture

    k = draw(components)
    weights = draw(probabilities(k, 0.05)) if k > 1 else np.ones(1)
    return Mixture(tuple(float(w) for w in weights), tuple(draw(gaussians()) for _ in range(k)))
