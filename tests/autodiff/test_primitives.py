"""Every registered primitive obeys every law. A new one is picked up by itself; without an `Example` it fails
here.
"""

import autograd
import autograd.numpy as anp
import autograd.scipy.special as asp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigan as mg
import minigan.numpy as mnp
from minigan.autodiff.primitive import Example
from minigan.autodiff.tracer import Tracer
from minigan.testing import broadcastable_shapes, example_arguments

LIBRARY_PRIMITIVES = [p for p in mg.PRIMITIVES.values() if not p.name.startswith("test_")]
DIFFERENTIABLE = [p for p in LIBRARY_PRIMITIVES if p.push is not None]
CONSTANT = [p for p in LIBRARY_PRIMITIVES if p.push is None]
ELEMENTWISE = [p for p in DIFFERENTIABLE if p.kind == "elementwise"]

each_differentiable = pytest.mark.parametrize("primitive", DIFFERENTIABLE, ids=lambda p: p.name)


class Case:
    """A primitive at drawn arguments, as a function of those that it can be differentiated in."""

    def __init__(self, primitive, example, values):
        self.primitive = primitive
        self.params = dict(example.params)
        if "dtype" in self.params:
            self.params["dtype"] = mg.active().dtype(self.params["dtype"])
        self.domains = example.domain if isinstance(example.domain, list) else [example.domain] * len(values)
        self.host = values
        self.arguments = [mnp.asarray(v) for v in values]
        every = primitive.differentiable == "all"
        self.positions = tuple(range(len(values))) if every else primitive.differentiable
        self.moving = tuple(self.arguments[i] for i in self.positions)

    def __call__(self, *moving):
        arguments = list(self.arguments)
        for i, x in zip(self.positions, moving):
            if self.domains[i] in ("symmetric", "positive definite"):  # the rules hold on symmetric matrices
                x = 0.5 * (x + mnp.matrix_transpose(x))
            arguments[i] = x
        out = self.primitive(*arguments, **self.params)
        if self.primitive.name in ("eigh", "svd", "qr"):  # a library may turn a vector's sign
            return tuple(part if part.ndim < moving[0].ndim else mnp.square(part) for part in out)
        return out

    def along(self, rng):
        """Random tangents for the moving arguments."""
        return tuple(mnp.asarray(np.asarray(rng.standard_normal(x.shape)), x.dtype) for x in self.moving)


@st.composite
def cases(draw, primitive, dtype="float64"):
    dtype = dtype if isinstance(dtype, str) else draw(dtype)
    example = draw(st.sampled_from(primitive.examples))
    shapes = draw(broadcastable_shapes(len(example.shapes))) if primitive.kind == "elementwise" else None
    return Case(primitive, example, draw(example_arguments(example, shapes, dtype)))


def law(test):
    """The test, for each differentiable primitive, over drawn cases of it; the test takes (case, rng)."""

    @each_differentiable
    @given(data=st.data())
    def over_cases(primitive, data):
        test(data.draw(cases(primitive)), np.random.default_rng(1))

    over_cases.__doc__ = test.__doc__
    return over_cases


def leaves(x):
    return mg.tree_leaves(x)


def host(x):
    return [mg.to_numpy(leaf) for leaf in leaves(x)]


def inner(x, y):
    return sum(float(np.real(np.sum(a * b))) for a, b in zip(host(x), host(y)))


def random_like(x, rng):
    """Random values in the shapes and dtypes of ``x``, complex ones turned about."""

    def drawn(leaf):
        turn = 1.0 + 0.5j if "complex" in str(leaf.dtype) else 1.0
        return mnp.asarray(np.asarray(rng.standard_normal(leaf.shape) * turn), leaf.dtype)

    return mg.tree_map(drawn, x)


@pytest.mark.parametrize("primitive", LIBRARY_PRIMITIVES, ids=lambda p: p.name)
def test_every_primitive_says_what_it_may_be_checked_at(primitive):
    assert primitive.examples, (
        f"primitive {primitive.name!r} has no examples: state shapes, parameters and domain with "
        f"examples=[Example(...)], so that the laws in this file are checked on it"
    )
    arity = {len(example.shapes) for example in primitive.examples}
    if primitive.kind == "elementwise":
        assert max(primitive.differentiable) < min(arity)


