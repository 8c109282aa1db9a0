"""Derivatives checked against differences: what to run on a rule of one's own."""

from __future__ import annotations

import numpy as np

from ..backend import backend_of, dtype_name, to_numpy
from ..validation import count, function, one_of, positive, told
from .boundary import as_input
from .forward import jvp
from .primitive import is_complex
from .reverse import vjp
from .tracer import innermost
from .trees import flatten, unflatten

MODES = ("forward", "reverse")


def check_grads(f, args, order=2, modes=MODES, step=None, tolerance=None, seed=0):
    """Raise `AssertionError` unless the derivatives of ``f`` at ``args`` agree with central differences.

    ``f`` takes the arrays (or trees) in the tuple ``args`` and returns an array or tree. Along a random direction t
    and for a random cotangent g it compares the tangent with ``(f(x + h t) - f(x - h t)) / 2h``
    and ``<pullback(g), t>`` with ``<g, tangent>``, then repeats both on the derivative itself up to ``order``. The step
    h is cbrt(eps), where truncation (h^2) and rounding (eps/h) balance; the tolerance, relative to the largest entry,
    is 1e4 times what they leave, eps^(2/3), so that curvature does not matter and a wrong factor of one percent does.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> mg.check_grads(lambda x: mnp.sum(mnp.tanh(x) ** 2), (mnp.array([0.3, -1.0]),))
    """
    function(f, "what is checked", "(*args)")
    if not isinstance(args, tuple | list):
        raise TypeError(f"the args of check_grads are a tuple, as in check_grads(f, (x,)), and were {told(args)}")
    order, modes = count(order, "the order of check_grads"), (modes,) if isinstance(modes, str) else tuple(modes)
    for mode in modes:
        one_of(mode, MODES, "a mode of check_grads")
    leaves, structure = flatten(tuple(args))
    if not leaves:
        raise ValueError("check_grads was given no arrays to differentiate in")
    leaves = [as_input(leaf, "check_grads") for leaf in leaves]
    args = unflatten(structure, leaves)
    rng = np.random.default_rng(seed)
    eps = max(np.finfo(dtype_name(leaf.dtype)).eps for leaf in leaves)
    step = float(eps) ** (1 / 3) if step is None else positive(step, "the step of check_grads")
    least = min(1e4 * float(eps) ** (2 / 3), 0.05)
    tolerance = least if tolerance is None else positive(tolerance, "the tolerance of check_grads")
    _check(f, args, order, modes, step, tolerance, rng, "")


def _check(f, args, order, modes, step, tolerance, rng, path):
    tangents = _random_like(args, rng)
    y, dy = jvp(f, args, tangents)
    difference = _difference(f, args, tangents, step)
    if "forward" in modes:
        _compare(dy, difference, tolerance, f"{path}forward derivative against central differences")
    if "reverse" in modes:
        g = _random_like(y, rng)
        _, pullback = vjp(f, *args)
        left = _inner(pullback(g), tangents)
        right = _inner(g, difference)
        scale = max(1.0, _norm(g) * _norm(difference))
        if not abs(left - right) <= tolerance * scale:
            raise AssertionError(
                f"{path}reverse derivative against central differences: <pullback(g), t> = {left!r} and "
                f"<g, df> = {right!r}; they differ by {abs(left - right):.3g}, more than "
                f"{tolerance * scale:.3g}"
            )
    if order > 1:
        if "forward" in modes:
            _check(
                lambda *x: jvp(f, x, tangents)[1],
                args,
                order - 1,
                modes,
                step,
                tolerance,
                rng,
                f"{path}forward, ",
            )
        if "reverse" in modes:
            _check(lambda *x: vjp(f, *x)[1](g), args, order - 1, modes, step, tolerance, rng, f"{path}reverse, ")


def _difference(f, args, tangents, step):
    def shifted(h):
        leaves, structure = flatten(args)
        moved = [x + h * t for x, t in zip(leaves, flatten(tangents)[0])]
        return flatten(f(*unflatten(structure, moved)))[0]

    high, low = shifted(step), shifted(-step)
    return [(a - b) / (2 * step) for a, b in zip(_host(high), _host(low))]


def _random_like(tree, rng):
    leaves, structure = flatten(tree)
    drawn = []
    for leaf in leaves:
        leaf = innermost(leaf)
        shape = getattr(leaf, "shape", ())
        backend = backend_of(leaf)
        values = rng.standard_normal(shape)
        if hasattr(leaf, "dtype") and is_complex(leaf):
            values = values + 1j * rng.standard_normal(shape)
        drawn.append(backend.asarray(values, dtype=getattr(leaf, "dtype", None)))
    return unflatten(structure, drawn)


def _host(tree):
    leaves = map(to_numpy, flatten(tree)[0])
    return [leaf.astype(complex if leaf.dtype.kind == "c" else float) for leaf in leaves]


def _inner(a, b):
    return sum(float(np.real(np.sum(x * y))) for x, y in zip(_host(a), _host(b)))


def _norm(tree):
    return float(np.sqrt(sum(np.sum(np.square(np.abs(x))) for x in _host(tree))))


def _compare(found, expected, tolerance, what):
    scale = max(1.0, *(float(np.max(np.abs(x), initial=0.0)) for x in expected))
    for i, (a, b) in enumerate(zip(_host(found), expected)):
        error = float(np.max(np.abs(a - b), initial=0.0))
        if not error <= tolerance * scale:  # "not <=" also refuses NaN
            raise AssertionError(
                f"{what}: output {i} differs by {error:.3g}, more than {tolerance * scale:.3g}\n"
                f"derivative {a!r}\ndifference {b!r}"
            )
