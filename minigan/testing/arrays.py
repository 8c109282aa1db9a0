"""Strategies for shapes, arrays, trees of arrays and the arguments of a primitive's `Example`."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ..autodiff.primitive import Example

dtypes = st.sampled_from(("float32", "float64"))
seeds = st.integers(0, 2**32 - 1)


def shapes(min_dims=0, max_dims=3, min_side=1, max_side=4):
    """Shapes of small arrays, the 0-d one included."""
    return hnp.array_shapes(min_dims=min_dims, max_dims=max_dims, min_side=min_side, max_side=max_side)


def broadcastable_shapes(count, max_dims=3, max_side=4):
    """``count`` shapes that broadcast together, sizes of one and missing axes included."""
    drawn = hnp.mutually_broadcastable_shapes(num_shapes=count, max_dims=max_dims, max_side=max_side)
    return drawn.map(lambda found: found.input_shapes)


def finite_floats(low=-1e3, high=1e3, dtype="float64"):
    """Finite floats of ``dtype`` in [low, high].

    Subnormals are left out: libraries compiled with fast-math flags, and GPUs, flush them to zero, so a law
    that holds for every normal number would fail on the machine and not on the mathematics.
    """
    width = np.finfo(dtype).bits
    if width == 32:
        low, high = float(np.float32(low)), float(np.float32(high))
    return st.floats(low, high, allow_subnormal=False, allow_nan=False, allow_infinity=False, width=width)


@st.composite
def arrays(draw, shape=None, low=-1e3, high=1e3, dtype="float64"):
    """Arrays of finite floats; ``shape`` and ``dtype`` may be strategies."""
    shape = draw(shapes() if shape is None else shape) if not isinstance(shape, tuple) else shape
    dtype = dtype if isinstance(dtype, str) else draw(dtype)
    return draw(hnp.arrays(np.dtype(dtype), shape, elements=finite_floats(low, high, dtype)))


@st.composite
def broadcastable_pairs(draw, low=-1e3, high=1e3, dtype="float64"):
    """Two arrays of one dtype whose shapes broadcast."""
    dtype = dtype if isinstance(dtype, str) else draw(dtype)
    first, second = draw(broadcastable_shapes(2))
    return draw(arrays(first, low, high, dtype)), draw(arrays(second, low, high, dtype))


def trees(leaves=None, max_leaves=6):
    """Nested tuples, lists, dicts and ``None`` with ``leaves`` (arrays by default) at the ends."""
    leaves = arrays(shapes(max_dims=2, max_side=3), -2.0, 2.0) if leaves is None else leaves
    keys = st.text("abcwb", min_size=1, max_size=2)
    return st.recursive(
        leaves | st.none(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.lists(inner, max_size=3).map(tuple)
            | st.dictionaries(keys, inner, max_size=3)
        ),
        max_leaves=max_leaves,
    )


# -- arguments of primitives ---------------------------------------------------------------------------------


def lattice(rng, shape, low, high):
    """Odd multiples of 1/128 in [low, high]: never 0, never on a kink at a round number, exact in float32."""
    first, last = math.ceil((low * 128 - 1) / 2), math.floor((high * 128 - 1) / 2)
    return (2 * rng.integers(first, last + 1, shape) + 1) / 128


def _distinct(rng, shapes):
    """Odd multiples of 1/32, no two of them equal in all the arrays together, in disorder and of both
    signs.
    """
    sizes = [math.prod(shape) for shape in shapes]
    total = sum(sizes)
    values = (2 * rng.permutation(3 * total + 2)[:total] - 3 * total + 1 - total % 2) / 32
    cuts = np.cumsum(sizes)[:-1]
    return [part.reshape(shape) for part, shape in zip(np.split(values, cuts), shapes)]


def _rotation(rng, shape):
    return np.linalg.qr(rng.standard_normal(shape))[0]


def _matrix(rng, shape, domain):
    """A matrix of known spectrum, so that nothing hangs on luck."""
    *stack, n, _ = shape
    steps = np.arange(n) + rng.uniform(-0.2, 0.2, (*stack, n))
    left = _rotation(rng, shape)
    if domain == "symmetric":  # eigenvalues at least 0.6 apart, of both signs
        return (left * (steps - n / 2)[..., None, :]) @ np.swapaxes(left, -1, -2)
    if domain == "positive definite":
        return (left * (1.0 + steps)[..., None, :]) @ np.swapaxes(left, -1, -2)
    return (left * (1.0 + 0.5 * steps)[..., None, :]) @ _rotation(rng, shape)  # well conditioned


def _plain(rng, shape, domain):
    if domain == "boolean":
        return rng.random(shape) > 0.5
    if domain == "index":  # every axis that an example indexes has at least three places
        return rng.integers(0, 3, shape)
    if isinstance(domain, tuple):
        return lattice(rng, shape, *domain)
    return _matrix(rng, shape, domain)


def draw_arguments(rng, example: Example, shapes=None, dtype="float64"):
    """NumPy arrays for the arguments of ``example``, in its domains; ``shapes`` replace its own.

    A domain is an interval, or ``"distinct"`` (no ties, within and between the arrays that say so),
    ``"symmetric"``, ``"positive definite"``, ``"well conditioned"``, ``"boolean"`` or ``"index"``.
    """
    shapes = example.shapes if shapes is None else shapes
    domains = example.domain if isinstance(example.domain, list) else [example.domain] * len(shapes)
    apart = [i for i, domain in enumerate(domains) if domain == "distinct"]
    drawn = dict(zip(apart, _distinct(rng, [shapes[i] for i in apart]))) if apart else {}
    values = [drawn[i] if i in drawn else _plain(rng, shapes[i], d) for i, d in enumerate(domains)]
    return [v.astype(dtype) if v.dtype.kind == "f" else v for v in map(np.asarray, values)]


def example_arguments(example: Example, shapes=None, dtype="float64"):
    """`draw_arguments` as a strategy: what Hypothesis varies is the seed."""
    return seeds.map(lambda seed: draw_arguments(np.random.default_rng(seed), example, shapes, dtype))