@law
def test_derivatives_agree_with_differences_to_second_order(case, rng):
    mg.check_grads(case, case.moving, order=2)


@law
def test_pullback_is_the_transpose_of_the_tangent_map(case, rng):
    """<pullback(g), t> = <g, push(t)> to rounding, which no finite difference could tell."""
    tangents = case.along(rng)
    y, dy = mg.jvp(case, case.moving, tangents)
    _, pullback = mg.vjp(case, *case.moving)
    g = random_like(y, rng)
    left, right = inner(pullback(g), tangents), inner(g, dy)
    scale = 1.0 + sum(float(np.sum(np.abs(a * b))) for a, b in zip(host(g), host(dy)))
    # the sums have at most a few hundred terms, each with a few roundings; solves lose the condition number,
    # here < 10
    assert abs(left - right) <= 1e-11 * scale


@law
def test_shapes_and_dtypes_of_derivatives_are_those_of_what_they_belong_to(case, rng):
    y, dy = mg.jvp(case, case.moving, case.along(rng))
    _, pullback = mg.vjp(case, *case.moving)
    for found, like in [*zip(leaves(dy), leaves(y)), *zip(pullback(random_like(y, rng)), case.moving)]:
        assert found.shape == like.shape
        assert found.dtype == like.dtype


@law
def test_values_are_the_same_under_every_transformation_and_inputs_are_left_alone(case, rng):
    before = [mg.to_numpy(x).tobytes() for x in case.arguments]
    plain = host(case(*case.moving))
    y, pullback = mg.vjp(case, *case.moving)
    pullback(random_like(y, rng))
    under_jvp, _ = mg.jvp(case, case.moving, case.along(rng))
    replayed = mg.trace(case)(*case.moving)(*case.moving)
    for values in (host(y), host(under_jvp), host(replayed)):
        for a, b in zip(values, plain, strict=True):
            np.testing.assert_array_equal(a, b)
    assert [mg.to_numpy(x).tobytes() for x in case.arguments] == before


@each_differentiable
@given(data=st.data())
def test_float32_stays_float32(primitive, data):
    case = data.draw(cases(primitive, dtype="float32"))
    if primitive.name == "astype":
        case.params["dtype"] = mg.active().dtype("float32")
    rng = np.random.default_rng(2)
    y, dy = mg.jvp(case, case.moving, case.along(rng))
    _, pullback = mg.vjp(case, *case.moving)
    g = random_like(y, rng)
    for leaf in [*leaves(y), *leaves(dy), *pullback(g)]:
        assert mg.backend.dtype_name(leaf.dtype) in ("float32", "complex64")
    second = mg.jvp(lambda *x: mg.vjp(case, *x)[1](g), case.moving, case.along(rng))[1]
    for leaf in second:
        assert mg.backend.dtype_name(leaf.dtype) == "float32"


BINARY = [p for p in ELEMENTWISE if len(p.examples[0].shapes) == 2]


@pytest.mark.parametrize("position", [0, 1])
@pytest.mark.parametrize("primitive", BINARY, ids=lambda p: p.name)
def test_a_python_number_does_not_widen_float32(primitive, position):
    x = mnp.asarray([0.5, 1.5, 1.75], dtype="float32")

    def f(x):
        return primitive(x, 1.25) if position == 0 else primitive(1.25, x)

    y, dy = mg.jvp(f, (x,), (mnp.ones_like(x),))
    (g,) = mg.vjp(f, x)[1](mnp.ones_like(x))
    narrow = "complex64" if primitive.name == "from_parts" else "float32"
    assert [mg.backend.dtype_name(a.dtype) for a in (f(x), y, dy, g)] == [narrow] * 3 + ["float32"]


