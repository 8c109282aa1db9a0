"""One law for every function: at regular points its first derivatives, forward, backward and compiled, are those that
NumPy's own function has by complex steps, or where it knows no complex numbers by extrapolated differences."""

import itertools
import zlib

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from tests.numpy.test_against_numpy import EVERY, floats_in, functions, leaves, put
from tests.numpy.test_arguments import SYMMETRIC

pytestmark = [pytest.mark.usefixtures("on_numpy"), pytest.mark.filterwarnings("ignore")]

TINY = 1e-30
STEPS = [2.0**-k for k in (8, 11, 14, 18, 22)]


def seen(part, real=np.real, imag=np.imag):
    """A real number for every one, of a complex one both of its parts."""
    return real(part) + 2.0 * imag(part) if part.dtype.kind == "c" else part


class Line:
    """phi(t) = sum of weights * f(x + t v), of NumPy's function f, and its derivative at 0."""

    def __init__(self, numpys, args, kwargs, places, values, moves, weights, turn=1.0):
        def of(*values):
            out = numpys(*put(args, places, [turn * x for x in values]), **kwargs)
            return [*map(np.asarray, leaves(out))]

        self.f, self.values, self.moves, self.weights = of, values, moves, weights
        self.is_real = all(part.dtype.kind == "f" for part in of(*values))

    def at(self, t):
        parts = self.f(*(x + t * v for x, v in zip(self.values, self.moves)))
        return sum(np.sum(w * (part if np.iscomplexobj(t) else seen(part))) for w, part in zip(self.weights, parts))

    def by_differences(self):
        """Central differences of order four, of the step at which two neighbouring steps agree best; and how well."""
        found = []
        for h in STEPS:
            coarse, fine = ((self.at(s) - self.at(-s)) / (2 * s) for s in (h, h / 2))
            found.append((4 * fine - coarse) / 3)
        spreads = [abs(a - b) for a, b in itertools.pairwise(found)]
        best = int(np.argmin(spreads))
        return found[best], spreads[best]

    def by_complex_step(self):
        """The derivative to rounding of an analytic function; ``None`` where NumPy's takes no complex numbers."""
        if not self.is_real:
            return None
        try:
            value = self.at(1j * TINY)
        except Exception:
            return None
        return None if not np.iscomplexobj(value) else value.imag / TINY


def regular(args, name):
    """Floats away from kinks: no infinities or zeros, and NaN only where it is left out."""
    floats = [x for part in args for x in leaves(part) if isinstance(x, np.ndarray) and x.dtype.kind == "f"]
    finite = all(np.isfinite(x).all() or (name.startswith("nan") and name != "nan_to_num") for x in floats)
    return finite and all((x != 0).all() for x in floats)


def cases(name):
    """Calls of the table, at least one of them at a regular point, with moves that keep matrices symmetric."""
    ours, numpys, calls = functions(name)
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    for args, kwargs in calls:
        args = list(args)
        places = floats_in(args)
        if not places or not regular(args, name):
            continue
        values = [args[i] if j is None else args[i][j] for i, j in places]
        moves = [rng.standard_normal(x.shape) * np.isfinite(x) for x in values]
        if name in SYMMETRIC:
            moves = [v + np.swapaxes(v, -1, -2) for v in moves]
        parts = [*map(np.asarray, leaves(numpys(*args, **kwargs)))]
        if any(part.dtype.name not in ("float64", "complex128") or not np.isfinite(part).all() for part in parts):
            continue  # constants; and infinities, which have laws of their own
        weights = [rng.standard_normal(part.shape) for part in parts]
        yield ours, numpys, args, kwargs, places, values, moves, weights


def check(name, turn, ours, numpys, args, kwargs, places, values, moves, weights):
    line = Line(numpys, args, kwargs, places, values, moves, weights, turn)
    expected, spread = line.by_differences()
    scale = max(abs(expected), abs(line.at(0.0)), 1.0)
    assert spread < 1e-7 * scale, ("no step of differences agrees with its neighbour", name, args, kwargs)
    rtol, refined = 1e-6, line.by_complex_step() if turn == 1.0 else None
    if refined is not None and abs(refined - expected) <= 1e-6 * scale:
        expected, rtol = refined, 1e-11

    def loss(*values):
        out = ours(*put(args, places, [x if turn == 1.0 else turn * x for x in values]), **kwargs)
        return sum(mnp.sum(w * seen(part, mnp.real, mnp.imag)) for w, part in zip(weights, leaves(out)))

    every = tuple(range(len(values)))
    gradients = mg.grad(loss, argnums=every)(*values)
    compiled = mg.compile(mg.grad(loss, argnums=every))(*values)
    forward = mg.jvp(loss, values, moves)[1]
    for how, found in (("backward", gradients), ("compiled", compiled), ("forward", forward)):
        if how != "forward":
            found = sum(np.sum(g * v) for g, v in zip(found, moves))
        assert abs(found - expected) <= rtol * scale, (name, how, found, expected, args, kwargs)
    return rtol


@pytest.mark.parametrize("name", EVERY)
def test_first_derivatives_are_numpy_s_own(name):
    for case in cases(name):
        check(name, 1.0, *case)


# Times a complex number these are no Hermitian matrices; and the phases of singular vectors are LAPACK's
NOT_TURNED = SYMMETRIC | {"linalg.svd"}


@pytest.mark.parametrize("name", [name for name in EVERY if name not in NOT_TURNED])
def test_first_derivatives_through_complex_numbers_are_numpy_s_own(name):
    for case in cases(name):
        if case[3].get("dtype") is not None:
            continue  # the imaginary part dropped, with a warning
        try:
            Line(case[1], *case[2:], turn=1.0 + 0.5j).at(0.0)
        except (TypeError, ValueError):
            continue  # NumPy has it of real numbers alone
        check(name, 1.0 + 0.5j, *case)
