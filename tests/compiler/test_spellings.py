"""What users write for functions that have names: what each spelling is compiled to, and that it stays what it says.

The operations are those that NumPy runs for a long array's value and gradient of the mean. Values and slopes are the
eager ones to the bit, at ties, zeros of both signs, infinities and NaN too, for a cotangent that is one number and for one
that is not; `ROUNDED` are those that round otherwise, and `SIGNS` those in which a zero may have the other sign.
"""

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan import logarithms, nn
from minigan.autodiff import PRIMITIVES
from minigan.compiler.passes import for_numpy, optimise
from tests.compiler.recorded import names, program_of

pytestmark = [pytest.mark.usefixtures("on_numpy"), pytest.mark.filterwarnings("ignore::RuntimeWarning")]
N = 70_003  # longer than any array that is written out, and no round number
EDGES = [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 0.75, -0.75, 1e-45, -1e-45, 3e38, -3e38, 87.5, -87.5, 1e-3]


def relu(x):
    return PRIMITIVES["relu"](x)


def leaky_relu(x):
    return PRIMITIVES["leaky_relu"](x, slope=0.2)


MEAN = ["sum", "divide"]
TIED = ["greater", "greater_equal", "points", "multiply"]
STABLE = ["clip", "abs", "negative", "exp", "log1p", "add"]
MADE_OF_THE_VALUE = ["negative", "expm1", "multiply"]
SHARE = ["is_positive", "maximum", "add", "divide", "multiply"]
SPELLINGS = {
    "relu": (relu, ["clip", *MEAN, "greater", "where"]),
    "maximum(x, 0)": (lambda x: mnp.maximum(x, 0), ["clip", *MEAN, *TIED]),
    "maximum(0, x)": (lambda x: mnp.maximum(0.0, x), ["clip", *MEAN, *TIED]),
    "where(x > 0, x, 0)": (lambda x: mnp.where(x > 0, x, 0.0), ["fmax", *MEAN, "greater", "where"]),
    "where(x < 0, 0, x)": (lambda x: mnp.where(x < 0, 0.0, x), ["clip", *MEAN, "less", "where"]),
    "x * (x > 0)": (lambda x: x * (x > 0), ["is_positive", "multiply", *MEAN, "multiply"]),
    "leaky_relu": (leaky_relu, ["multiply", "maximum", *MEAN, "greater", "where"]),
    "where(x > 0, x, a x)": (
        lambda x: mnp.where(x > 0, x, 0.2 * x),
        ["multiply", "maximum", *MEAN, "greater", "where"],
    ),
    "where(x <= 0, a x, x)": (
        lambda x: mnp.where(x <= 0, 0.2 * x, x),
        ["multiply", "maximum", *MEAN, "less_equal", "where"],
    ),
    "maximum(x, a x)": (lambda x: mnp.maximum(x, 0.2 * x), ["multiply", "maximum", *MEAN, "points"]),
    "abs": (abs, ["abs", *MEAN, "sign"]),
    "maximum(x, -x)": (
        lambda x: mnp.maximum(x, -x),
        ["abs", *MEAN, "sign"],
    ),
    "where(x < 0, -x, x)": (lambda x: mnp.where(x < 0, -x, x), ["abs", *MEAN, "less", "where"]),
    "where(x >= 0, x, -x)": (lambda x: mnp.where(x >= 0, x, -x), ["abs", *MEAN, "greater_equal", "where"]),
    "softplus": (mnp.softplus, [*STABLE, *MEAN, *MADE_OF_THE_VALUE]),
    "logaddexp(x, 0)": (lambda x: mnp.logaddexp(x, 0), [*STABLE, *MEAN, *MADE_OF_THE_VALUE]),
    "logaddexp(0, x)": (lambda x: mnp.logaddexp(0.0, x), [*STABLE, *MEAN, *MADE_OF_THE_VALUE]),
    "max(x, 0) + log1p(exp(-|x|))": (
        lambda x: mnp.maximum(x, 0) + mnp.log1p(mnp.exp(-abs(x))),
        [*STABLE, *MEAN, *SHARE],
    ),
    "log(1 + exp(x))": (
        lambda x: mnp.log(1 + mnp.exp(x)),
        ["exp", "add", "log", *MEAN, "divide", "multiply"],
    ),
    "log1p(exp(x))": (lambda x: mnp.log1p(mnp.exp(x)), ["exp", "log1p", *MEAN, "add", "divide", "multiply"]),
    "sigmoid": (
        mnp.sigmoid,
        ["abs", "negative", "exp", "is_positive", "maximum", "add", "divide", *MEAN, "square", "divide", "multiply"],
    ),
    "elu": (nn.elu, ["clip", "clip", "expm1", "add", *MEAN, "exp", "multiply"]),
    "clip": (lambda x: mnp.clip(x, -0.75, 0.75), ["clip", *MEAN, "greater", "less", "logical_and", "where"]),
    "minimum(maximum(x, a), b)": (
        lambda x: mnp.minimum(mnp.maximum(x, -0.75), 0.75),
        ["clip", *MEAN, *["less", "less_equal", "points"], *TIED, "multiply"],
    ),
    "maximum(minimum(x, b), a)": (
        lambda x: mnp.maximum(mnp.minimum(x, 0.75), -0.75),
        ["clip", *MEAN, *["less", "less_equal", "points"], *TIED, "multiply"],
    ),
}
WRITTEN_OUT = "max(x, 0) + log1p(exp(-|x|))"
SIGNS = {"maximum(x, -x)", "where(x < 0, -x, x)", "where(x >= 0, x, -x)", "elu", WRITTEN_OUT}
ROUNDED = {
    "softplus", "logaddexp(x, 0)", "logaddexp(0, x)", "log(1 + exp(x))", "log1p(exp(x))", "sigmoid", "elu", WRITTEN_OUT,
}  # fmt: skip