@pytest.mark.parametrize("primitive", CONSTANT, ids=lambda p: p.name)
def test_a_constant_primitive_returns_plain_values(primitive):
    """Its derivative is zero, so nothing of it stays on the tape."""
    example = primitive.examples[0]
    rng = np.random.default_rng(3)
    values = [rng.integers(0, 2, s).astype(bool) if example.domain == "boolean" else rng.uniform(-2, 2, s)
              for s in example.shapes]  # fmt: skip
    arguments = [mnp.asarray(np.sort(v, axis=0)) for v in values]
    params = {k: mg.active().dtype(v) if k == "dtype" else v for k, v in example.params.items()}
    expected = mg.to_numpy(primitive(*arguments, **params))
    if example.domain == "boolean":
        return  # booleans are not traced in the first place
    seen = []

    def f(*x):
        out = primitive(*x, **params)
        assert not isinstance(out, Tracer)
        seen.append(out)
        return mnp.sum(x[0]) * 1.0

    mg.jvp(f, tuple(arguments), tuple(map(mnp.ones_like, arguments)))
    gradient = mg.grad(f)(*arguments)
    assert np.all(mg.to_numpy(gradient) == 1.0)
    for out in seen:
        np.testing.assert_array_equal(mg.to_numpy(out), expected)


# -- independent oracles, on NumPy ---------------------------------------------------------------------------

NOT_ANALYTIC = {
    "fabs": "the same, refusing complex numbers",
    "abs": "the modulus of a complex number",
    "real": "no function of a complex number alone",
    "conj": "no function of a complex number alone",
    "sigmoid": "written with abs and minimum, for the tails",
    "softplus": "written with abs and maximum",
    "log_sigmoid": "written with abs and minimum",
    "lambertw": "the real part is taken",
    "scaled_bessel_i": "it has the modulus as a factor",
    "wrightomega": "SciPy's complex branch is its own, less exact iteration",
    "clip": "complex numbers are ordered by their real parts, bounds included",
}


@pytest.mark.parametrize("primitive", ELEMENTWISE, ids=lambda p: p.name)
@given(data=st.data())
def test_complex_step(primitive, data):
    """f'(x) = Im f(x + ih) / h has no cancellation: with h = 1e-30 it is the derivative to the last
    digits.
    """
    if primitive.name in NOT_ANALYTIC:
        return
    with mg.use("numpy"):
        case = data.draw(cases(primitive))
        for i, x in zip(case.positions, case.moving):
            moved = [np.asarray(a) for a in case.arguments]
            moved[i] = x + 1e-30j
            try:
                expected = np.imag(primitive(*moved, **case.params)) / 1e-30
            except TypeError:
                assert primitive.name in REAL_ONLY
                return
            tangents = tuple(
                np.ones_like(m) if j == i else np.zeros_like(m) for j, m in zip(case.positions, case.moving)
            )
            _, dy = mg.jvp(case, case.moving, tangents)
            np.testing.assert_allclose(dy, expected, rtol=1e-12, atol=1e-13)


EMPTY = Example(())
REAL_ONLY = {
    "from_parts",
    "betaln",
    "bessel_i",
    "erfinv",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "fraction_of",
    "mantissa_of",
    "cbrt",
    "deg2rad",
    "rad2deg",
    "arctan2",
    "hypot",
    "radius",
    "logaddexp",
    "logaddexp2",
    "copysign",
    "heaviside",
    "fmod",
    "remainder",
    "gammaln",
    "polygamma",
}

RENAMED = {
    "abs": anp.abs,
    "pow_operator": anp.power,
    "sigmoid": asp.expit,
    "logit": asp.logit,
    "erf": asp.erf,
    "gammaln": asp.gammaln,
    "digamma": asp.digamma,
    "logsumexp": asp.logsumexp,
}
SAME_NAME = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "negative",
    "reciprocal",
    "square",
    "sqrt",
    "power",
    "exp",
    "exp2",
    "expm1",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "sin",
    "cos",
    "tan",
    "arcsin",
    "arccos",
    "arctan",
    "arctan2",
    "sinh",
    "cosh",
    "tanh",
    "arcsinh",
    "arccosh",
    "arctanh",
    "where",
    "maximum",
    "minimum",
    "clip",
    "sum",
    "mean",
    "var",
    "std",
    "max",
    "min",
    "prod",
    "cumsum",
    "dot",
    "matmul",
    "inner",
    "reshape",
    "transpose",
    "tril",
    "triu",
]
LINALG = ["inv", "solve", "det", "norm"]
ORACLES = {
    **{name: getattr(anp, name) for name in SAME_NAME},
    **{name: getattr(anp.linalg, name) for name in LINALG},
    **RENAMED,
    "polygamma": lambda x, order: asp.polygamma(order, x),
    "getitem": lambda x, index: x[index],
    "einsum": lambda *operands, subscripts: anp.einsum(subscripts, *operands),
    "concatenate": lambda *parts, axis: anp.concatenate(parts, axis),
    "stack": lambda *parts, axis: anp.stack(parts, axis),
    "clip": lambda x, low, high: anp.clip(x, low, high),
    "cholesky": anp.linalg.cholesky,
    "slogdet": lambda x: anp.linalg.slogdet(x)[1],
}