def ends(dtype):
    """Edges among ordinary numbers."""
    rng = np.random.default_rng(0)
    with np.errstate(over="ignore"):
        edges = np.asarray(EDGES).astype(dtype)
    return np.where(rng.random(N) < 0.5, rng.choice(edges, N), 3.0 * rng.standard_normal(N)).astype(dtype)


def ordinary(dtype):
    """No ties, no edges: what a choice need not even look at."""
    return (0.5 + np.random.default_rng(1).random(N)).astype(dtype)


@pytest.mark.parametrize("case", SPELLINGS)
def test_what_a_spelling_becomes(case, monkeypatch):
    """On a machine that has vectors for log1p and expm1."""
    monkeypatch.setattr(logarithms, "has_vectors", lambda name, dtype: True)
    f, expected = SPELLINGS[case]
    recorded = program_of(mg.value_and_grad(lambda x: mnp.mean(f(x))), ends("float32"))
    assert sorted(names(for_numpy(optimise(recorded)))) == sorted(expected)


def same(found, expected, case):
    found, expected = np.asarray(found), np.asarray(expected)
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    if case in ROUNDED:
        eps = np.finfo(expected.dtype).eps
        np.testing.assert_allclose(found, expected, rtol=8 * eps, atol=np.finfo(expected.dtype).tiny)
    else:
        np.testing.assert_array_equal(found, expected)
    if case not in SIGNS:
        numbers = ~np.isnan(expected)
        np.testing.assert_array_equal(np.signbit(found)[numbers], np.signbit(expected)[numbers])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", SPELLINGS)
def test_values_and_slopes_are_the_eager_ones(case, dtype):
    f, _ = SPELLINGS[case]
    for x in (ends(dtype), ordinary(dtype), -ordinary(dtype)):
        same(mg.compile(f)(x), f(x), case)
        for mean in (lambda x: 2.5 * mnp.mean(f(x)), lambda x: -2.5 * mnp.mean(f(x))):
            same(mg.compile(mg.grad(mean))(x), mg.grad(mean)(x), case)
        g = np.roll(x, 7)
        pulled = lambda x, g: mg.vjp(f, x)[1](g)[0]
        same(mg.compile(pulled)(x, g), pulled(x, g), case)


@pytest.mark.parametrize("case", SPELLINGS)
def test_they_are_the_function_that_they_spell(case):
    """Where nothing is tied and nothing is infinite."""
    softplus = lambda x: np.logaddexp(x, 0)
    ours = {
        "softplus": softplus, "sigmoid": lambda x: 1 / (1 + np.exp(-x)), "elu": lambda x: np.where(x > 0, x, np.expm1(x)),
        "abs": abs, "clip": lambda x: np.clip(x, -0.75, 0.75), "leaky": lambda x: np.maximum(x, 0.2 * x),
    }  # fmt: skip
    wanted = {
        "maximum(x, -x)": "abs", "where(x < 0, -x, x)": "abs", "where(x >= 0, x, -x)": "abs", "abs": "abs", "clip": "clip",
        "minimum(maximum(x, a), b)": "clip", "maximum(minimum(x, b), a)": "clip", "leaky_relu": "leaky",
        "where(x > 0, x, a x)": "leaky", "where(x <= 0, a x, x)": "leaky", "maximum(x, a x)": "leaky",
    }  # fmt: skip
    wanted |= dict.fromkeys(ROUNDED, "softplus") | {"sigmoid": "sigmoid", "elu": "elu"}
    x = np.random.default_rng(2).standard_normal(N)
    expected = ours.get(wanted.get(case), lambda x: np.maximum(x, 0.0))(x)
    np.testing.assert_allclose(mg.compile(SPELLINGS[case][0])(x), expected, rtol=1e-13 if case in ROUNDED else 0)