@pytest.mark.parametrize("name", sorted(ORACLES))
@given(data=st.data())
def test_gradients_equal_those_of_autograd(name, data):
    primitive = mg.PRIMITIVES[name]
    with mg.use("numpy"):
        case = data.draw(cases(primitive))
        if any(np.asarray(x).dtype.kind == "i" for x in case.arguments) or "#" in repr(case.params):
            return  # index arrays travel differently there
        if "ii" in case.params.get("subscripts", ""):
            return  # it has no rule for a diagonal
        if name == "einsum" and any(1 in x.shape for x in case.arguments):
            return  # its gradient of an axis of size 1 has the size of the others'
        if name == "norm" and case.params.get("keepdims"):
            return  # its gradient has two axes too many
        if name in ("where", "clip"):  # its rules for these two forget to undo broadcasting
            shape = np.shape(case(*case.moving))
            case = Case(primitive, EMPTY, [np.broadcast_to(a, shape) for a in case.host])
        weight = np.random.default_rng(4)

        def of_ours(x):
            out = case(*(x if j == i else m for j, m in zip(case.positions, case.moving)))
            return mnp.sum(cotangent * (out[1] if primitive.multiple else out))

        def of_theirs(x):
            arguments = [0.5 * (x + anp.swapaxes(x, -1, -2)) if name == "cholesky" else x if j == i else a
                         for j, a in enumerate(case.arguments)]  # fmt: skip
            return anp.sum(cotangent * ORACLES[name](*arguments, **case.params))

        out = case(*case.moving)
        cotangent = weight.standard_normal(np.shape(out[1] if primitive.multiple else out))
        for i in case.positions:
            if name == "clip" and i > 0:
                continue  # autograd has no rule for the bounds
            x = case.arguments[i]
            np.testing.assert_allclose(
                mg.grad(of_ours)(x),
                autograd.grad(of_theirs)(x),
                rtol=1e-9,
                atol=1e-11,
                err_msg=f"argument {i}",
            )


def test_lists_and_numbers_are_arrays_for_a_primitive():
    """Plain, and beside what is traced: the derivative is that beside an array."""
    multiply, matmul = mg.PRIMITIVES["multiply"], mg.PRIMITIVES["matmul"]
    x = mnp.asarray([3.0, 4.0])
    assert mg.to_numpy(multiply([1.0, 2.0], [3.0, 4.0])).tolist() == [3.0, 8.0]
    assert mg.to_numpy(multiply(2.0, [3.0, 4.0])).tolist() == [6.0, 8.0]
    assert mg.to_numpy(mg.grad(lambda x: mnp.sum(multiply(x, [1.0, 2.0])))(x)).tolist() == [1.0, 2.0]
    assert mg.to_numpy(mg.jvp(lambda x: multiply([[1.0, 2.0]], x), (x,), (x,))[1]).tolist() == [[3.0, 8.0]]
    assert float(matmul([1.0, 2.0], x)) == 11.0
    found = mg.grad(lambda x: matmul([1.0, 2.0], x))(x)
    assert mg.to_numpy(found).tolist() == [1.0, 2.0]
    assert mg.to_numpy(mg.trace(lambda x: multiply(x, [1.0, 2.0]))(x)(x)).tolist() == [3.0, 8.0]
